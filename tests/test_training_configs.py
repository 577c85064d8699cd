"""Every config that trains on a public benchmark trains two steps on that set's miniature.

Its sources, pipelines, heads, losses and schedules are its own; only the encoders are made tiny,
pictures small and batches short.
"""

import copy
import itertools
import json
import shutil
from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from shrunk_config import shrink_data, shrink_model

from plipdet.datasets.sources import Peta, RapV2, SynthPedes
from plipdet.datasets.sources.phrase_label_file import LABEL_FILE, write_phrase_labels
from plipdet.engine import PLIPRunner
from plipdet.engine.config import load_config
from plipdet.engine.hooks import PseudoLabelHook
from plipdet.minipedes.exporters.layouts import LAYOUTS
from plipdet.minipedes.exporters.read_set import read_set

ROOT = Path(__file__).parents[1]
KINDS = ("text_reid", "image_reid", "val_pat", "attribute", "person_search")
FOLDERS = tuple(f"configs/{kind}" for kind in KINDS)
STEPS = 2
_RUNS = itertools.count()


def _training_configs():
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*.py")):
            if "train_cfg" in path.read_text(encoding="utf-8"):
                yield path


@pytest.fixture(scope="session")
def exports(tmp_path_factory):
    """A folder with the miniature of every public set, made of tests/data/minipedes."""
    out = tmp_path_factory.mktemp("exports")
    _, records = read_set(ROOT / "tests" / "data" / "minipedes")
    for name, export in LAYOUTS.items():
        if not name.startswith("msmt17-"):  # other forms of a set that is there, and one at a time
            export(records, out)
    source = SynthPedes(out)
    folder = source.folder()
    phrases = ((row["image"], row["attribute_phrases"]) for row in source.rows(folder))
    write_phrase_labels(folder / LABEL_FILE, phrases, min_share=0)
    for scenes in ("PRW", "CUHK-SYSU"):
        shutil.copytree(ROOT / "tests" / "data" / "miniscenes" / scenes, out / scenes)
    for zero_shot in (Peta, RapV2):
        _write_split_file(zero_shot(out))
    return out


def _write_split_file(source):
    """Write what tools/converters/attribute_splits.py would; which picture is where is the same."""
    table = source.load()
    splits = {s: [row.image for row in table.where_split(s)] for s in ("train", "val", "test")}
    (source.folder() / "zero_shot_split.json").write_text(json.dumps(splits), encoding="utf-8")


def _cluster_anything(hooks):
    """Make clusters that depend on no weights: each picture is one, as a last resort."""
    for hook in hooks or ():
        if hook["type"] is PseudoLabelHook:
            hook.update(eps=0.01, min_samples=1, num_workers=0)


class _EnoughError(Exception):
    pass


@pytest.mark.parametrize("path", list(_training_configs()), ids=lambda p: p.stem)
def test_two_steps(path, exports, tmp_path, monkeypatch):
    cfg = load_config(path, data_root=exports, work_dir=tmp_path)
    cfg = copy.deepcopy(cfg)
    shrink_model(cfg.model)
    for key in ("train_dataloader", "val_dataloader"):
        shrink_data(cfg.get(key))
    _cluster_anything(cfg.get("custom_hooks"))
    cfg["default_hooks"]["progress"] = None
    cfg["visualizer"]["vis_backends"] = []
    cfg["log_level"] = "ERROR"
    cfg["load_from_parts"] = None
    cfg["experiment_name"] = f"two_steps{next(_RUNS)}"
    monkeypatch.setattr(Config, "pretty_text", "")  # formatting it takes longer than training
    runner = PLIPRunner.from_cfg(cfg)
    losses = []
    step = runner.model.train_step

    def train_step(*arguments, **options):
        if len(losses) == STEPS:
            raise _EnoughError
        losses.append(step(*arguments, **options)["loss"])
        return {"loss": losses[-1]}

    monkeypatch.setattr(runner.model, "train_step", train_step)
    before = {k: v.detach().clone() for k, v in runner.model.named_parameters()}
    with pytest.raises(_EnoughError):
        runner.train()
    assert len(losses) == STEPS and all(torch.isfinite(loss) for loss in losses)
    trained = {k for k, v in runner.model.named_parameters() if v.requires_grad}
    moved = {k for k, v in runner.model.named_parameters() if not torch.equal(v, before[k])}
    followed = {k for k in moved if ".momentum_" in k}  # copies that move without a gradient
    assert moved & trained and moved - followed <= trained
    if cfg.get("val_cfg"):
        assert 0 <= runner.val()[cfg.default_hooks.checkpoint.save_best] <= 100
