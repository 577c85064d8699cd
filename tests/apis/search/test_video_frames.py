import cv2
import numpy as np
import pytest
from uneven_video import write_uneven_video

from plipdet.apis.search import VideoFrames


@pytest.fixture(scope="module")
def frames():
    return [np.full((48, 64, 3), 5 * i, np.uint8) for i in range(40)]


def test_times_are_those_of_the_file(tmp_path, frames):
    path = tmp_path / "uneven.mp4"
    write_uneven_video(path, frames, fast=20, slow=0.5)
    video = VideoFrames(path, stride=5, first=10)
    found = list(video)
    assert [frame.number for frame in found] == [10, 15, 20, 25, 30, 35]
    assert [frame.time for frame in found] == pytest.approx([1, 1.5, 2, 4.5, 7, 9.5])
    assert video.problem is None


def test_a_stream_without_times_has_its_rate(tmp_path, frames, monkeypatch):
    path = tmp_path / "even.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), 8, (64, 48))
    for frame in frames:
        writer.write(frame)
    writer.release()
    capture = cv2.VideoCapture

    class Raw:
        def __init__(self, path):
            self.capture = capture(path)

        def get(self, what):  # as it is for people.264
            return 0.0 if what == cv2.CAP_PROP_POS_MSEC else self.capture.get(what)

        def __getattr__(self, name):
            return getattr(self.capture, name)

    monkeypatch.setattr(cv2, "VideoCapture", Raw)
    assert [f.time for f in VideoFrames(path)] == pytest.approx([i / 8 for i in range(40)])


def test_a_count_that_follows_from_a_claimed_rate_is_no_damage(tmp_path, frames, monkeypatch):
    path = tmp_path / "uneven.mp4"
    write_uneven_video(path, frames, fast=20, slow=0.5)
    video = VideoFrames(path)
    video.rate, video.count = 10.0, 120  # as Matroska's header has it for these 12 s
    assert len(list(video)) == 40 and video.problem is None
    video = VideoFrames(path)
    video.rate, video.count = 10.0, 150
    assert len(list(video)) == 40
    assert video.problem == "readable up to frame 40 of 150; damaged or cut short"
