"""RankedRetrieval: the two sides of a retrieval test, ready to be looked at query by query."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from mmengine.config import Config
from torch import Tensor

from plipdet.datasets import PersonDataset, collate
from plipdet.errors import InputError
from plipdet.evaluation import RetrievalMetric
from plipdet.functional.gallery_matches import GalleryMatches
from plipdet.functional.ranking import RankStatistics, dot_products, rank_scores
from plipdet.registry import METRICS, build
from plipdet.structures import PersonRow
from plipdet.tasks import PersonTask
from plipdet.visualization import RankedPicture, RankList

from .embedding import embed_images, embed_texts
from .example_data import retrieval_datasets
from .person_picture import one_of_each_first, person_picture

_PICTURES_KEPT = 2048
_TALLEST = 384  # px; taller pictures are reduced, as a page keeps hundreds
_BATCH = 64


class RankedRetrieval:
    """Queries and a gallery embedded by a task, ranked by the rules of the config's metric.

    Args:
        task: From :func:`plipdet.apis.load_model`.
        query: Captions (``unit="caption"``) or pictures.
        gallery: Pictures.
        metric: Its camera and junk rules decide which gallery pictures take part.
        num_workers: Processes that load pictures.

    Raises:
        InputError: If a side has no identities, or no cameras where the metric's rule needs them.
    """

    def __init__(
        self,
        task: PersonTask,
        query: PersonDataset,
        gallery: PersonDataset,
        *,
        metric: RetrievalMetric,
        num_workers: int = 0,
    ) -> None:
        ids, gallery_ids = query.person_ids(), gallery.person_ids()
        if ids is None or gallery_ids is None:
            raise InputError("ranked lists need identities on both sides, to tell right from wrong")
        self.task = task
        self.query, self.gallery = query, gallery
        self.query_ids, self.gallery_ids = ids, gallery_ids
        self.query_cameras, self.gallery_cameras = query.camera_ids(), gallery.camera_ids()
        if metric.exclude_same_camera and (
            self.query_cameras is None or self.gallery_cameras is None
        ):
            raise InputError("exclude_same_camera needs cameras on both sides; the data have none")
        self._pictures = None
        if metric.leave_one_out:
            self._pictures = query.picture_names(), gallery.picture_names()
        self.metric = metric
        self._options: Any = {"num_workers": num_workers, "normalise": metric.normalise}
        self._picture = lru_cache(maxsize=_PICTURES_KEPT)(self._read_picture)

    @classmethod
    def from_config(cls, task: PersonTask, cfg: Config, *, num_workers: int = 0) -> RankedRetrieval:
        """Make the two sides that a config tests.

        Raises:
            InputError: If the config tests no retrieval.
        """
        query, gallery = retrieval_datasets(cfg)
        metric = build(cfg.to_dict().get("test_evaluator") or {"type": RetrievalMetric}, METRICS)
        if not isinstance(metric, RetrievalMetric):
            name = type(metric).__name__
            raise InputError(f"test_evaluator is a {name}; ranked lists need a RetrievalMetric")
        return cls(task, query, gallery, metric=metric, num_workers=num_workers)

    @property
    def asks(self) -> str:
        """What asks: "sentence" or "picture"."""
        return "sentence" if self.query.unit == "caption" else "picture"

    def title(self) -> str:
        """Return what is ranked, for a headline."""
        again = "" if self.metric.rerank is None else ", before re-ranking"
        return f"{len(self.gallery)} gallery pictures ranked by a {self.asks}{again}"

    @cached_property
    def gallery_features(self) -> Tensor:
        """Vectors of the gallery, of unit length if the metric says so, shape (G, D)."""
        return embed_images(self.task, self.gallery, **self._options)

    @cached_property
    def query_features(self) -> Tensor:
        """Vectors of all queries, likewise, shape (Q, D)."""
        if self.asks == "sentence":
            return embed_texts(self.task, self.query, **self._options)
        return embed_images(self.task, self.query, **self._options)

    def embed_queries(self, items: Sequence[int]) -> Tensor:
        """Return the vectors of some queries, like :attr:`query_features`, (len(items), D)."""
        side = "text" if self.asks == "sentence" else "image"
        return self._embed(self.query, side, items)

    def embed_gallery(self, items: Sequence[int]) -> Tensor:
        """Return the vectors of some pictures, like :attr:`gallery_features`, (len(items), D)."""
        return self._embed(self.gallery, "image", items)

    @torch.no_grad()
    def _embed(self, dataset: PersonDataset, side: str, items: Sequence[int]) -> Tensor:
        found = []
        for start in range(0, len(items), _BATCH):
            batch = collate([dataset[int(i)] for i in items[start : start + _BATCH]])
            found.append(self.task.val_step(batch)[side].float().cpu())
        features = torch.cat(found)
        return F.normalize(features, dim=1) if self.metric.normalise else features

    def varied_queries(self, count: int, *, seed: int = 0) -> list[int]:
        """Return random queries, of different identities as long as they last.

        Raises:
            InputError: If ``count`` is below 1.
        """
        if count < 1:
            raise InputError(f"{count} queries; expected 1 or more")
        order = np.random.default_rng(seed).permutation(len(self.query_ids))
        return [int(i) for i in order[one_of_each_first(self.query_ids[order])][:count]]

    def statistics(self) -> RankStatistics:
        """Return the ranks of the right pictures of every query, by the metric's rules.

        They are those before any re-ranking.
        """
        kept = ~np.isin(self.gallery_ids, self.metric.junk_ids)
        rules: dict[str, np.ndarray] = {}
        if self.metric.exclude_same_camera:
            assert self.query_cameras is not None and self.gallery_cameras is not None
            rules["query_cameras"] = self.query_cameras
            rules["gallery_cameras"] = self.gallery_cameras[kept]
        if self._pictures is not None:
            rules["query_pictures"] = self._pictures[0]
            rules["gallery_pictures"] = self._pictures[1][kept]
        matches = GalleryMatches(self.query_ids, self.gallery_ids[kept], **rules)
        gallery = self.gallery_features[torch.from_numpy(kept)]
        return rank_scores(
            dot_products(self.query_features, gallery, chunk=self.metric.chunk), matches
        )

    def rank_list(
        self,
        item: int,
        feature: Tensor,
        *,
        top: int = 10,
        left_out: bool = False,
        to_first_right: bool = False,
    ) -> RankList:
        """Return a query with the pictures ranked first for it.

        Args:
            item: Number of the query.
            feature: Its vector, shape (D,).
            top: Pictures that take part.
            left_out: Also show, at their places, up to ``top`` pictures that take no part.
            to_first_right: If no picture is right, add the first that is.

        Raises:
            InputError: If ``top`` is below 1.
        """
        if top < 1:
            raise InputError(f"top = {top} pictures of a list; expected 1 or more")
        scores = (self.gallery_features @ feature).numpy()
        same = self.gallery_ids == self.query_ids[item]
        reasons = self._left_out(item, same)
        order = np.lexsort((same, -scores))  # of equal scores, wrong before right
        takes_part = (reasons == "")[order]
        ranks = np.cumsum(takes_part)
        first_out = np.cumsum(~takes_part) <= top
        shown = np.flatnonzero((ranks <= top) & (takes_part | (left_out & first_out)))
        right = same & (reasons == "")
        if to_first_right and not right[order[shown]].any() and right.any():
            shown = np.append(shown, np.flatnonzero(right[order])[0])
        items = [
            RankedPicture(
                self._picture(int(order[at])),
                bool(same[order[at]]),
                float(scores[order[at]]),
                _who(self.gallery.table[int(order[at])]).replace("identity", "id"),
                rank=int(ranks[at]) if takes_part[at] else None,
                left_out=str(reasons[order[at]]),
            )
            for at in shown
        ]
        asked, row = self.asked(item)
        note = f"{_who(row)}, {int(right.sum())} in the gallery"
        return RankList(asked, items, note, f"Query {item}")

    def asked(self, item: int) -> tuple[str | np.ndarray, PersonRow]:
        """Return the sentence or the picture of a query, and the row it is of."""
        if self.asks == "picture":
            return _reduced(person_picture(self.query.table, item)), self.query.table[item]
        sample = self.query[item]
        row: PersonRow = sample["row"]
        assert row.captions is not None, "a caption asks"
        return row.captions[sample["caption_index"]], row

    def picture(self, item: int) -> tuple[np.ndarray, PersonRow]:
        """Return a gallery picture, RGB uint8 (H, W, 3), and its row."""
        return self._picture(item), self.gallery.table[item]

    def _left_out(self, item: int, same: np.ndarray) -> np.ndarray:
        """Return why each gallery picture takes no part, "" where it does, shape (G,)."""
        reasons = np.where(np.isin(self.gallery_ids, self.metric.junk_ids), "junk", "")
        reasons = reasons.astype("<U16")
        if self.metric.exclude_same_camera:
            assert self.query_cameras is not None
            camera = self.gallery_cameras == self.query_cameras[item]
            reasons[(reasons == "") & same & camera] = "same camera"
        if self._pictures is not None:
            own = self._pictures[1] == self._pictures[0][item]
            reasons[(reasons == "") & same & own] = "the query itself"
        return reasons

    def _read_picture(self, item: int) -> np.ndarray:
        return _reduced(person_picture(self.gallery.table, item))


def _who(row: PersonRow) -> str:
    """Return identity and camera of a row in words."""
    camera = "" if row.camera_id is None else f", cam {row.camera_id}"
    return f"identity {row.person_id}{camera}"


def _reduced(picture: np.ndarray) -> np.ndarray:
    step = -(-picture.shape[0] // _TALLEST)
    return picture if step == 1 else np.ascontiguousarray(picture[::step, ::step])
