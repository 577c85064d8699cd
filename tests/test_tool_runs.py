import json
import threading
import time

import pytest

from plipdet.errors import InputError, RunStoppedError
from plipdet.tool_runs import ToolRuns, check_settings, kept_results, over_seeds

WAITS = "import pathlib, sys, time\npathlib.Path(sys.argv[1]).touch()\ntime.sleep(60)\n"


@pytest.fixture
def tools(tmp_path):
    """A folder of tools: one that answers, one that fails, one that waits."""
    folder = tmp_path / "tools"
    folder.mkdir()
    (folder / "answer.py").write_text("import sys\nprint('log')\nprint(sys.argv[1])\n")
    (folder / "fail.py").write_text(
        "import sys\nprint('first')\nsys.exit('error: no such thing')\n"
    )
    (folder / "wait.py").write_text(WAITS)
    return folder


def test_the_last_line_is_the_answer_and_all_is_in_the_log(tools, tmp_path):
    log = tmp_path / "logs" / "a.log"
    assert ToolRuns(tools).run("answer.py", 7, log=log) == "7"
    assert log.read_text() == "log\n7\n"


def test_a_failing_run_says_which_and_why(tools, tmp_path):
    log = tmp_path / "x.log"
    with pytest.raises(InputError, match=r"fail\.py config\.py failed, see .*no such thing"):
        ToolRuns(tools).run("fail.py", "config.py", log=log)
    assert "no such thing" in log.read_text() and "first" in log.read_text()


def test_each_job_has_its_result_in_order():
    found = ToolRuns(".", jobs=2).each([3, 1, 2], lambda job: job * job)
    assert list(found.items()) == [(3, 9), (1, 1), (2, 4)]


def test_what_is_interrupted_ends_the_tools_and_starts_no_more(tools, tmp_path):
    runs = ToolRuns(tools, jobs=2)
    begun = tmp_path / "begun"

    def one(job):
        if job == "wait":
            runs.run("wait.py", begun, log=tmp_path / "wait.log")
        while not begun.exists():
            time.sleep(0.01)
        raise KeyboardInterrupt

    start = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        runs.each(["wait", "interrupt"], one)
    assert time.monotonic() - start < 30  # the tool waits for 60 s
    with pytest.raises(RunStoppedError):
        runs.run("answer.py", 1, log=tmp_path / "late.log")


def test_a_tool_that_a_signal_ends_has_not_failed(tools, tmp_path):
    runs = ToolRuns(tools)
    begun, raised = tmp_path / "begun", []

    def wait():
        try:
            runs.run("wait.py", begun, log=tmp_path / "wait.log")
        except RunStoppedError as error:
            raised.append(error)

    thread = threading.Thread(target=wait)
    thread.start()
    while not begun.exists():
        time.sleep(0.01)
    (process,) = runs._running
    process.terminate()
    thread.join()
    assert len(raised) == 1


def test_jobs_are_one_or_more():
    with pytest.raises(InputError, match="--jobs 0"):
        ToolRuns(".", jobs=0)


def test_what_has_finished_is_kept_for_the_same_settings_only(tmp_path):
    made = []

    def make():
        made.append(1)
        return {"rank1": 5.0}

    for _ in range(2):
        assert kept_results(tmp_path / "a", {"seed": 0}, make) == {"rank1": 5.0}
    assert len(made) == 1
    with pytest.raises(InputError, match="of other settings"):
        kept_results(tmp_path / "a", {"seed": 1}, make)


def test_a_run_that_has_begun_is_not_gone_on_with_under_other_settings(tmp_path):
    def fail():
        raise InputError("no")

    with pytest.raises(InputError, match="no"):
        kept_results(tmp_path, {"steps": 4}, fail)
    assert json.loads((tmp_path / "settings.json").read_text()) == {"steps": 4}
    check_settings(tmp_path, {"steps": 4})
    with pytest.raises(InputError, match=r"of other settings, \{'steps': 4\}"):
        check_settings(tmp_path, {"steps": 8})


def test_mean_and_deviation_of_the_sample():
    assert over_seeds([10.0, 20.0, 30.0]) == {
        "mean": 20.0,
        "std": 10.0,
        "values": [10.0, 20.0, 30.0],
    }
    assert over_seeds([1.0])["std"] == 0.0
