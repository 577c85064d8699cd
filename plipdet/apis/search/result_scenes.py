"""result_scenes: the whole pictures and frames that search results are in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import cv2
import numpy as np

from plipdet.datasets.transforms.resize_scene import resized_scene
from plipdet.errors import UnreadableImageError

from .found_person import Box
from .indexer import read_picture
from .search_result import SearchResult


class ResultScene(NamedTuple):
    """Where a result's best view is.

    Attributes:
        pixels: The picture or frame, RGB uint8, shape (H, W, 3).
        box: The person in it, xyxy, px of ``pixels``.
    """

    pixels: np.ndarray
    box: Box


def result_scenes(
    results: Sequence[SearchResult], *, largest: int | None = None
) -> list[ResultScene | None]:
    """Return the picture or frame of each result's best view.

    Each picture is read once, and each video once, up to the last frame that is asked for. What is
    no longer there is ``None``.

    Args:
        results: From a search.
        largest: What the longer side of larger ones is made smaller to, px: many whole
            photographs may not fit into memory.
    """
    wanted: dict[str, dict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
    for place, result in enumerate(results):
        wanted[result.person.path][result.person.views[0].frame].append(place)
    found: list[ResultScene | None] = [None] * len(results)
    for path, frames in wanted.items():
        first = results[next(iter(frames.values()))[0]]
        video = first.person.track is not None
        for number, pixels in _frames(path, set(frames)) if video else _picture(path):
            shown = _at_most(pixels, largest)
            scale = shown.shape[1] / pixels.shape[1]
            for place in frames[number]:
                left, top, right, bottom = results[place].person.views[0].box
                box = (left * scale, top * scale, right * scale, bottom * scale)
                found[place] = ResultScene(shown, box)
    return found


def _at_most(pixels: np.ndarray, largest: int | None) -> np.ndarray:
    sides = pixels.shape[:2]
    if largest is None or max(sides) <= largest:
        return pixels
    return resized_scene(pixels, (largest, largest))


def _picture(path: str) -> Iterator[tuple[int, np.ndarray]]:
    try:
        yield 0, read_picture(path)
    except UnreadableImageError:
        return


def _frames(path: str, numbers: set[int]) -> Iterator[tuple[int, np.ndarray]]:
    """Yield frames by number; seeking would be off by frames in many files."""
    capture = cv2.VideoCapture(path)
    try:
        for number in range(max(numbers) + 1):
            if not capture.grab():
                break
            if number in numbers:
                ok, pixels = capture.retrieve()
                if ok:
                    yield number, cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB)
    finally:
        capture.release()
