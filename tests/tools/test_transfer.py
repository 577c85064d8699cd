import json
from pathlib import Path

import pytest

from plipdet.engine.config import load_config
from plipdet.registry import TASKS, build

ROOT = Path(__file__).parents[2]
MINIPEDES = ROOT / "tests" / "data" / "minipedes"
TOOL = ROOT / "tools" / "transfer.py"
CONFIG = ROOT / "configs" / "image_reid" / "bot_mini.py"


@pytest.fixture
def weights(tmp_path):
    """Weights of a small encoder, and the config that says so."""
    import torch

    text = CONFIG.read_text(encoding="utf-8")
    assert "model = " not in text
    cfg = load_config(
        CONFIG,
        overrides={
            "model.image_encoder.backbone.stem_width": 8,
            "model.image_encoder.backbone.stage_blocks": (1, 1, 1, 1),
            "model.image_encoder.embed_dim": 16,
        },
    )
    task = build(cfg.model, TASKS)
    path = tmp_path / "small.pth"
    torch.save({"state_dict": task.state_dict(), "meta": {"cfg": cfg.pretty_text}}, path)
    return path


def test_what_would_be_run_is_listed(run_here, weights, tmp_path):
    done = run_here(
        TOOL, weights, "none", "--data", MINIPEDES, "--steps", 3, "--list",
        "--work-dir", tmp_path / "work",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "small: PLIPResNet (1, 1, 1, 1), 128x64" in done.stdout
    assert "image/Market-1501/fine-tune: image_reid/bot_mini.py, 3 steps" in done.stdout
    assert "not small: no text encoder" in done.stdout
    assert "not there: ICFG-PEDES" in done.stdout
    assert not (tmp_path / "work").exists()


def test_a_wrong_row_is_one_message(run_here, tmp_path):
    done = run_here(TOOL, tmp_path / "nowhere.pth", "--data", MINIPEDES)
    assert done.returncode == 2 and "nowhere.pth" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_a_row_is_trained_tested_and_written(run_here, weights, tmp_path):
    """A whole run; training and test are processes of their own."""
    work = tmp_path / "work"
    done = run_here(
        TOOL, weights, "--data", MINIPEDES, "--tasks", "image", "--protocols", "fine-tune",
        "--steps", 2, "--seeds", 3, "--work-dir", work,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    result = json.loads(done.stdout.splitlines()[-1])
    assert result == json.loads((work / "transfer.json").read_text())
    cell = result["cells"]["small"]["image/Market-1501/fine-tune"]
    assert cell["state"] == "done" and cell["steps"] == 2 and cell["seeds"] == [3]
    assert cell["starts_from"] == ["image_encoder.", "data_preprocessor."]
    assert (work / "transfer.md").read_text() in done.stdout
    assert "Market-1501" in (work / "transfer.html").read_text()
