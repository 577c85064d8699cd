import os

import pytest
import torch

from plipdet.engine.checkpoint import POINTER, write_checkpoint
from plipdet.engine.checkpoint_search import newest_valid
from plipdet.errors import InputError


@pytest.fixture
def folder(tmp_path):
    """A work folder with checkpoints of iterations 5, 10 and 15, and the best weights."""
    for iteration in (5, 10, 15):
        write(tmp_path / f"iter_{iteration}.pth", iteration)
    write_checkpoint({"state_dict": {"w": torch.ones(9)}, "meta": {"iter": 99}}, tmp_path / "b.pth")
    (tmp_path / POINTER).write_text(str(tmp_path / "iter_15.pth"))
    return tmp_path


def write(path, iteration):
    rest = {"optimizer": {}, "message_hub": {}, "random_states": []}
    weights = {"w": torch.full((1000,), float(iteration))}
    write_checkpoint({"state_dict": weights, "meta": {"iter": iteration}, **rest}, path)


def search(folder):
    told = []
    path, content = newest_valid(folder, tell=told.append)
    assert float(content["state_dict"]["w"][0]) == content["meta"]["iter"]
    return path.name, told


def test_the_pointer_is_followed(folder):
    assert search(folder) == ("iter_15.pth", [])
    (folder / POINTER).write_text(str(folder / "iter_10.pth"))
    assert search(folder) == ("iter_10.pth", [])


def test_a_moved_folder_is_no_problem(folder):
    (folder / POINTER).write_text("/somewhere/else/iter_15.pth")
    assert search(folder) == ("iter_15.pth", [])


def damage(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1  # in the middle of a tensor
    path.write_bytes(content)


@pytest.mark.parametrize("harm", [damage, lambda path: os.truncate(path, 700), os.unlink])
def test_without_the_newest_it_is_the_latest_of_the_others(folder, harm):
    harm(folder / "iter_15.pth")
    os.utime(folder / "iter_5.pth")  # a copy may be newer; only the iteration counts
    name, told = search(folder)
    assert name == "iter_10.pth"
    assert [
        line.startswith("skipped the one that last_ch") and "iter_15.pth" in line for line in told
    ] == [True]


@pytest.mark.parametrize("pointer", ["", "\0\0\0\0", None])
def test_without_a_pointer_it_is_the_latest(folder, pointer):
    (folder / POINTER).unlink()
    if pointer is not None:  # a file system that lost what it had promised to keep
        (folder / POINTER).write_text(pointer)
    assert search(folder)[0] == "iter_15.pth"


def test_several_damaged_files_are_all_named(folder):
    damage(folder / "iter_15.pth")
    os.truncate(folder / "iter_10.pth", 700)
    name, told = search(folder)
    assert name == "iter_5.pth" and len(told) == 2
    assert "iter_15.pth" in told[0] and "iter_10.pth" in told[1]


def test_when_nothing_is_left_training_does_not_start_anew(folder):
    for path in folder.glob("iter_*.pth"):
        os.truncate(path, 700)
    with pytest.raises(InputError, match=r"none of the checkpoints in .* can be gone on") as e:
        search(folder)
    assert all(f"iter_{n}.pth" in str(e.value) for n in (5, 10, 15))


def test_an_empty_folder_has_none(tmp_path):
    assert newest_valid(tmp_path, tell=print) is None
