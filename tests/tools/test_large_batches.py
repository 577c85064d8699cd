import json
import os
import sys
from pathlib import Path

import pytest
from tiny_model import TINY

from plipdet.errors import InputError

REPOSITORY = Path(__file__).parents[2]
SMALL = ("--batch-size=6", "--micro-batch-size=2", "--repeats=1", "--anchors=4")


@pytest.fixture
def tool(monkeypatch):
    """The tool in this process, which spares seconds of imports."""
    monkeypatch.syspath_prepend(str(REPOSITORY / "tools" / "benchmark"))
    import large_batches

    def run(*arguments):
        config = str(REPOSITORY / "configs/plip/pretrain_mini.py")
        monkeypatch.setattr(sys, "argv", ["large_batches.py", config, *arguments])
        large_batches.main()

    run.module = large_batches
    return run


def test_time_and_memory_are_reported(tool, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(tool.module, "_in_own_process", lambda function, *own: function(*own))
    out = tmp_path / "out.json"
    tool(*SMALL, "--candidates=4096", f"--out={out}", *TINY)
    result = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert result == json.loads(out.read_text())
    steps = result["micro_batches"]
    assert (steps["batch_size"], steps["micro_batch_size"]) == (6, 2)
    assert min(steps["seconds"].values()) > 0 and len(steps["time_ratios"]) == 1
    assert 0 < result["guard"]["seconds"] and 0 < result["guard"]["share_of_step"] < 1
    assert result["chunked_contrast"]["candidates"] == 4096


def test_memory_is_that_of_a_call(tool):
    kept = []
    found = tool.module._memory_of(lambda: kept.append(bytearray(os.urandom(50_000_000))))
    # The copy, and at most what it was copied from. The kernel counts a process's pages in batches
    # for each processor, so that its figure is off by less than a megabyte.
    assert 49 <= found < 150


def test_memory_is_taken_in_another_process(tool):
    assert tool.module._in_own_process(os.getpid) != os.getpid()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--micro-batch-size=0",), "--micro-batch-size is 0; 1 or more"),
        (("--anchors=9", "--candidates=8"), "are not more"),
    ],
)
def test_wrong_options_are_one_message(tool, options, message):
    with pytest.raises(InputError, match=message):
        tool(*options)
