"""How well people are found in scenes, before anybody is searched for among them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from plipdet.functional.detection_rates import DetectionMatches, match_detections
from plipdet.structures import Detections, SceneTable

_HEIGHTS = (0, 50, 100, 200, 400)  # px from which a band of people begins


def scene_detection_rates(
    found: Mapping[int, Detections], scenes: SceneTable, *, threshold: float
) -> dict[str, Any]:
    """Return recall and AP in percent, as papers on person search give them.

    Args:
        found: Detections of each scene that was searched.
        scenes: Who is there.
        threshold: Least score of a detection that counts.

    Returns:
        ``detection_recall``, ``detection_recall_labelled`` (of people with an identity),
        ``detection_AP`` (times recall), ``people``, ``people_labelled``, and the list
        ``detection_recall_by_height``: for a band of heights in px on disk ``from`` and ``to``,
        ``people`` and ``recall``. A figure of nobody is ``None``.
    """
    ids = [scenes.person_ids(scene) for scene in found]
    annotated = [scenes.boxes(scene) for scene in found]
    sure = [one.select(one.scores >= threshold) for one in found.values()]
    boxes = [one.boxes.double().numpy() for one in sure]
    scores = [one.scores.double().numpy() for one in sure]
    ignored = [scenes[scene].ignored for scene in found]
    matches = match_detections(boxes, scores, annotated, ignored)
    labelled = [people[who >= 0] for people, who in zip(annotated, ids, strict=True)]
    of_labelled = match_detections(boxes, scores, labelled, ignored)
    return {
        "detection_recall": _percent(matches.recall),
        "detection_recall_labelled": _percent(of_labelled.recall),
        "detection_AP": _percent(matches.average_precision),
        "people": len(matches.found),
        "people_labelled": len(of_labelled.found),
        "detection_recall_by_height": _by_height(matches, annotated),
    }


def _by_height(matches: DetectionMatches, annotated: list[np.ndarray]) -> list[dict[str, Any]]:
    boxes = np.concatenate([np.zeros((0, 4), np.float32), *annotated])
    band = np.digitize(boxes[:, 3] - boxes[:, 1], _HEIGHTS[1:])
    rows = []
    for number, begin in enumerate(_HEIGHTS):
        found = matches.found[band == number]
        rows.append(
            {
                "from": begin,
                "to": _HEIGHTS[number + 1] if number + 1 < len(_HEIGHTS) else None,
                "people": len(found),
                "recall": _percent(float(found.mean()) if len(found) else None),
            }
        )
    return rows


def _percent(share: float | None) -> float | None:
    return None if share is None else 100 * share
