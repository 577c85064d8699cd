"""histogram_baseline: image Re-ID by colour histograms, without any learning."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm

from plipdet.evaluation import RetrievalMetric
from plipdet.evaluation.stripe_histogram import stripe_histogram
from plipdet.structures import PersonTable

from .person_picture import person_picture


def histogram_baseline(
    table: PersonTable, *, metric: RetrievalMetric, stripes: int = 8
) -> dict[str, float]:
    """Return the rates of HSV-stripe histograms on a table's query and gallery splits.

    Args:
        table: With the splits "query" and "gallery".
        metric: Its rules are the protocol.
        stripes: Horizontal stripes of a picture.

    Raises:
        InputError: If a split is missing or a picture cannot be read.
    """
    sides = [table.where_split(split) for split in ("query", "gallery")]
    features = [_features(side, stripes) for side in sides]
    query, gallery = sides
    return metric.evaluate(
        *features,
        query_ids=query.numbers("person_id"),
        gallery_ids=gallery.numbers("person_id"),
        query_cameras=query.numbers("camera_id"),
        gallery_cameras=gallery.numbers("camera_id"),
    )


def _features(table: PersonTable, stripes: int) -> Tensor:
    rows = tqdm(range(len(table)), desc="histograms", unit=" pictures", delay=1.0, leave=False)
    found = [stripe_histogram(person_picture(table, row), stripes=stripes) for row in rows]
    return torch.from_numpy(np.stack(found))
