"""Each line of docs/training/speed.md is known to the paper's config and trains."""

import math
import re
from pathlib import Path

import pytest
import torch
from tiny_task import TINY_BERT, tiny_batch

from plipdet.engine.compilation import compile_parts
from plipdet.engine.config import load_config, parse_overrides
from plipdet.engine.optim import PersonOptimWrapperConstructor, adan
from plipdet.errors import InputError
from plipdet.registry import TASKS, build

REPOSITORY = Path(__file__).parents[2]
CONFIG = REPOSITORY / "configs/plip/pretrain_r50.py"
PAGE = REPOSITORY / "docs/training/speed.md"
EXACT, BFLOAT16, OTHER = 1e-4, 5e-2, math.inf  # relative distance of the losses
LINES = {
    "optim_wrapper.type=PersonAmpOptimWrapper": BFLOAT16,
    "model.image_encoder.channels_last=True": EXACT,
    "compile=True": EXACT,
    "compile.mode=max-autotune-no-cudagraphs": EXACT,
    "compile.backend=aot_eager": EXACT,
    "optim_wrapper.optimizer.fused=True": EXACT,
    "optim_wrapper.optimizer.foreach=True": EXACT,
    "model.image_encoder.activation_checkpointing=True": EXACT,
    "model.text_encoder.activation_checkpointing=True": EXACT,
    "model.micro_batch_size=64": OTHER,  # batch norm sees parts
    "optim_wrapper.accumulative_counts=4": OTHER,  # fewer steps
    "model_wrapper_cfg.type=FullySharded": EXACT,  # over ranks: tests/distributed/test_sharding.py
}
WITH_ANOTHER = {
    "optim_wrapper.dtype=float16": "optim_wrapper.type=PersonAmpOptimWrapper",
    "model_wrapper_cfg.reshard_after_forward=False": "model_wrapper_cfg.type=FullySharded",
}


def _tables():
    """The first cells of the tables under the first two headings of the page."""
    text = PAGE.read_text(encoding="utf-8").partition("## What to set")[0]
    return re.findall(r"^\| `([^`]+)`", text, re.MULTILINE)


def test_the_page_has_these_lines():
    assert sorted(_tables()) == sorted([*LINES, *WITH_ANOTHER])


@pytest.mark.parametrize("line", [*LINES, *WITH_ANOTHER])
def test_line_is_known(line):
    lines = [line, WITH_ANOTHER[line]] if line in WITH_ANOTHER else [line]
    cfg = load_config(CONFIG, overrides=parse_overrides(lines))
    for key, value in parse_overrides(lines).items():
        node = cfg
        for part in key.split("."):
            node = node[part]
        assert node == value


def _losses(line=None):
    """Losses of three steps of the paper's config with narrow encoders."""
    cfg = load_config(CONFIG, overrides=parse_overrides([line] if line else []))
    model = cfg.model
    model.image_encoder.embed_dim = 16
    model.image_encoder.backbone.update(stage_blocks=(1, 1, 1, 1), stem_width=4)
    model.text_encoder.update(model=TINY_BERT, freeze_layers=1, mask_token_id=3)
    model.heads.colorization.channels = 4
    model.heads.attributes.update(num_heads=2, mask_ratio=1.0)
    if model.get("micro_batch_size"):
        model.micro_batch_size = 2
    torch.manual_seed(0)
    task = build(model, TASKS).train()
    settings = dict(cfg.optim_wrapper)
    paramwise = settings.pop("paramwise_cfg")
    wrapper = PersonOptimWrapperConstructor(settings, paramwise)(task)
    if cfg.get("compile"):
        compile_parts(task, {"backend": "eager"})
    found = []
    for step in range(3):
        torch.manual_seed(step)  # of dropout
        found.append(float(task.train_step(tiny_batch(seed=step), wrapper)["loss"]))
    return found


@pytest.fixture(scope="module")
def plain():
    return _losses()


@pytest.mark.parametrize(("line", "distance"), LINES.items())
def test_line_trains(line, distance, plain, monkeypatch):
    # Compiling takes a minute; tests/engine/optim/test_optim.py and test_compilation.py do it.
    monkeypatch.setattr(adan, "_compiled", lambda: adan._update_compilable)
    found = _losses(line)
    assert all(map(math.isfinite, found))
    if distance is not OTHER:
        assert found == pytest.approx(plain, rel=distance)


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("model.image_encoder.chanels_last", True, "did you mean 'channels_last'"),
        (
            "model.image_encoder.activation_checkpoint",
            True,
            "did you mean 'activation_checkpointing'",
        ),
        ("model.text_encoder.checkpointing", True, "did you mean 'activation_checkpointing'"),
        ("model.micro_batchsize", 64, "did you mean 'micro_batch_size'"),
        ("compile.mod", "default", "did you mean 'mode'"),
        ("compile", "yes", "expected True, False or a dict"),
        ("compil", True, "did you mean 'compile'"),
        ("activation_checkpointing", ["image_encoder"], "model.image_encoder.activation_check"),
        ("optim_wrapper.optimizer.weight_dekay", 0.1, "did you mean 'weight_decay'"),
        ("optim_wrapper.optimizer.fuse", True, "did you mean 'fused'"),
        ("optim_wrapper.accumulation_counts", 4, "did you mean 'accumulative_counts'"),
        ("optim_wrapper.type", "PersonAmpOptimWraper", "did you mean 'PersonAmpOptimWrapper'"),
        ("model_wrapper_cfg.type", "FullyShardet", "did you mean 'FullySharded'"),
        ("model_wrapper", {"type": "FullySharded"}, "did you mean 'model_wrapper_cfg'"),
        (
            "model_wrapper_cfg",
            {"type": "FullySharded", "reshard": True},
            "did you mean 'reshard_after_forward'",
        ),
    ],
)
def test_misspelt_setting_is_named(key, value, expected):
    with pytest.raises(InputError, match=expected):
        load_config(CONFIG, overrides={key: value})
