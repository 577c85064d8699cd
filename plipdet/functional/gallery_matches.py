"""GalleryMatches: which gallery items are right for a query, and which are left out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from plipdet.errors import InputError


@dataclass(slots=True, frozen=True)
class MatchRows:
    """The gallery items of the identity of each of Q queries, one query after the other.

    Args:
        items: Indices into the gallery, int64, shape (M,).
        right: False where the item is left out for its query, bool, shape (M,).
        ends: Where a query's items begin, and their end, int64, shape (Q + 1,).
    """

    items: np.ndarray
    right: np.ndarray
    ends: np.ndarray

    def of_right(self) -> MatchRows:
        """Return the right items alone."""
        before = np.concatenate([[0], np.cumsum(self.right)])
        return MatchRows(self.items[self.right], self.right[self.right], before[self.ends])


class GalleryMatches:
    """Right is an item of the query's identity, unless a rule leaves it out.

    Cameras are the rule of Zheng et al. (Scalable Person Re-identification, ICCV 2015): an item of
    the query's identity *and* camera is neither right nor wrong. Pictures are for data without
    queries of their own, where each picture asks for the others: the query itself is left out.

    Args:
        query_ids: Identity of each query, shape (Q,).
        gallery_ids: Identity of each gallery item, shape (G,); leave junk out beforehand.
        query_cameras: Camera of each query, shape (Q,); ``None`` leaves nothing out.
        gallery_cameras: Camera of each gallery item, shape (G,).
        query_pictures: Any name or number of each query's picture, shape (Q,); ``None`` leaves
            nothing out.
        gallery_pictures: The same for each gallery item, shape (G,).

    Raises:
        InputError: If the numbers of rows disagree.
    """

    def __init__(
        self,
        query_ids: np.ndarray,
        gallery_ids: np.ndarray,
        *,
        query_cameras: np.ndarray | None = None,
        gallery_cameras: np.ndarray | None = None,
        query_pictures: np.ndarray | None = None,
        gallery_pictures: np.ndarray | None = None,
    ) -> None:
        self.queries, self.gallery = len(query_ids), len(gallery_ids)
        rules = ((query_cameras, gallery_cameras), (query_pictures, gallery_pictures))
        self._rules = [_checked(pair, query_ids, gallery_ids) for pair in rules if any_of(pair)]
        self._order = np.argsort(gallery_ids, kind="stable")
        by_identity = np.asarray(gallery_ids)[self._order]
        self._begin = np.searchsorted(by_identity, query_ids, side="left")
        self._end = np.searchsorted(by_identity, query_ids, side="right")

    def rows(self, start: int, stop: int) -> MatchRows:
        """Return the items for the queries from ``start`` to before ``stop``."""
        begin = self._begin[start:stop]
        counts = self._end[start:stop] - begin
        ends = np.concatenate([[0], np.cumsum(counts)])
        items = self._order[np.arange(ends[-1]) + np.repeat(begin - ends[:-1], counts)]
        right = np.ones(len(items), bool)
        for of_query, of_gallery in self._rules:
            right &= of_gallery[items] != np.repeat(of_query[start:stop], counts)
        return MatchRows(items, right, ends)


def any_of(pair: tuple[np.ndarray | None, np.ndarray | None]) -> bool:
    """Return whether a rule is given, for both sides as it must be."""
    assert (pair[0] is None) == (pair[1] is None), "a rule for one side only"
    return pair[0] is not None


def _checked(
    pair: tuple[np.ndarray | None, np.ndarray | None], query_ids: np.ndarray, ids: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    query, gallery = (np.asarray(values) for values in pair)
    if len(query) != len(query_ids) or len(gallery) != len(ids):
        raise InputError(
            f"{len(query_ids)} queries and {len(ids)} gallery items, but {len(query)} and "
            f"{len(gallery)} cameras or pictures"
        )
    return query, gallery
