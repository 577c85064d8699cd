import errno
import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from plipdet.errors import InputError
from plipdet.whole_file import remove_leftovers, whole_file


def test_appears_when_complete(tmp_path):
    path = tmp_path / "new" / "a.txt"
    with whole_file(path) as file:
        file.write(b"one")
        assert not path.exists()
    assert path.read_bytes() == b"one" and [p.name for p in path.parent.iterdir()] == ["a.txt"]


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError, FileNotFoundError(2, "x", "y")])
def test_a_failure_leaves_the_former_content(tmp_path, error):
    path = tmp_path / "a.txt"
    path.write_text("before")
    with pytest.raises(error if isinstance(error, type) else type(error)), whole_file(path) as file:
        file.write(b"half")
        raise error
    assert path.read_text() == "before" and list(tmp_path.iterdir()) == [path]


def test_a_full_disk_is_named(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("before")
    with pytest.raises(InputError, match=r"cannot write .*a\.txt: No space left"):
        with whole_file(path):
            raise OSError(errno.ENOSPC, "No space left on device")
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_under_torch_save_is_named(tmp_path, monkeypatch):
    with pytest.raises(InputError, match=r"cannot write .*w\.pth: No space left"):
        with whole_file(tmp_path / "w.pth"), open("/dev/full", "wb", buffering=0) as full:
            torch.save({"a": torch.zeros(100_000)}, full)


def test_a_place_that_is_no_folder_is_named(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match=r"cannot write .*file/a: (File exists|Not a directory)"):
        with whole_file(tmp_path / "file" / "a"):
            pass


KILLED = """
import os, sys
from plipdet.whole_file import whole_file
with whole_file(sys.argv[1]) as file:
    file.write(b"half")
    file.flush()
    if sys.argv[2:]:
        print(flush=True)
        sys.stdin.read()
    os.kill(os.getpid(), 9)
"""


def test_what_a_killed_process_left_is_removed(tmp_path):
    (tmp_path / "a.pth").write_text("before")
    (tmp_path / ".mine.part").touch()
    subprocess.run([sys.executable, "-c", KILLED, tmp_path / "a.pth"])
    (left,) = tmp_path.glob(".a.pth.*.part")
    assert remove_leftovers(tmp_path) == [left]
    assert sorted(p.name for p in tmp_path.iterdir()) == [".mine.part", "a.pth"]
    assert (tmp_path / "a.pth").read_text() == "before"


def test_what_a_living_process_writes_stays(tmp_path):
    command = [sys.executable, "-c", KILLED, tmp_path / "a.pth", "wait"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        assert remove_leftovers(tmp_path) == []
        (part,) = tmp_path.iterdir()
        # One of its number is gone, as in another container; the lock still says that it lives.
        part = part.rename(part.with_name(f".a.pth.{platform.node()}.999999999.part"))
        assert remove_leftovers(tmp_path) == []
    assert remove_leftovers(tmp_path) == [part]


def test_what_another_machine_writes_stays_for_a_day(tmp_path):
    part = tmp_path / ".a.pth.elsewhere.1.part"
    part.touch()
    assert remove_leftovers(tmp_path) == []
    os.utime(part, (0, 0))
    assert remove_leftovers(tmp_path) == [part]
