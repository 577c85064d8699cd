"""Person search as a plain program does it: scene by scene for each query, then a sort."""

from __future__ import annotations

import numpy as np
from sklearn.metrics import average_precision_score
from synthetic_scenes import SyntheticSearch

_THRESHOLD = 0.5


def plain_search(data: SyntheticSearch, count: int) -> dict[str, float]:
    """Return mAP, rank-1, rank-5 and rank-10 in percent over the first ``count`` queries."""
    boxes = [one.boxes.numpy() for one in data.found]
    looks = [one.embeddings.numpy() for one in data.found if one.embeddings is not None]
    scores = [one.scores.numpy() for one in data.found]
    asking = data.embeddings.numpy()
    precision, first = [], []
    for q in range(count):
        scenes, right_boxes = data.queries.matches(q)
        shown = dict(zip(scenes.tolist(), right_boxes, strict=True))
        if not shown:
            continue
        labels, similarities, found = [], [], 0
        for scene in data.queries.gallery(q).tolist():
            sure = scores[scene] >= _THRESHOLD
            similar = looks[scene][sure] @ asking[q]
            label = np.zeros(len(similar), np.int64)
            if scene in shown:
                right = shown[scene]
                width, height = right[2] - right[0], right[3] - right[1]
                needed = min(0.5, width * height / ((width + 10) * (height + 10)))
                for person in np.argsort(-similar):
                    if _overlap(boxes[scene][sure][person], right) >= needed:
                        label[person] = 1
                        found += 1
                        break
            labels.append(label)
            similarities.append(similar)
        is_right, ranked = np.concatenate(labels), np.concatenate(similarities)
        share = found / len(shown)
        precision.append(average_precision_score(is_right, ranked) * share if found else 0.0)
        order = np.argsort(-ranked)
        first.append([is_right[order[:k]].any() for k in (1, 5, 10)])
    top = dict(zip(("rank1", "rank5", "rank10"), np.mean(first, axis=0), strict=True))
    return {k: 100 * float(v) for k, v in {"mAP": np.mean(precision), **top}.items()}


def _overlap(box: np.ndarray, other: np.ndarray) -> float:
    wide = min(box[2], other[2]) - max(box[0], other[0])
    high = min(box[3], other[3]) - max(box[1], other[1])
    shared = max(0.0, wide) * max(0.0, high)
    area = (box[2] - box[0]) * (box[3] - box[1]) + (other[2] - other[0]) * (other[3] - other[1])
    return shared / (area - shared)
