import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "engine"))

from toy_config import REPOSITORY, run_tool

MINI = REPOSITORY / "configs/plip/pretrain_mini.py"
TINY = (
    "--cfg-options",
    "model.image_encoder.backbone.stem_width=8",
    "model.image_encoder.backbone.stage_blocks=[1,1,1,1]",
    "model.heads.colorization.channels=4",
)
TOOL = "tools/benchmark/pretrain_throughput.py"


def test_step_and_parts_are_reported(tmp_path):
    fast = ("--batch-size", 2, "--steps", 1, "--repeats", 2, "--peak-tflops", 0.5)
    done = run_tool(TOOL, MINI, *fast, "--out", tmp_path / "out.json", *TINY)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout.splitlines()[-1])
    assert result == json.loads((tmp_path / "out.json").read_text())
    parts = result["seconds_of_parts"]
    assert set(parts) == {
        "preprocessing", "encode image", "encode gray", "encode text", "encode masked_text",
        "head contrast", "head colorization", "head attributes", "optimizer",
    }  # fmt: skip
    assert min(parts.values()) > 0 and len(result["ratios"]) == 2
    seconds = result["seconds_per_step"]
    assert result["pairs_per_second"] * seconds == 2
    used = result["gflop_per_pair"] * 2 / seconds / 1e3
    assert abs(result["model_flop_utilisation"] * 0.5 / used - 1) < 1e-9
    assert abs(result["hours_of_training"] / (70 * 4_791_711 * seconds / 2 / 3600) - 1) < 1e-9


def test_wrong_options_are_one_message(tmp_path):
    done = run_tool(TOOL, MINI, "--batch-size", 0, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (2, "error: --batch-size is 0; the least is 1\n")


def test_too_large_a_batch_is_one_message(tmp_path):
    done = run_tool(TOOL, MINI, "--batch-size", 10**9, "--out", tmp_path / "out.json", *TINY)
    assert done.returncode == 2 and "try --batch-size 500000000" in done.stderr
    assert "Traceback" not in done.stderr
