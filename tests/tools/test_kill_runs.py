import json
import os
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "tools/benchmark"))

from killed_run import KilledRun

from plipdet.engine.checkpoint import POINTER, write_checkpoint

TOOL = Path(__file__).parents[2] / "tools/benchmark/kill_runs.py"


@pytest.mark.slow
def test_a_killed_run_loses_nothing(tmp_path, monkeypatch, run_here):
    monkeypatch.chdir(tmp_path)
    done = run_here(TOOL, "--kills", 1, "--out", "out.json")
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout.splitlines()[-1])
    assert result == json.loads((tmp_path / "out.json").read_text())
    assert result["kills"] == result["resumed"] == 1 and result["equal_to_uninterrupted"] is True
    assert result["lost"] == result["invalid_found"] == result["leftovers"] == 0
    assert not (tmp_path / "work_dirs/kill_runs").exists()


@pytest.fixture
def run(tmp_path):
    rest = {"optimizer": {}, "message_hub": {}, "random_states": []}
    for number in (3, 4):
        path = tmp_path / f"iter_{number}.pth"
        write_checkpoint({"state_dict": {}, "meta": {"iter": number}, **rest}, path)
    (tmp_path / POINTER).write_text(str(tmp_path / "iter_4.pth"))
    run = KilledRun(tmp_path / "c.py", tmp_path)
    run._process = SimpleNamespace(pid=7)
    return run


def test_good_files_are_good(run):
    assert run.look() == 4 and run.inspect() == (4, []) and not run.is_writing()


def test_damage_is_seen(run):
    os.truncate(run.work_dir / "iter_4.pth", 300)
    newest, faults = run.inspect()
    assert newest == 3 and len(faults) == 2 and "the pointer names" in faults[1]
    (run.work_dir / POINTER).write_text("iter_9.pth")
    assert len(run.inspect()[1]) == 2
    (run.work_dir / "iter_3.pth").rename(run.work_dir / "iter_8.pth")
    assert "iter_8.pth is of iteration 3" in " ".join(run.inspect()[1])


def test_half_written_files_and_leftovers_are_seen(run):
    for number in (6, 7):
        (run.work_dir / f".iter_5.pth.host.{number}.part").touch()
    assert len(run.parts()) == 2
    assert [path.name for path in run.parts(of_others=True)] == [".iter_5.pth.host.6.part"]
