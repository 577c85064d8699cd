"""RetrievalMetric: how well queries find their identity in a gallery."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from plipdet.errors import InputError
from plipdet.functional.gallery_matches import GalleryMatches
from plipdet.functional.ranking import RankStatistics, dot_products, rank_scores
from plipdet.functional.retrieval_rates import chance_rates, matching_curve, retrieval_rates
from plipdet.registry import METRICS, RERANKERS, build


@METRICS.register_module()
class RetrievalMetric:
    """Rank-k, mAP and mINP of a retrieval task, beside what chance would give.

    Ties count against the model, see :mod:`plipdet.functional.ranking`. A query whose identity is
    not in its gallery is left out of the rates and counted in ``queries_without_match``.

    Args:
        topk: The k of rank-k.
        exclude_same_camera: Leave the gallery items of the query's identity and camera out, as
            Market-1501 and its successors do; text queries and PRW do not.
        leave_one_out: Leave the query's own picture out of its gallery: for data without queries
            of their own, where each picture asks for the others.
        junk_ids: Identities whose gallery items are neither right nor wrong. Market-1501's
            distractors are identity 0 and stay; only its junk, -1, goes.
        rerank: A re-ranking or its config; its figures are given beside the plain ones.
        curve: How long the list of rank-1, rank-2 ... is.
        chunk: Queries at once; memory is chunk x gallery scores of 4 bytes, three times that with
            re-ranking. ``None`` for as many as take 256 MB, at most 2,048.
        normalise: Rank by the cosine instead of the dot product.

    Raises:
        InputError: If ``topk`` is empty or holds anything but positive whole numbers, or
            ``curve`` or ``chunk`` is not positive.
    """

    def __init__(
        self,
        topk: Sequence[int] = (1, 5, 10),
        *,
        exclude_same_camera: bool = False,
        leave_one_out: bool = False,
        junk_ids: Sequence[int] = (-1,),
        rerank: Any = None,
        curve: int = 50,
        chunk: int | None = None,
        normalise: bool = True,
    ) -> None:
        if not topk or any(not isinstance(k, int) or k < 1 for k in topk):
            raise InputError(
                f"topk = {topk!r} of RetrievalMetric; expected ranks from 1, like (1, 5)"
            )
        if curve < 1 or (chunk is not None and chunk < 1):
            raise InputError(f"curve = {curve}, chunk = {chunk} of RetrievalMetric; from 1 on")
        self.topk = tuple(topk)
        self.exclude_same_camera = exclude_same_camera
        self.leave_one_out = leave_one_out
        self.junk_ids = tuple(junk_ids)
        self.rerank = build(rerank, RERANKERS)
        self.curve = curve
        self.chunk = chunk
        self.normalise = normalise

    @property
    def reads(self) -> frozenset[str]:
        """What of the data :meth:`evaluate` needs: "ids", "cameras", "pictures"."""
        needed = {"ids": True, "cameras": self.exclude_same_camera, "pictures": self.leave_one_out}
        return frozenset(name for name, is_needed in needed.items() if is_needed)

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
        query_pictures: np.ndarray | None = None,
        gallery_pictures: np.ndarray | None = None,
    ) -> dict[str, Any]:
        """Return the rates in percent, and counts.

        Args:
            query_features: Shape (Q, D).
            gallery_features: Shape (G, D).
            query_ids: Identities, shape (Q,).
            gallery_ids: Identities, shape (G,).
            query_cameras: Cameras, shape (Q,); read with ``exclude_same_camera`` only.
            gallery_cameras: Cameras, shape (G,); likewise.
            query_pictures: Names of pictures, shape (Q,); read with ``leave_one_out`` only.
            gallery_pictures: Names of pictures, shape (G,); likewise.

        Returns:
            ``rank<k>``, ``mAP``, ``mINP``, ``cmc`` (a list: rank-1, rank-2 ...),
            ``chance_rank<k>``, ``chance_mAP``, ``queries``, ``queries_without_match``,
            ``gallery_images``, ``gallery_ids``; with re-ranking also ``rerank/rank<k>``,
            ``rerank/mAP``, ``rerank/mINP`` and ``rerank/cmc``.

        Raises:
            InputError: If identities or needed cameras are missing, a feature is not finite, or
                no query has a match.
        """
        asks = {"ids": query_ids, "cameras": query_cameras, "pictures": query_pictures}
        finds = {"ids": gallery_ids, "cameras": gallery_cameras, "pictures": gallery_pictures}
        query = {name: _known(asks[name], "query", name) for name in self.reads}
        gallery = {name: _known(finds[name], "gallery", name) for name in self.reads}
        kept = ~np.isin(gallery["ids"], self.junk_ids)
        if not kept.all():
            gallery_features = gallery_features[torch.from_numpy(kept).to(gallery_features.device)]
            gallery = {name: values[kept] for name, values in gallery.items()}
        if self.normalise:
            query_features = F.normalize(query_features.float(), dim=1)
            gallery_features = F.normalize(gallery_features.float(), dim=1)
        matches = GalleryMatches(
            query["ids"],
            gallery["ids"],
            query_cameras=query.get("cameras"),
            gallery_cameras=gallery.get("cameras"),
            query_pictures=query.get("pictures"),
            gallery_pictures=gallery.get("pictures"),
        )
        return {
            **self._ranked(query_features, gallery_features, matches),
            "gallery_images": len(gallery["ids"]),
            "gallery_ids": len(np.unique(gallery["ids"])),
        }

    def _ranked(self, query: Tensor, gallery: Tensor, matches: GalleryMatches) -> dict[str, Any]:
        """Return the figures of the plain order, and of the re-ranked one if that is asked for."""
        scores = dot_products(query, gallery, chunk=self.chunk)
        result = self._result(rank_scores(scores, matches))
        if self.rerank is not None:
            distances = self.rerank.distances(query, gallery, chunk=self.chunk)
            again = rank_scores((d.neg_() for d in distances), matches)
            result.update({f"rerank/{k}": v for k, v in self._rates(again).items()})
        return result

    def _rates(self, statistics: RankStatistics) -> dict[str, Any]:
        rates = retrieval_rates(statistics, topk=self.topk)
        return {**rates, "cmc": matching_curve(statistics, length=self.curve)}

    def _result(self, statistics: RankStatistics) -> dict[str, Any]:
        rates = self._rates(statistics)
        chance = chance_rates(statistics, topk=self.topk)
        matched = int((statistics.right > 0).sum())
        return {
            **rates,
            **{f"chance_{name}": value for name, value in chance.items()},
            "queries": matched,
            "queries_without_match": len(statistics.right) - matched,
        }

    def protocol(self) -> dict[str, str]:
        """Return the rules in words, to be written beside the result."""
        junk = ", ".join(map(str, self.junk_ids)) or "none"
        own = "; the query's own picture left out" if self.leave_one_out else ""
        return {
            "similarity": "cosine" if self.normalise else "dot product",
            "gallery_rule": f"all images of the split; junk identities left out: {junk}{own}",
            "camera_rule": (
                "same identity and camera left out" if self.exclude_same_camera else "all cameras"
            ),
            "tie_rule": "wrong before right at equal score",
            "reranking": "none" if self.rerank is None else self.rerank.protocol(),
        }


_NAMES = {"ids": "identities"}
_REMEDIES = {
    "cameras": " or set exclude_same_camera=False",
    "pictures": " or set leave_one_out=False",
}


def _known(values: np.ndarray | None, side: str, what: str) -> np.ndarray:
    if values is None:
        raise InputError(
            f"the {side} data have no {_NAMES.get(what, what)}, which RetrievalMetric needs; use "
            f"data that have them{_REMEDIES.get(what, '')}"
        )
    return np.asarray(values)
