"""Each setting of docs/training/speed.md is known to the paper's config, a misspelt one is not."""

import pytest

from plipdet.engine.config import load_config
from plipdet.errors import InputError

CONFIG = "configs/plip/pretrain_r50.py"


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("model.image_encoder.channels_last", True),
        ("model.image_encoder.activation_checkpointing", True),
        ("model.text_encoder.activation_checkpointing", True),
        ("compile", True),
        ("compile.mode", "max-autotune-no-cudagraphs"),
        ("compile.backend", "aot_eager"),
        ("optim_wrapper.type", "PersonAmpOptimWrapper"),
        ("optim_wrapper.optimizer.foreach", True),
        ("optim_wrapper.optimizer.fused", True),
        ("optim_wrapper.accumulative_counts", 4),
    ],
)
def test_setting_is_known(key, value):
    cfg = load_config(CONFIG, overrides={key: value})
    node = cfg
    for part in key.split("."):
        node = node[part]
    assert node == value


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
        ("compile.mod", "default", "did you mean 'mode'"),
        ("compile", "yes", "expected True, False or a dict"),
        ("compil", True, "did you mean 'compile'"),
        ("activation_checkpointing", ["image_encoder"], "model.image_encoder.activation_check"),
        ("optim_wrapper.optimizer.weight_dekay", 0.1, "did you mean 'weight_decay'"),
        ("optim_wrapper.optimizer.fuse", True, "did you mean 'fused'"),
        ("optim_wrapper.type", "PersonAmpOptimWraper", "did you mean 'PersonAmpOptimWrapper'"),
    ],
)
def test_misspelt_setting_is_named(key, value, expected):
    with pytest.raises(InputError, match=expected):
        load_config(CONFIG, overrides={key: value})
