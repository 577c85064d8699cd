import json
import sys
from pathlib import Path

import pytest

from plipdet.errors import InputError

REPOSITORY = Path(__file__).parents[2]
SMALL = ("--queries=20", "--scenes=60", "--people=4", "--identities=12", "--dim=16", "--repeats=1")


@pytest.fixture
def run(monkeypatch, tmp_path):
    """The tool in this process; memory is measured in here too."""
    monkeypatch.syspath_prepend(str(REPOSITORY / "tools" / "benchmark"))
    import person_search as module

    monkeypatch.setattr(module, "in_own_process", lambda stage, *arguments: stage(*arguments))

    def call(*arguments):
        out = tmp_path / "out.json"
        monkeypatch.setattr(sys, "argv", ["person_search.py", f"--out={out}", *SMALL, *arguments])
        module.main()
        return json.loads(out.read_text())

    return call


@pytest.mark.parametrize("size", ["prw", "cuhk_sysu_g4000"])
def test_figures_are_the_plain_programs_and_its_time_is_extrapolated(run, capsys, size):
    result = run(f"--size={size}", "--plain-queries=10")
    assert result == json.loads(capsys.readouterr().out.splitlines()[-1])
    assert result["plain"]["equal_within"] < 1e-6 and result["plain"]["queries"] == 10
    assert 0 < result["plain"]["rates"]["mAP"] < 100
    assert set(result["seconds"]) == {
        *("search", "search_with_cbgm", "matmul", "detection", "detection_by_pycocotools"),
        "plain_extrapolated",
    }


def test_sizes_without_meaning_are_input_errors(run):
    with pytest.raises(InputError, match="2 scenes or more"):
        run("--scenes=1")
    with pytest.raises(InputError, match="--plain-queries"):
        run("--plain-queries=0")
    with pytest.raises(InputError, match="shows nobody in two scenes"):
        run("--scenes=2", "--people=1")
