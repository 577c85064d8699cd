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


def test_says_what_is_missing(tmp_path):
    (tmp_path / "holiday").mkdir()
    (tmp_path / "notes.txt").touch()
    with pytest.raises(InputError, match="did you mean 'holiday'"):
        search_sources([tmp_path / "hollyday"])
    with pytest.raises(InputError, match=r"no picture or video in .*holiday"):
        search_sources([tmp_path / "holiday"])
    with pytest.raises(InputError, match="neither a picture nor a video"):
        search_sources([tmp_path / "notes.txt"])
