"""Detection AP as COCO counts it, through pycocotools."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Mapping

import numpy as np

from plipdet.structures import Detections, SceneTable

_PERSON = 1


def coco_rates(found: Mapping[int, Detections], scenes: SceneTable) -> dict[str, float | None]:
    """Return ``coco_AP``, over overlaps from 0.5 to 0.95, and ``coco_AP50``, in percent.

    Ignored regions are COCO's crowds. The 100 surest detections of a scene count, and no
    threshold: AP is a figure over all of them.

    Args:
        found: Detections of each scene that was searched.
        scenes: What is there.

    Returns:
        The figures, ``None`` where nobody is annotated.
    """
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    truth, guesses = _truth(found, scenes), _guesses(found)
    if not any(not annotation["iscrowd"] for annotation in truth["annotations"]):
        return {"coco_AP": None, "coco_AP50": None}
    if not len(guesses):
        return {"coco_AP": 0.0, "coco_AP50": 0.0}
    with contextlib.redirect_stdout(io.StringIO()):  # it prints what it does
        annotated = COCO()
        annotated.dataset = truth
        annotated.createIndex()
        evaluation = COCOeval(annotated, annotated.loadRes(guesses), "bbox")
        evaluation.params.areaRng, evaluation.params.areaRngLbl = [[0.0, 1e10]], ["all"]
        evaluation.params.maxDets = [100]
        evaluation.evaluate()
        evaluation.accumulate()
    precision = evaluation.eval["precision"][..., 0, 0, 0]  # (overlaps, recalls)
    return {
        "coco_AP": 100 * float(precision.mean()),
        "coco_AP50": 100 * float(precision[0].mean()),
    }


def _truth(found: Mapping[int, Detections], scenes: SceneTable) -> dict[str, list[dict]]:
    annotations: list[dict] = []
    for scene in found:
        people, crowds = scenes.boxes(scene), scenes[scene].ignored
        for box, crowd in [*((b, 0) for b in people), *((b, 1) for b in crowds)]:
            left, top, right, bottom = (float(value) for value in box)
            width, height = right - left, bottom - top
            annotations.append(
                {
                    "id": len(annotations) + 1,  # 0 would mean that nothing matches
                    "image_id": scene,
                    "category_id": _PERSON,
                    "bbox": [left, top, width, height],
                    "area": width * height,
                    "iscrowd": crowd,
                }
            )
    images = [{"id": scene} for scene in found]
    return {"images": images, "annotations": annotations, "categories": [{"id": _PERSON}]}


def _guesses(found: Mapping[int, Detections]) -> np.ndarray:
    """Return scene, left, top, width, height, score and category of each detection, (N, 7)."""
    rows = [np.zeros((0, 7))]
    for scene, people in found.items():
        boxes = people.boxes.double().numpy()
        scores = people.scores.double().numpy()[:, None]
        number, person = np.full_like(scores, scene), np.full_like(scores, _PERSON)
        sides = boxes[:, 2:] - boxes[:, :2]
        rows.append(np.concatenate([number, boxes[:, :2], sides, scores, person], axis=1))
    return np.concatenate(rows)
