"""Networks of person search find, in pictures from anywhere, what they find when tested."""

import copy
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from shrunk_config import SCENE_SIZE, shrink_data, shrink_model

from plipdet.apis import SceneInputs, embed_texts, load_model
from plipdet.apis.search.people_finder import PeopleFinder
from plipdet.datasets import collate_scenes
from plipdet.engine.config import load_config
from plipdet.errors import InputError
from plipdet.models import TwoLevelEmbedding
from plipdet.registry import DATASETS, TASKS, build

ROOT = Path(__file__).parents[3]
SCENES = ROOT / "tests" / "data" / "miniscenes"
SENTENCE = "a man in a red coat"


def shrunk(name, folder):
    path = ROOT / f"configs/person_search/{name}.py"
    cfg = copy.deepcopy(load_config(path, data_root=SCENES, work_dir=folder))
    stages = [cfg.model]
    if "detector" in cfg.model:
        stages = [cfg.model.embedder, cfg.model.detector.task]
    for model in stages:
        shrink_model(model)
        model.score_threshold = 0.0 if "regions" in model else None
        if model.score_threshold is None:
            del model["score_threshold"]
    shrink_data(cfg.test_dataloader)
    shrink_data(cfg.get("train_dataloader"))
    return cfg


def saved(model, path):
    torch.manual_seed(0)
    task = build(model, TASKS)
    task.meet_identities(np.arange(3))
    torch.save({"state_dict": task.state_dict()}, path)
    return str(path)


def loaded(cfg, folder):
    if "detector" in cfg.model:
        cfg.model.detector.checkpoint = saved(cfg.model.detector.task, folder / "detector.pth")
        cfg.model.score_threshold = 0.0
        return load_model(cfg, saved(cfg.model.embedder, folder / "a.pth"), device="cpu")
    return load_model(cfg, saved(cfg.model, folder / "a.pth"), device="cpu")


def rgb(path):
    return cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB)


@pytest.mark.parametrize("name", ["seqnet_text_mini", "two_stage_text_mini"])
def test_finds_what_the_test_loop_finds(name, tmp_path):
    cfg = shrunk(name, tmp_path)
    task = loaded(cfg, tmp_path)
    finder = PeopleFinder(task, least_score=0.0, least_height=0.0, least_ratio=0.0)
    dataset = build(cfg.test_dataloader["gallery"]["dataset"], DATASETS)
    sample = dataset[0]
    (wanted,) = task.val_step(collate_scenes([sample]))
    image = dataset.scenes[dataset.scene_of(0)].image
    (found,) = finder.find([rgb(Path(dataset.scenes.root, image))])
    assert len(found) == len(wanted) > 0
    torch.testing.assert_close(found.boxes, wanted.boxes, rtol=1e-4, atol=0.01)
    torch.testing.assert_close(found.embeddings, wanted.embeddings, rtol=1e-4, atol=1e-4)
    assert finder.width == found.embeddings.shape[1]
    ids, mask, _ = SceneInputs.of(task).need_tokenizer()(SENTENCE)
    with torch.no_grad():
        (text,) = task.embed_texts(torch.as_tensor(ids)[None], torch.as_tensor(mask)[None])
    np.testing.assert_allclose(finder.embed_text(SENTENCE), text.numpy(), atol=1e-6)
    with pytest.raises(InputError, match="reads whole pictures, not crops"):
        embed_texts(task, [SENTENCE], progress=False)


def test_the_size_is_the_configs_unless_given(tmp_path):
    task = loaded(shrunk("seqnet_mini", tmp_path), tmp_path)
    first = PeopleFinder(task)
    assert first.size == SCENE_SIZE == SceneInputs.of(task).size
    second = PeopleFinder(task, size=(400, 200))
    assert second.size == (200, 400) and second.fingerprint != first.fingerprint
    with pytest.raises(InputError, match="reads no sentences"):
        first.embed_text(SENTENCE)
    with pytest.raises(InputError, match="finds people itself"):
        PeopleFinder(task, torch.nn.Identity())


def test_embeddings_are_as_wide_as_their_own_module_makes_them(tmp_path):
    cfg = shrunk("seqnet_mini", tmp_path)
    cfg.model.text_encoder = None
    cfg.model.embedding = {"type": TwoLevelEmbedding, "embed_dim": 8}
    finder = PeopleFinder(loaded(cfg, tmp_path), least_score=0.0, least_height=0.0)
    (found,) = finder.find([rgb(next((SCENES / "PRW" / "frames").glob("*.jpg")))])
    assert found.embeddings.shape[1] == finder.width == 8
