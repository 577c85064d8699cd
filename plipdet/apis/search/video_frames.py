"""VideoFrames: a video's frames in order, every so many."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from plipdet.errors import UnreadableImageError

_USUAL_RATE = 25.0  # frames a second where the file does not say
_END = 2  # frames that a file's count may be off


class VideoFrame(NamedTuple):
    """One frame.

    Attributes:
        number: From 0.
        time: Seconds from the start.
        pixels: RGB uint8, shape (H, W, 3).
    """

    number: int
    time: float
    pixels: np.ndarray


class VideoFrames:
    """Reads a video from start to end; only the frames asked for are converted.

    Seeking is not used: a raw stream has no index, and many files' index is off by frames. Times
    are the file's own, as frames of a phone or a recorded screen do not come evenly; where it has
    none, as a raw stream, they follow from the rate.

    Args:
        path: Anything that OpenCV opens.
        stride: Every this many frames.
        first: Number of the first frame; those before are skipped.

    Raises:
        UnreadableImageError: If the file does not open as a video.
    """

    def __init__(self, path: str | Path, *, stride: int = 1, first: int = 0) -> None:
        self.path, self.stride, self.first = str(path), stride, first
        self._capture = cv2.VideoCapture(self.path)
        if not self._capture.isOpened():
            raise UnreadableImageError(f"{path} does not open as a video")
        rate = self._capture.get(cv2.CAP_PROP_FPS)
        self.rate = rate if 1 <= rate <= 1000 else _USUAL_RATE
        count = int(self._capture.get(cv2.CAP_PROP_FRAME_COUNT))
        self.count = count if count > 0 else None
        self.problem: str | None = None

    def __iter__(self) -> Iterator[VideoFrame]:
        """Yield frames; at the end :attr:`problem` says if there should have been more."""
        number, time, origin, longest = 0, 0.0, 0.0, 1 / self.rate
        try:
            while self._capture.grab():
                stamp = self._capture.get(cv2.CAP_PROP_POS_MSEC) / 1000
                if number == 0:
                    origin = stamp
                else:
                    before, time = time, stamp - origin
                    time = round(time if time > before else before + 1 / self.rate, 6)
                    longest = max(longest, time - before)
                if number >= self.first and number % self.stride == 0:
                    ok, pixels = self._capture.retrieve()
                    if not ok:
                        break
                    yield VideoFrame(number, time, cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB))
                number += 1
        finally:
            self._capture.release()
        if number == 0:
            self.problem = "no frame can be read"
        elif self._is_cut(number, time + longest):
            self.problem = f"readable up to frame {number} of {self.count}; damaged or cut short"

    def _is_cut(self, frames: int, seconds: float) -> bool:
        """Return whether there should be more of both.

        Some files give a length only, from which OpenCV makes a count by the rate they claim.
        """
        if self.count is None:
            return False
        expected = self.count - _END
        return frames < expected and seconds < expected / self.rate
