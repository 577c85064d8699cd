"""How many of the annotated people a detector finds, as papers on person search count it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.metrics import average_precision_score

from .box_overlap import overlap, share_inside

_LEAST = 0.5  # overlap of a detection with a person; and of its own area with an ignored region


@dataclass(frozen=True, slots=True)
class DetectionMatches:
    """Which detections are right, and which people were found.

    Args:
        right: Of each detection that counts, bool, shape (N,).
        scores: Of each of them, shape (N,).
        found: Of each annotated person, bool, shape (A,).
    """

    right: np.ndarray
    scores: np.ndarray
    found: np.ndarray

    @property
    def recall(self) -> float | None:
        """Share of people found, 0..1; ``None`` without people."""
        return float(self.found.mean()) if len(self.found) else None

    @property
    def average_precision(self) -> float | None:
        """Average precision times recall, 0..1; ``None`` without people."""
        if not len(self.found):
            return None
        if not self.right.any():
            return 0.0
        return float(average_precision_score(self.right, self.scores) * self.found.mean())


def match_detections(
    boxes: Sequence[np.ndarray],
    scores: Sequence[np.ndarray],
    annotated: Sequence[np.ndarray],
    ignored: Sequence[np.ndarray],
) -> DetectionMatches:
    """Match the detections of scenes with the people who are there.

    A detection is right where it and a person overlap by a half at least, and each is what the
    other overlaps most. One that is wrong, and lies with at least half of its area in an ignored
    region, does not count.

    Args:
        boxes: Detections of each scene, xyxy, px, shape (R, 4).
        scores: How sure they are, shape (R,).
        annotated: People of each scene, xyxy, px, shape (P, 4).
        ignored: Regions of each scene, xyxy, px, shape (regions, 4).
    """
    right, kept, found = [np.zeros(0, bool)], [np.zeros(0)], [np.zeros(0, bool)]
    for at, sure, people, regions in zip(boxes, scores, annotated, ignored, strict=True):
        is_right, is_found = _mutual(at, people)
        counts = np.ones(len(at), bool)
        if len(regions):
            inside = share_inside(at[:, None], regions[None]).max(axis=1)
            counts = is_right | (inside < _LEAST)
        right.append(is_right[counts])
        kept.append(sure[counts])
        found.append(is_found)
    return DetectionMatches(np.concatenate(right), np.concatenate(kept), np.concatenate(found))


def _mutual(boxes: np.ndarray, people: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    right, found = np.zeros(len(boxes), bool), np.zeros(len(people), bool)
    if len(boxes) and len(people):
        shared = overlap(people[:, None], boxes[None])  # (P, R)
        person = shared.argmax(axis=0)
        best = shared.argmax(axis=1)
        box = np.arange(len(boxes))
        right = (best[person] == box) & (shared[person, box] >= _LEAST)
        found[person[right]] = True
    return right, found
