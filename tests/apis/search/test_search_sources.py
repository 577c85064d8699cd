import os

import pytest

from plipdet.apis.search import search_sources
from plipdet.errors import InputError


def test_finds_pictures_and_videos(tmp_path, monkeypatch):
    for name in ["b/2.JPG", "a.mp4", "b/.hidden/3.jpg", "b/._4.jpg", "notes.txt"]:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    monkeypatch.chdir(tmp_path)
    found = search_sources([".", "a.mp4"])
    assert found == [(str(tmp_path / "a.mp4"), True), (str(tmp_path / "b/2.JPG"), False)]


def test_what_cannot_be_read_or_stored_is_noted_and_the_rest_goes_on(tmp_path, monkeypatch):
    (tmp_path / "~x.jpg").touch()
    (tmp_path / os.fsdecode(b"b\xff.jpg")).touch()
    os.mkfifo(tmp_path / "pipe.jpg")
    problems = {}
    monkeypatch.chdir(tmp_path)
    assert search_sources(["~x.jpg"]) == [(str(tmp_path / "~x.jpg"), False)]
    assert search_sources([tmp_path], problems=problems) == [(str(tmp_path / "~x.jpg"), False)]
    assert problems == {
        str(tmp_path / "b\ufffd.jpg"): "cannot be stored: its name is not UTF-8; rename it"
    }

    def closed(place, onerror):
        onerror(PermissionError(13, "Permission denied", str(tmp_path / "closed")))
        return iter(())

    monkeypatch.setattr(os, "walk", closed)  # a test that runs as root may read everything
    with pytest.raises(InputError, match=r"no picture or video in .*closed: cannot be read: Perm"):
        search_sources([tmp_path])


def test_an_empty_name_is_not_the_working_folder(tmp_path, monkeypatch):
    (tmp_path / "a.jpg").touch()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match="is empty"):
        search_sources([""])


def test_says_what_is_missing(tmp_path):
    (tmp_path / "holiday").mkdir()
    (tmp_path / "notes.txt").touch()
    with pytest.raises(InputError, match="did you mean 'holiday'"):
        search_sources([tmp_path / "hollyday"])
    with pytest.raises(InputError, match=r"no picture or video in .*holiday"):
        search_sources([tmp_path / "holiday"])
    with pytest.raises(InputError, match="neither a picture nor a video"):
        search_sources([tmp_path / "notes.txt"])
