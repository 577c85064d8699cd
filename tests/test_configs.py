from pathlib import Path

import pytest
import torch

from plipdet.engine.config import load_config
from plipdet.registry import TASKS, build

ROOT = Path(__file__).parents[1]
LEAVES = sorted(
    path
    for folder in ("configs/plip", "projects/example_head/configs")
    for path in (ROOT / folder).rglob("*.py")
)


def load(path):
    return load_config(path, overrides={}, data_root=None, work_dir=None)


@pytest.mark.parametrize("path", LEAVES, ids=lambda p: p.stem)
def test_every_config_passes_the_check_and_builds_its_model(path):
    cfg = load(path)  # checks each key against the signatures
    with torch.device("meta"):
        task = build(cfg.model, TASKS)
    assert task.image_encoder.embed_dim == task.text_encoder.embed_dim
    assert cfg.get("train_cfg") or cfg.get("test_cfg")


def test_larger_encoders_are_larger():
    sizes = []
    for name in ("pretrain_r50", "pretrain_r101", "pretrain_r152"):
        with torch.device("meta"):
            task = build(load(ROOT / f"configs/plip/{name}.py").model, TASKS)
        sizes.append(sum(p.numel() for p in task.image_encoder.parameters()))
    assert sizes == sorted(set(sizes))
    assert 23e6 < sizes[0] < 27e6  # ResNet-50 without classifier, and a projection


def test_the_recipe_is_the_paper_s():
    cfg = load(ROOT / "configs/plip/pretrain_r50.py")
    assert cfg.train_cfg.max_epochs == 70
    assert 4 * cfg.train_dataloader.batch_size == 512
    optimizer = cfg.optim_wrapper.optimizer
    assert (optimizer.lr, optimizer.eps, optimizer.weight_decay) == (2e-3, 1e-8, 0.02)
    assert tuple(optimizer.betas) == (0.98, 0.92, 0.99)
    weights = {name: head.loss_weight for name, head in cfg.model.heads.items()}
    assert weights == {"contrast": 1.0, "colorization": 0.02, "attributes": 0.1}
