"""The queries that a person search answers worst, with what it found, to be drawn."""

from __future__ import annotations

from typing import Any

import numpy as np

from plipdet.functional.person_search import Search, SearchStatistics, right_people
from plipdet.structures import SceneTable

_SHOWN = 10


def search_examples(
    search: Search, statistics: SearchStatistics, scenes: SceneTable, *, count: int
) -> list[dict[str, Any]]:
    """Return the queries of lowest average precision, worst first.

    Args:
        search: Who asked for whom.
        statistics: Of all queries.
        scenes: The scenes.
        count: How many examples.

    Returns:
        JSON data: of each ``row`` (of the embeddings), ``query``, ``person_id``, ``image``,
        ``box``, ``average_precision``, ``right_answers``, ``right_answers_found``, and under
        ``first`` the ten most similar people, each ``image``, ``box``, ``similarity``, ``score``
        and ``right``.
    """
    asked = np.flatnonzero(statistics.right > 0)
    worst = asked[np.argsort(statistics.average_precision[asked], kind="stable")][:count]
    found = []
    queries = search.queries
    for row in worst:
        q = int(search.asks[row])
        found.append(
            {
                "row": int(row),
                "query": q,
                "person_id": int(queries.person_ids[q]),
                "image": scenes[int(queries.scenes[q])].image,
                "box": _rounded(queries.boxes[q]),
                "average_precision": float(statistics.average_precision[row]),
                "right_answers": int(statistics.right[row]),
                "right_answers_found": int(statistics.found[row]),
                "first": _first(search.of_row(int(row)), scenes),
            }
        )
    return found


def _first(search: Search, scenes: SceneTable) -> list[dict[str, Any]]:
    """Return the most similar people of one query, in the order of the tie rule."""
    people = search.people
    asks, scores = next(search.scores(), (None, None))
    if asks is None or scores is None:
        return []
    _, right = right_people(scores, people, search.queries, asks)
    is_right = np.zeros(len(people), bool)
    is_right[right] = True
    own = scores[0].cpu().numpy()
    scene_of = people.scenes()
    order = np.lexsort((is_right, -own))[:_SHOWN]
    return [
        {
            "image": scenes[int(scene_of[n])].image,
            "box": _rounded(people.boxes[n]),
            "similarity": float(own[n]),
            "score": float(people.scores[n]),
            "right": bool(is_right[n]),
        }
        for n in order
        if np.isfinite(own[n])
    ]


def _rounded(box: np.ndarray) -> list[float]:
    return [round(float(value), 1) for value in box]
