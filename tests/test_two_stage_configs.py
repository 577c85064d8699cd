"""The configs of two stages search the miniature of PRW from files, as a user runs them."""

import copy
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from shrunk_config import shrink_data, shrink_model

from plipdet.engine import PLIPRunner
from plipdet.engine.config import load_config
from plipdet.registry import TASKS, build

ROOT = Path(__file__).parents[1]
SCENES = ROOT / "tests" / "data" / "miniscenes"


def _write_weights(config, path):
    torch.manual_seed(0)
    task = build(config, TASKS)
    task.meet_identities(np.arange(3))
    torch.save({"state_dict": task.state_dict()}, path)
    return str(path)


@pytest.mark.parametrize(
    "name, asked_by", [("two_stage_mini", "queries"), ("two_stage_text_mini", "sentences")]
)
def test_crops_in_the_boxes_of_a_trained_network_are_searched(name, asked_by, tmp_path):
    path = ROOT / f"configs/person_search/{name}.py"
    cfg = copy.deepcopy(load_config(path, data_root=SCENES, work_dir=tmp_path))
    for model in (cfg.model.embedder, cfg.model.detector.task):
        shrink_model(model)
    cfg.model.detector.task.score_threshold = cfg.model.score_threshold = 0.0
    cfg.test_evaluator.score_threshold = 0.0  # nobody has trained it
    shrink_data(cfg.test_dataloader)
    cfg.default_hooks.progress = None
    cfg.visualizer.vis_backends = []
    cfg.model.detector.checkpoint = _write_weights(cfg.model.detector.task, tmp_path / "a.pth")
    cfg.load_from = _write_weights(cfg.model.embedder, tmp_path / "b.pth")
    cfg.experiment_name = f"search_{name}"
    runner = PLIPRunner.from_cfg(cfg)
    figures = runner.test()
    loader = cfg.test_dataloader["query"]["dataset"]
    assert loader.get("content", "queries") == asked_by
    assert figures["queries"] > 5 and figures["people_found"] > 50
    assert 0 < figures["mAP"] < 60  # of boxes by chance
    json.dumps(runner.model.protocol())
