import errno
import io
import json
import logging

import pytest

from plipdet.cli import report, tool, write_json
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
