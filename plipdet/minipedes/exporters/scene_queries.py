"""Choosing which people of a set's test scenes ask."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from plipdet.minipedes.exporters.scene_record import SceneFigure, SceneRecord

Appearance = tuple[SceneRecord, SceneFigure]


def appearances(records: Sequence[SceneRecord], split: str) -> dict[int, list[Appearance]]:
    """Return where each identity of a split is seen, by identity.

    Args:
        records: The scenes.
        split: train or test.
    """
    found: dict[int, list[Appearance]] = defaultdict(list)
    for record in records:
        for figure in record.people:
            if record.split == split and figure.person_id is not None:
                found[figure.person_id].append((record, figure))
    return dict(sorted(found.items()))


def query_of_each_camera(records: Sequence[SceneRecord]) -> list[Appearance]:
    """Return each test identity's best picture by each camera, if another scene shows them too.

    Args:
        records: The scenes.
    """
    queries = []
    for seen in appearances(records, "test").values():
        if len(seen) < 2:
            continue
        cameras: dict[int, list[Appearance]] = defaultdict(list)
        for appearance in seen:
            cameras[appearance[0].camera_id].append(appearance)
        queries += [max(cameras[camera], key=_clearness) for camera in sorted(cameras)]
    return queries


def query_of_each_person(records: Sequence[SceneRecord]) -> list[Appearance]:
    """Return each test identity's best picture, if another scene shows them too.

    Args:
        records: The scenes.
    """
    found = appearances(records, "test").values()
    return [max(seen, key=_clearness) for seen in found if len(seen) > 1]


def _clearness(appearance: Appearance) -> tuple[float, int]:
    """Return how well a picture shows a person: whole first, then large."""
    figure = appearance[1]
    return round(figure.visible, 1), figure.box[3] - figure.box[1]
