import errno
from types import SimpleNamespace

import pytest

from plipdet.engine import work_folder
from plipdet.errors import InputError


class Config(dict):
    filename = None


def test_the_config_itself_is_never_the_copy(tmp_path):
    (tmp_path / "a.py").touch()
    (tmp_path / "link").symlink_to(tmp_path)
    config = Config(work_dir=str(tmp_path / "link"))
    config.filename = str(tmp_path / "a.py")
    with pytest.raises(InputError, match=r"work_dir .*link is the config's own folder"):
        work_folder.spare_config(config)
    config["work_dir"] = str(tmp_path / "run")
    work_folder.spare_config(config)
    work_folder.spare_config(SimpleNamespace(work_dir=str(tmp_path)))  # one that is no file


def test_a_full_disk_is_named(tmp_path):
    with pytest.raises(InputError, match=f"work_dir {tmp_path}: No space left on device"):
        with work_folder.room_in(str(tmp_path)):
            raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("error", [OSError(5, "Input/output error"), OSError(28, "full", "a.txt")])
def test_other_errors_are_not_explained_away(tmp_path, error):
    with pytest.raises(OSError) as caught, work_folder.room_in(str(tmp_path)):
        raise error
    assert caught.value is error
