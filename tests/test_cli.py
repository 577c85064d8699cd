import errno
import io
import json
import logging
import os
import signal
import subprocess
import sys

import pytest

from plipdet.cli import check_output, end_at_signals, report, tool, write_json
from plipdet.errors import InputError


def failing(error):
    @tool
    def main():
        raise error

    return main


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (InputError("no such split"), 2, "error: no such split\n"),
        (
            InputError(
                "Caught InputError in DataLoader worker process 0.\nOriginal Traceback (most "
                'recent call last):\n  File "x.py"\nplipdet.errors.InputError: a.jpg is broken\n'
            ),
            2,
            "error: a.jpg is broken\n",
        ),
        (OSError(errno.ENOSPC, "No space left on device", "out.json"), 2, "No space left"),
        (KeyboardInterrupt(), 130, "interrupted\n"),
    ],
)
def test_users_errors_become_one_message_and_a_code(error, code, message, capsys):
    with pytest.raises(SystemExit) as stop:
        failing(error)()
    assert stop.value.code == code
    err = capsys.readouterr().err
    assert message in err and "Traceback" not in err


def test_our_own_bugs_keep_their_traceback():
    with pytest.raises(RuntimeError):
        failing(RuntimeError("bug"))()


def test_report_prints_and_writes_the_same(tmp_path, capsys):
    report({"rank1": 1.5}, tmp_path / "deep" / "r.json")
    assert json.loads(capsys.readouterr().out.splitlines()[-1]) == {"rank1": 1.5}
    assert json.loads((tmp_path / "deep" / "r.json").read_text()) == {"rank1": 1.5}


def test_a_value_that_is_not_json_leaves_the_old_file(tmp_path):
    path = tmp_path / "r.json"
    write_json({"a": 1}, path)
    with pytest.raises(TypeError):
        write_json({"a": object()}, path)
    assert json.loads(path.read_text()) == {"a": 1}
    assert [p.name for p in tmp_path.iterdir()] == ["r.json"]


def test_a_result_that_cannot_be_written_is_printed(tmp_path, capsys):
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="cannot write"):
        report({"mAP": 1.5}, tmp_path / "file" / "result.json")
    assert json.loads(capsys.readouterr().out) == {"mAP": 1.5}


def test_a_log_that_cannot_be_written_prints_no_traceback(capsys):
    class FullDisk(logging.StreamHandler):
        def flush(self):
            raise OSError(errno.ENOSPC, "No space left on device")

    @tool
    def main():
        logger = logging.Logger("full")
        logger.addHandler(FullDisk(io.StringIO()))
        logger.info("lost")

    main()
    assert capsys.readouterr() == ("", "")


def test_one_of_several_interrupted_ranks_says_so(monkeypatch, capsys):
    monkeypatch.setenv("RANK", "1")
    with pytest.raises(SystemExit) as stop:
        failing(KeyboardInterrupt())()
    assert stop.value.code == 130 and capsys.readouterr().err == ""


STARTED = """
import os, signal, subprocess, sys, time
from plipdet.cli import end_at_signals, leaving_signals_to, tool

def main():
    if sys.argv[1] == "parent":
        with subprocess.Popen([sys.executable, "-c", sys.argv[2], "child"]) as child:
            with leaving_signals_to(child):
                child.wait()
        raise SystemExit(child.returncode)
    print("ready", flush=True)
    time.sleep(60)

end_at_signals()
tool(main)()
"""


@pytest.mark.parametrize("whom", ["child", "parent"])
@pytest.mark.parametrize(
    ("number", "code", "message"),
    [
        (signal.SIGINT, 130, "interrupted\n"),
        (signal.SIGTERM, 143, "SIGTERM: ended before there was anything to save\n"),
        (signal.SIGUSR1, 143, "SIGUSR1: ended before there was anything to save\n"),
    ],
)
def test_a_signal_ends_a_tool_and_those_it_started_with_one_message(whom, number, code, message):
    process = subprocess.Popen(
        [sys.executable, "-c", STARTED, whom, STARTED],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    assert process.stdout.readline() == "ready\n"
    send = os.killpg if number == signal.SIGINT else os.kill  # Ctrl-C reaches all of a terminal
    send(process.pid, number)
    assert process.communicate(timeout=60)[1] == message and process.returncode == code


def test_one_of_several_ranks_ends_in_silence(monkeypatch, capsys):
    monkeypatch.setenv("WORLD_SIZE", "2")
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    end_at_signals()
    with pytest.raises(SystemExit) as stop:
        tool(lambda: signal.raise_signal(signal.SIGTERM))()
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_IGN  # a second one changes nothing
    assert stop.value.code == 143 and capsys.readouterr().err == ""


def test_a_place_to_write_is_tried_and_left_alone(tmp_path):
    old = tmp_path / "old.png"
    old.write_text("kept")
    assert check_output(old, ".png") == old
    assert check_output(tmp_path / "new" / "page.HTML", ".png", ".html").parent.is_dir()
    assert old.read_text() == "kept"
    assert sorted(p.name for p in tmp_path.rglob("*")) == ["new", "old.png"]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("a.jpg", r"ends in \.png or \.html"),
        ("", r"ends in \.png or \.html"),
        ("folder.png", "is a folder"),
        ("file/a.png", "cannot be written"),
    ],
)
def test_no_place_to_write(tmp_path, name, message):
    (tmp_path / "folder.png").mkdir()
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match=message):
        check_output(tmp_path / name, ".png", ".html")
