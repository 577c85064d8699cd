import json
import sys
from pathlib import Path

import pytest

from plipdet.errors import InputError

REPOSITORY = Path(__file__).parents[2]
SMALL = ("--query=30", "--gallery=400", "--identities=20", "--dim=16", "--repeats=1")


@pytest.fixture
def run(monkeypatch, tmp_path):
    """The tool in this process; its ways are measured in here too, not in processes of theirs."""
    monkeypatch.syspath_prepend(str(REPOSITORY / "tools" / "benchmark"))
    import evaluation as module

    monkeypatch.setattr(module, "in_own_process", lambda stage, *arguments: stage(*arguments))

    def call(*arguments):
        out = tmp_path / "out.json"
        monkeypatch.setattr(sys, "argv", ["evaluation.py", f"--out={out}", *SMALL, *arguments])
        module.main()
        return json.loads(out.read_text())

    return call


def test_ours_the_product_and_a_full_sort_are_compared(run, capsys):
    result = run()
    assert result == json.loads(capsys.readouterr().out.splitlines()[-1])
    assert sorted(result["kinds"]) == ["clustered", "random", "uneven"]
    assert result["equal_within"] < 1e-6 and result["ours_over_matmul"] > 0
    for kind in result["kinds"].values():
        assert set(kind["seconds"]) == {"ours", "matmul_512", "matmul_2048", "argsort"}
        assert set(kind["extra_peak_gb"]) == set(kind["seconds"]) and not kind["skipped"]
        assert kind["queries_compared"] == 30


def test_what_does_not_fit_is_skipped_with_a_reason_and_compared_in_part(run):
    result = run("--kinds", "clustered", "--memory-gb=0.0001")["kinds"]["clustered"]
    assert "argsort" not in result["seconds"] and "needs about" in result["skipped"]["argsort"]
    assert 0 < result["queries_compared"] < 30 and result["equal_within"] < 1e-6


def test_reranking_is_compared_with_the_textbook(run):
    result = run("--rerank")
    kind = result["kinds"]["clustered"]
    assert set(kind["seconds"]) == {"ours", "dense"} and kind["dense_over_ours"] > 0
    assert result["equal_within"] < 1e-5 and result["ours_over_matmul"] is None


def test_wrong_arguments_are_told(run):
    with pytest.raises(InputError, match="all are 1 or more"):
        run("--query=0")
