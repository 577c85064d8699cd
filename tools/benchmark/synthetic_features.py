"""Features, identities and cameras of people who do not exist, at the sizes of benchmarks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

KINDS = ("random", "clustered", "uneven")
_SPREAD = 2.2  # of a person's features around the centre; right pictures then lie near the top


@dataclass(slots=True, frozen=True)
class Size:
    """How much there is of a benchmark's test set.

    Args:
        query: Query pictures.
        gallery: Gallery pictures, without junk.
        identities: People.
        cameras: Cameras.
        dim: Width of features.
    """

    query: int
    gallery: int
    identities: int
    cameras: int
    dim: int = 512


SIZES = {
    "market": Size(3_368, 15_913, 750, 6),
    "msmt17": Size(11_659, 82_161, 3_060, 15),
}


def synthetic_features(
    size: Size, kind: str, *, device: str = "cpu"
) -> tuple[Tensor, Tensor, dict[str, np.ndarray]]:
    """Return unit features of queries and gallery, and the facts that a metric reads.

    Args:
        size: How much of everything.
        kind: "random" for features that know nothing, so that right pictures have any score, the
            most work for counting; "clustered" around a centre for each person; "uneven" the same,
            but as in a gallery of surveillance videos the most frequent 1 % of people have a third
            of the pictures, hundreds each.
        device: Of the features.
    """
    rng = np.random.default_rng(0)
    generator = torch.Generator().manual_seed(0)
    share = np.ones(size.identities)
    if kind == "uneven":
        frequent = max(1, size.identities // 100)
        share[:frequent] = (size.identities - frequent) / frequent / 2
    sides, facts = [], {}
    centres = torch.randn(size.identities, size.dim, generator=generator)
    for side, count in (("query", size.query), ("gallery", size.gallery)):
        ids = rng.choice(size.identities, count, p=share / share.sum())
        features = torch.randn(count, size.dim, generator=generator)
        if kind != "random":
            features = features.mul_(_SPREAD).add_(centres[torch.from_numpy(ids)])
        sides.append(F.normalize(features, dim=1).to(device))
        facts[f"{side}_ids"] = ids
        facts[f"{side}_cameras"] = rng.integers(0, size.cameras, count)
    return sides[0], sides[1], facts
