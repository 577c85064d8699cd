"""Cutting annotated people out of a video."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
from tqdm import tqdm

from plipdet.datasets.video_annotation import PersonBox
from plipdet.errors import InputError


def choose_boxes(
    boxes: Iterable[PersonBox], *, stride: int, per_person: int | None
) -> list[PersonBox]:
    """Thin out boxes: neighbouring frames show nearly the same picture.

    Args:
        boxes: All boxes.
        stride: Keep every this many boxes of a person, in the order of the frames.
        per_person: Then keep at most this many of each, spread evenly; ``None`` for all.

    Returns:
        The boxes kept, in the order of the frames.
    """
    by_person: dict[str, list[PersonBox]] = defaultdict(list)
    for box in sorted(boxes):
        by_person[box.person].append(box)
    kept: list[PersonBox] = []
    for found in by_person.values():
        found = found[::stride]
        count = len(found) if per_person is None else min(per_person, len(found))
        kept += [found[(2 * i + 1) * len(found) // (2 * count)] for i in range(count)]
    return sorted(kept)


def crop_people(
    video: Path, boxes: Sequence[PersonBox], *, size: tuple[int, int], margin: float
) -> Iterator[tuple[PersonBox, np.ndarray]]:
    """Yield each box with its pixels, reading the video once from start to end.

    Seeking is not used: a raw H.264 stream has no index, and many files' index is off by frames.

    Args:
        video: Anything OpenCV opens.
        boxes: Boxes in the order of the frames.
        size: Width and height that the boxes are meant for, px.
        margin: Added around a box on each side, as a share of its width and height.

    Yields:
        Box and crop, BGR uint8, shape (H, W, 3), clipped to the frame.

    Raises:
        InputError: If the video does not open, has another size, or ends before the last box.
    """
    if not video.is_file():
        raise InputError(f"no video {video}; name the file that the boxes belong to")
    capture = cv2.VideoCapture(str(video))
    try:
        if not capture.isOpened():
            raise InputError(f"{video} does not open as a video; convert it, for instance to MP4")
        number, frame = -1, np.empty((0, 0, 3), np.uint8)
        for box in tqdm(boxes, desc=video.name, unit=" crops"):
            if box.frame > number:
                number, frame = box.frame, _read(capture, video, number, box.frame, size)
            yield box, _cut(frame, box, margin)
    finally:
        capture.release()


def _read(
    capture: cv2.VideoCapture, video: Path, at: int, wanted: int, size: tuple[int, int]
) -> np.ndarray:
    for number in range(at + 1, wanted + 1):
        if not capture.grab():
            raise InputError(
                f"{video} ends after {number} frames, but a box is in frame {wanted}; the boxes "
                "belong to another video, or the file is cut short"
            )
    ok, frame = capture.retrieve()
    if not ok:
        raise InputError(f"frame {wanted} of {video} cannot be decoded; convert the video again")
    if frame.shape[1::-1] != size:
        raise InputError(
            f"{video} has {frame.shape[1]}x{frame.shape[0]} px, but its boxes are for "
            f"{size[0]}x{size[1]}; use the video that was annotated"
        )
    return frame


def _cut(frame: np.ndarray, box: PersonBox, margin: float) -> np.ndarray:
    left, top, right, bottom = box.box
    dx, dy = margin * (right - left), margin * (bottom - top)
    x1, y1 = max(0, round(left - dx)), max(0, round(top - dy))
    x2 = max(x1 + 1, min(frame.shape[1], round(right + dx)))
    y2 = max(y1 + 1, min(frame.shape[0], round(bottom + dy)))
    return frame[y1:y2, x1:x2]
