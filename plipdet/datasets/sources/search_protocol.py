"""Putting together who is searched for in which scenes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow.compute as pc

from plipdet.functional.box_overlap import overlap
from plipdet.structures import SceneTable, SearchQueries

_SAME = 0.9  # IoU from which on two boxes of a scene are one


class Appearances:
    """Where each identity of some scenes is, at most once a scene.

    Where a scene has a person twice, which annotations of real scenes do, the first counts, as in
    public code.

    Args:
        scenes: All scenes.
        among: Those that are looked at, ascending.
    """

    def __init__(self, scenes: SceneTable, among: np.ndarray) -> None:
        counts = np.diff(scenes.first_rows)
        scene_of = np.repeat(np.arange(len(scenes)), counts)  # (rows,)
        ids = scenes.people.column("person_id")
        wanted = np.isin(scene_of, among) & pc.is_valid(ids).to_numpy()
        rows = np.flatnonzero(wanted)
        pairs = np.stack([pc.fill_null(ids, -1).to_numpy()[rows], scene_of[rows]], axis=1)
        pairs, first = np.unique(pairs, axis=0, return_index=True)
        self._ids, self._scenes, self._rows = pairs[:, 0], pairs[:, 1], rows[first]

    def of(self, person_id: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the scenes that show a person, ascending, and the row in each, int64."""
        low, high = np.searchsorted(self._ids, [person_id, person_id + 1])
        return self._scenes[low:high], self._rows[low:high]

    def ids(self) -> np.ndarray:
        """Return the identities, ascending, int64."""
        return np.unique(self._ids)


def search_everywhere(
    scenes: SceneTable,
    asked: Sequence[tuple[int, Sequence[float], int, int | None]],
    *,
    among: np.ndarray,
    other_cameras: bool,
    protocol: Mapping[str, Any],
) -> SearchQueries:
    """Return queries that search all of some scenes but their own.

    Args:
        scenes: All scenes.
        asked: Of each query its scene, its box (xyxy, px), who it is, and its row in the table of
            people, ``None`` where the annotation of its scene lacks it.
        among: Scenes to search, ascending.
        other_cameras: Whether scenes of the query's camera are left out.
        protocol: Facts of the rules.
    """
    where = Appearances(scenes, among)
    cameras = scenes.camera_ids() if other_cameras else None
    assert cameras is not None or not other_cameras, "the rule needs cameras"
    boxes = people_boxes(scenes)
    galleries, matches, match_rows = [], [], []
    for scene, _, person_id, _ in asked:
        searched = among != scene
        if cameras is not None:
            searched &= cameras[among] != cameras[scene]
        gallery = among[searched]
        shown, rows = where.of(person_id)
        inside = np.isin(shown, gallery)
        galleries.append(gallery)
        matches.append(shown[inside])
        match_rows.append(rows[inside])
    every = np.concatenate([*match_rows, np.zeros(0, np.int64)]).astype(np.int64)
    return SearchQueries(
        scenes=np.array([scene for scene, *_ in asked], np.int64),
        boxes=np.array([box for _, box, *_ in asked], np.float32).reshape(-1, 4),
        person_ids=np.array([person for _, _, person, _ in asked], np.int64),
        gallery_ends=ends_of(galleries),
        gallery_scenes=joined(galleries),
        match_ends=ends_of(matches),
        match_scenes=joined(matches),
        match_boxes=boxes[every],
        captions=captions_of(scenes, [row for *_, row in asked]),
        protocol=protocol,
    )


def people_boxes(scenes: SceneTable) -> np.ndarray:
    """Return the box of each row of the table of people, float32, shape (rows, 4)."""
    column = scenes.people.column("box").combine_chunks()
    return column.flatten().to_numpy().reshape(-1, 4)


def captions_of(scenes: SceneTable, rows: Sequence[int | None]) -> list[list[str]] | None:
    """Return the sentences of some rows, ``None`` where not one has any."""
    found = [(scenes.people[row].captions or []) if row is not None else [] for row in rows]
    return found if any(found) else None


def row_at(scenes: SceneTable, scene: int, box: Sequence[float]) -> int | None:
    """Return the row whose box in a scene is the same, ``None`` where there is none."""
    overlaps = overlap(np.array(box), scenes.boxes(scene))
    best = int(overlaps.argmax()) if len(overlaps) else -1
    return int(scenes.first_rows[scene]) + best if best >= 0 and overlaps[best] > _SAME else None


def ends_of(lists: Sequence[np.ndarray]) -> np.ndarray:
    """Return where lists that lie one behind the other end, with a 0 before, int64."""
    return np.cumsum([0, *map(len, lists)], dtype=np.int64)


def joined(lists: Sequence[np.ndarray]) -> np.ndarray:
    """Return lists one behind the other, int32."""
    return np.concatenate([*lists, np.zeros(0, np.int32)], dtype=np.int32, casting="unsafe")
