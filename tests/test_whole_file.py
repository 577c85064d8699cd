import errno
from pathlib import Path

import pytest
import torch

from plipdet.errors import InputError
from plipdet.whole_file import whole_file


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
