import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "engine"))

from toy_config import CONFIG, run_tool


def test_benchmark_reports_a_ratio(tmp_path):
    (tmp_path / "toy.py").write_text(CONFIG, encoding="utf-8")
    arguments = ("toy.py", "--steps", 2, "--pairs", 3, "--out", "out.json")
    done = run_tool("tools/benchmark/train_step.py", *arguments, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout.splitlines()[-1])
    assert result == json.loads((tmp_path / "out.json").read_text())
    assert len(result["ratios"]) == 3 and result["runner_over_bare"] > 0
