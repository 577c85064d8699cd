"""rank_lists: the best of the gallery for some queries, ready to draw."""

from __future__ import annotations

from plipdet.visualization import RankList

from .ranked_retrieval import RankedRetrieval


def rank_lists(
    retrieval: RankedRetrieval,
    *,
    queries: int = 8,
    top: int = 10,
    seed: int = 0,
    left_out: bool = False,
) -> list[RankList]:
    """Return the ranked lists of random queries, of different identities as long as they last.

    Args:
        retrieval: The two sides.
        queries: How many lists.
        top: Pictures of a list.
        seed: Chooses the queries.
        left_out: Also show the pictures that take no part, at their places.

    Raises:
        InputError: If there is nothing to show.
    """
    chosen = retrieval.varied_queries(queries, seed=seed)
    features = retrieval.embed_queries(chosen)
    return [
        retrieval.rank_list(item, feature, top=top, left_out=left_out)
        for item, feature in zip(chosen, features, strict=True)
    ]
