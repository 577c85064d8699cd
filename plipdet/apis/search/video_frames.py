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

    Seeking is not used: a raw stream has no index, and many files' index is off by frames.

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
        number = 0
        try:
            while self._capture.grab():
                if number >= self.first and number % self.stride == 0:
                    ok, pixels = self._capture.retrieve()
                    if not ok:
                        break
                    rgb = cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB)
                    yield VideoFrame(number, number / self.rate, rgb)
                number += 1
        finally:
            self._capture.release()
        if self.count is not None and number < self.count - _END:
            self.problem = f"readable up to frame {number} of {self.count}; damaged or cut short"
        elif number == 0:
            self.problem = "no frame can be read"
