import os

import pytest

from plipdet.datasets.doctor import FindingLog
from plipdet.datasets.doctor.folder_walk import FolderWalk


@pytest.fixture
def tree(tmp_path):
    for path in ("a/1.jpg", "a/b/2.jpg", ".hidden/3.jpg", "4.jpg"):
        (tmp_path / "top" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "top" / path).touch()
    return tmp_path / "top"


def walked(root):
    log = FindingLog()
    walk = FolderWalk(root, log)
    found = sorted(f"{folder}/{name}" for folder, names in walk for name in names)
    return found, [f.kind.code for f in log.findings()], walk.broken


def test_hidden_folders_are_left_out(tree):
    assert walked(tree) == (["/4.jpg", "a/1.jpg", "a/b/2.jpg"], [], [])


def test_links_are_followed_also_to_other_disks(tree, tmp_path):
    (tmp_path / "disk" / "c").mkdir(parents=True)
    (tmp_path / "disk" / "c" / "5.jpg").touch()
    (tree / "linked").symlink_to(tmp_path / "disk")
    (tree / "a" / "6.jpg").symlink_to(tmp_path / "disk" / "c" / "5.jpg")
    found, codes, _ = walked(tree)
    assert {"linked/c/5.jpg", "a/6.jpg"} <= set(found) and not codes


@pytest.mark.parametrize("target", [".", "..", "a"])
def test_a_link_to_a_folder_above_is_a_loop(tree, target):
    (tree / "a" / "b" / "loop").symlink_to(
        (tree / "a" / target).resolve() if target != "a" else tree / "a"
    )
    found, codes, _ = walked(tree)
    assert codes == ["link-loop"] and len(found) == 3


def test_two_links_that_lead_to_each_other_are_a_loop(tree, tmp_path):
    (tmp_path / "disk").mkdir()
    (tmp_path / "disk" / "back").symlink_to(tree)
    (tree / "out").symlink_to(tmp_path / "disk")
    assert walked(tree)[1] == ["link-loop"]


def test_links_to_nothing_are_kept_apart(tree):
    (tree / "a" / "7.jpg").symlink_to(tree / "gone.jpg")
    (tree / "round").symlink_to(tree / "round")
    found, codes, broken = walked(tree)
    assert len(found) == 3 and not codes and sorted(broken) == ["a/7.jpg", "round"]


def test_a_folder_that_may_not_be_read_is_found(tree, monkeypatch):
    scandir = os.scandir

    def refuse(path):
        if str(path).endswith("b"):
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    found, codes, _ = walked(tree)
    assert found == ["/4.jpg", "a/1.jpg"] and codes == ["no-permission"]
