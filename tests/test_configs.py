from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch

from plipdet.engine.config import load_config
from plipdet.models import Detector
from plipdet.registry import TASKS, build
from plipdet.structures import AttributeFacts

ROOT = Path(__file__).parents[1]
LEAVES = sorted(
    path
    for folder in (
        "configs/plip",
        "configs/val_pat",
        "configs/text_reid",
        "configs/image_reid",
        "configs/attribute",
        "configs/person_search",
        "projects/example_head/configs",
        "projects/mmdet_detector/configs",
    )
    for path in (ROOT / folder).rglob("*.py")
)


class Blind(Detector):
    """Stands for a detector, which reads its weights where it is built."""

    def detect(self, pictures):
        raise NotImplementedError


@cache
def load(path):
    return load_config(path, overrides={}, data_root=None, work_dir=None)


@pytest.mark.parametrize("path", LEAVES, ids=lambda p: p.stem)
def test_every_config_passes_the_check_and_builds_its_model(path):
    cfg = load(path)  # checks each key against the signatures
    model = {**cfg.model, "detector": Blind()} if "detector" in cfg.model else cfg.model
    with torch.device("meta"):
        task = build(model, TASKS)
        task.meet_identities(np.arange(11003))  # of CUHK-PEDES
        task.meet_attributes(AttributeFacts(("hat", "bag"), np.full(2, 0.5, np.float32)))
    if task.text_encoder is not None:
        assert task.image_encoder.embed_dim == task.text_encoder.embed_dim
    assert cfg.get("train_cfg") or cfg.get("test_cfg")


def test_the_recipes_of_image_reid_are_the_papers():
    cfg = load(ROOT / "configs/image_reid/bot_r50_market1501.py")
    sampler = cfg.train_dataloader.sampler
    assert (sampler.identities, sampler.images) == (16, 4)
    assert cfg.optim_wrapper.optimizer.lr == 3.5e-4 and cfg.train_cfg.max_epochs == 120
    assert cfg.param_scheduler[1].milestones == [40, 70]
    assert cfg.train_dataloader.dataset.split == "train"
    cfg = load(ROOT / "configs/image_reid/mgn_r50_msmt17_trainval.py")
    assert tuple(cfg.train_dataloader.dataset.split) == ("train", "val")
    for dataset in (cfg.train_dataloader.dataset, cfg.test_dataloader.query.dataset):
        assert tuple(dataset.pipeline[1].size) == (384, 128)
        assert dataset.source.type.__name__ == "Msmt17"
    with torch.device("meta"):
        task = build(cfg.model, TASKS)
    assert task.neck.embed_dim == 2048 and task.neck.classified_dims == (2048,) * 3 + (256,) * 5


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


def test_text_reid_trains_as_the_paper_and_selects_apart_from_test():
    cfg = load(ROOT / "configs/text_reid/cmpm_c_r50_cuhk_pedes.py")
    assert cfg.train_cfg.max_epochs == 30 and 4 * cfg.train_dataloader.batch_size == 128
    assert cfg.optim_wrapper.optimizer.lr == 1e-4
    assert cfg.optim_wrapper.paramwise_cfg.custom_keys.heads.lr_mult == 10
    assert cfg.model.text_encoder.freeze_layers == 0


TEXT_REID = sorted((ROOT / "configs/text_reid").glob("*.py"))


def _splits(loaders):
    return {(side.dataset.split, side.dataset.get("only_held_out")) for side in _sides_of(loaders)}


def _sides_of(loaders):
    return [loaders] if "dataset" in loaders else list(loaders.values())


@pytest.mark.parametrize("path", TEXT_REID, ids=lambda p: p.stem)
def test_text_reid_selects_on_people_that_neither_train_nor_test(path):
    cfg = load(path)
    assert _splits(cfg.test_dataloader) == {("test", None)}
    if cfg.get("train_cfg"):
        held_out = cfg.train_dataloader.dataset.get("without_held_out")
        chosen_on = ("train", held_out) if held_out else ("val", None)
        assert _splits(cfg.val_dataloader) == {chosen_on}
        assert cfg.train_dataloader.dataset.split == "train"
        assert cfg.default_hooks.checkpoint.save_best == "rank1"
        trained, selected = (
            {side.dataset.source.type for side in _sides_of(loaders)}
            for loaders in (cfg.train_dataloader, cfg.val_dataloader)
        )
        assert trained == selected and len(trained) == 1


ATTRIBUTES = sorted((ROOT / "configs/attribute").glob("*.py"))


@pytest.mark.parametrize("path", ATTRIBUTES, ids=lambda p: p.stem)
def test_attributes_are_selected_on_pictures_that_neither_train_nor_test(path):
    cfg = load(path)
    loaders = cfg.test_dataloader
    tested = loaders.get("labelled", loaders).dataset
    assert tested.split == "test"
    if "reference" in loaders:
        assert loaders.reference.dataset.split == "train"
    if cfg.get("train_cfg"):
        trained = cfg.train_dataloader.dataset
        assert trained.split == "train" and trained.source == tested.source
    if cfg.get("val_cfg"):
        selected, held_out = cfg.val_dataloader.dataset, trained.get("without_held_out")
        expected = ("train", held_out) if held_out else ("val", None)
        assert (selected.split, selected.get("only_held_out")) == expected
        assert selected.source == trained.source
        assert cfg.default_hooks.checkpoint.save_best == "mA"
