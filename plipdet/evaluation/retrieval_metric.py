"""RetrievalMetric: how well queries find their identity in a gallery."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from plipdet.errors import InputError
from plipdet.functional.ranking import RankStatistics, rank_gallery
from plipdet.functional.retrieval_rates import chance_rates, retrieval_rates
from plipdet.registry import METRICS


@METRICS.register_module()
class RetrievalMetric:
    """Rank-k, mAP and mINP of a retrieval task, beside what chance would give.

    Ties count against the model, see :mod:`plipdet.functional.ranking`. A query whose identity is
    not in its gallery is left out of the rates and counted in ``queries_without_match``.

    Args:
        topk: The k of rank-k.
        exclude_same_camera: Leave the gallery items of the query's identity and camera out, as
            Market-1501 and its successors do; text queries and PRW do not.
        junk_ids: Identities whose gallery items are neither right nor wrong. Market-1501's
            distractors are identity 0 and stay; only its junk, -1, goes.
        chunk: Queries at once; memory is chunk x gallery scores of 4 bytes.
        normalise: Rank by the cosine instead of the dot product.

    Raises:
        InputError: If ``topk`` is empty or holds anything but positive whole numbers.
    """

    def __init__(
        self,
        topk: Sequence[int] = (1, 5, 10),
        *,
        exclude_same_camera: bool = False,
        junk_ids: Sequence[int] = (-1,),
        chunk: int = 256,
        normalise: bool = True,
    ) -> None:
        if not topk or any(not isinstance(k, int) or k < 1 for k in topk):
            raise InputError(
                f"topk = {topk!r} of RetrievalMetric; expected ranks from 1, like (1, 5)"
            )
        self.topk = tuple(topk)
        self.exclude_same_camera = exclude_same_camera
        self.junk_ids = tuple(junk_ids)
        self.chunk = chunk
        self.normalise = normalise

    @torch.no_grad()
    def evaluate(
        self,
        query_features: Tensor,
        gallery_features: Tensor,
        *,
        query_ids: np.ndarray | None,
        gallery_ids: np.ndarray | None,
        query_cameras: np.ndarray | None = None,
        gallery_cameras: np.ndarray | None = None,
    ) -> dict[str, float]:
        """Return the rates in percent, and counts.

        Args:
            query_features: Shape (Q, D).
            gallery_features: Shape (G, D).
            query_ids: Identities, shape (Q,).
            gallery_ids: Identities, shape (G,).
            query_cameras: Cameras, shape (Q,); read with ``exclude_same_camera`` only.
            gallery_cameras: Cameras, shape (G,); likewise.

        Returns:
            ``rank<k>``, ``mAP``, ``mINP``, ``chance_rank<k>``, ``chance_mAP``, ``queries``,
            ``queries_without_match``, ``gallery_images``, ``gallery_ids``.

        Raises:
            InputError: If identities or needed cameras are missing, a feature is not finite, or
                no query has a match.
        """
        query_ids = _known(query_ids, "query", "identities")
        gallery_ids = _known(gallery_ids, "gallery", "identities")
        if self.exclude_same_camera:
            query_cameras = _known(query_cameras, "query", "cameras")
            gallery_cameras = _known(gallery_cameras, "gallery", "cameras")
        else:
            query_cameras = gallery_cameras = None
        kept = ~np.isin(gallery_ids, self.junk_ids)
        if not kept.all():
            gallery_features = gallery_features[torch.from_numpy(kept).to(gallery_features.device)]
            gallery_ids = gallery_ids[kept]
            gallery_cameras = None if gallery_cameras is None else gallery_cameras[kept]
        if self.normalise:
            query_features = F.normalize(query_features, dim=1)
            gallery_features = F.normalize(gallery_features, dim=1)
        statistics = rank_gallery(
            query_features,
            gallery_features,
            query_ids=query_ids,
            gallery_ids=gallery_ids,
            query_cameras=query_cameras,
            gallery_cameras=gallery_cameras,
            chunk=self.chunk,
        )
        return {
            **self._rates(statistics),
            "gallery_images": len(gallery_ids),
            "gallery_ids": len(np.unique(gallery_ids)),
        }

    def _rates(self, statistics: RankStatistics) -> dict[str, float]:
        chance = chance_rates(statistics, topk=self.topk)
        matched = int((statistics.right > 0).sum())
        return {
            **retrieval_rates(statistics, topk=self.topk),
            **{f"chance_{name}": value for name, value in chance.items()},
            "queries": matched,
            "queries_without_match": len(statistics.right) - matched,
        }

    def protocol(self) -> dict[str, str]:
        """Return the rules in words, to be written beside the result."""
        junk = ", ".join(map(str, self.junk_ids)) or "none"
        return {
            "similarity": "cosine" if self.normalise else "dot product",
            "gallery_rule": f"all images of the split; junk identities left out: {junk}",
            "camera_rule": (
                "same identity and camera left out" if self.exclude_same_camera else "all cameras"
            ),
            "tie_rule": "wrong before right at equal score",
            "reranking": "none",
        }


def _known(values: np.ndarray | None, side: str, what: str) -> np.ndarray:
    if values is None:
        remedy = " or set exclude_same_camera=False" if what == "cameras" else ""
        raise InputError(
            f"the {side} data have no {what}, which RetrievalMetric needs; use data that have "
            f"them{remedy}"
        )
    return values
