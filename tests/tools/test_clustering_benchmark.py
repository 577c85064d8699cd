import json
import sys
from pathlib import Path

import pytest

from plipdet.errors import InputError

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture
def run(monkeypatch, tmp_path):
    """The tool in this process; its ways are measured in here too, not in processes of theirs."""
    monkeypatch.syspath_prepend(str(REPOSITORY / "tools" / "benchmark"))
    import clustering as module

    monkeypatch.setattr(module, "in_own_process", lambda stage, *arguments: stage(*arguments))

    def call(*arguments):
        out = tmp_path / "out.json"
        monkeypatch.setattr(sys, "argv", ["clustering.py", f"--out={out}", *arguments])
        module.main()
        return json.loads(out.read_text())

    yield call
    sys.modules.pop("clustering")  # another test may know another module of this name


def test_ours_and_the_textbook_are_compared(run, capsys):
    result = run("--images=600", "--k1=10", "--dense=400")
    assert result == json.loads(capsys.readouterr().out.splitlines()[-1])
    ours, both, near = (result[k] for k in ("ours", "compared", "neighbours"))
    assert ours["clusters"] > 15 and ours["purity"] > 0.9 and ours["seconds"] >= 0
    assert both["images"] == 400 and both["equal_partitions"]
    assert both["distances_equal_within"] < 1e-6 and both["pairs"]["ours"] == both["pairs"]["dense"]
    assert set(both["seconds"]) == set(both["extra_peak_gb"]) == {"ours", "dense"}
    assert near["neighbours_in_common"] > 0.999 and near["neighbours"] == 11


def test_the_textbook_does_what_fits(run):
    assert run("--images=300", "--dim=16", "--memory-gb=0.001")["compared"]["images"] == 204
    with pytest.raises(InputError, match="lower --dense"):
        run("--images=300", "--dim=16", "--memory-gb=0.001", "--dense=250")


def test_wrong_arguments_are_told(run):
    with pytest.raises(InputError, match="at least"):
        run("--images=1")
