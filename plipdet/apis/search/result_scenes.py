"""result_scenes: the whole pictures and frames that search results are in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import cv2
import numpy as np

from plipdet.errors import UnreadableImageError

from .indexer import read_picture
from .search_result import SearchResult


def result_scenes(results: Sequence[SearchResult]) -> list[np.ndarray | None]:
    """Return the picture or frame of each result's best view, RGB uint8, shape (H, W, 3).

    Each video is read once, up to the last frame that is asked for. What is no longer there is
    ``None``.
    """
    wanted: dict[str, dict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
    found: list[np.ndarray | None] = [None] * len(results)
    for place, result in enumerate(results):
        if result.person.track is None:
            found[place] = _picture(result.person.path)
        else:
            wanted[result.person.path][result.person.views[0].frame].append(place)
    for path, frames in wanted.items():
        for number, pixels in _frames(path, set(frames)).items():
            for place in frames[number]:
                found[place] = pixels
    return found


def _picture(path: str) -> np.ndarray | None:
    try:
        return read_picture(path)
    except UnreadableImageError:
        return None


def _frames(path: str, numbers: set[int]) -> dict[int, np.ndarray]:
    """Return frames by number; seeking would be off by frames in many files."""
    capture, found = cv2.VideoCapture(path), {}
    try:
        for number in range(max(numbers) + 1):
            if not capture.grab():
                break
            if number in numbers:
                ok, pixels = capture.retrieve()
                if ok:
                    found[number] = cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB)
    finally:
        capture.release()
    return found
