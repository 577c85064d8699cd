"""Writing scenes in the layout of CUHK-SYSU.

The nesting of the structs is what public readers index: ``Img`` of records (imname, nAppear, box),
``Train`` a cell of 1x1 structs (idname, nAppear, scene), ``TestG*`` of records (Query, Gallery),
where a gallery begins with the scenes that show the person, and the others' idlocate is 1x0.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from plipdet.minipedes.exporters.mat_writing import cell_column, write_mat
from plipdet.minipedes.exporters.place_image import place_image
from plipdet.minipedes.exporters.scene_captions import write_scene_captions
from plipdet.minipedes.exporters.scene_queries import appearances, query_of_each_person
from plipdet.minipedes.exporters.scene_record import SceneFigure, SceneRecord

GALLERY_SIZES = (50, 100, 500, 1000, 2000, 4000)
_HARD_BELOW = 0.6  # visible share


def cuhk_sysu_name(record: SceneRecord) -> str:
    """Return a scene's file name."""
    return f"s{record.number}.jpg"


def export_cuhk_sysu(records: Sequence[SceneRecord], root: Path) -> Path:
    """Write scenes, boxes, training identities, galleries and sentences.

    Scenes with nobody are left out, as public readers refuse them; ignored regions have no place.
    A training identity that one scene shows alone is unlabelled, as the data set has none such.
    ``TestG50`` has all scenes where there are fewer; larger galleries are written if there are
    scenes enough. A gallery that the person's own scenes exceed has all of these.

    Args:
        records: The scenes.
        root: Gets the folder ``CUHK-SYSU``.

    Returns:
        That folder.
    """
    folder = root / "CUHK-SYSU"
    shown = [record for record in records if record.people]
    for record in shown:
        place_image(record.image, folder / "Image" / "SSM" / cuhk_sysu_name(record))
    boxes = [_structs([_place(figure) for figure in record.people]) for record in shown]
    images = [
        {"imname": cuhk_sysu_name(record), "nAppear": float(len(record.people)), "box": box}
        for record, box in zip(shown, boxes, strict=True)
    ]
    test = [record for record in shown if record.split == "test"]
    write_mat(folder / "annotation" / "Images.mat", {"Img": _structs(images)})
    names = cell_column([cuhk_sysu_name(record) for record in test])
    write_mat(folder / "annotation" / "pool.mat", {"pool": names})
    protocol = folder / "annotation" / "test" / "train_test"
    write_mat(protocol / "Train.mat", {"Train": _training(shown)})
    for size in GALLERY_SIZES:
        if size == GALLERY_SIZES[0] or len(test) > size:
            name = f"TestG{size}"
            write_mat(protocol / f"{name}.mat", {name: _galleries(test, size)})
    write_scene_captions(shown, folder, cuhk_sysu_name)
    return folder


def _training(records: Sequence[SceneRecord]) -> np.ndarray:
    people = {p: seen for p, seen in appearances(records, "train").items() if len(seen) > 1}
    found = [
        _structs(
            [
                {
                    "idname": f"p{person}",
                    "nAppear": float(len(seen)),
                    "scene": _structs([_scene(*appearance) for appearance in seen]),
                }
            ]
        )
        for person, seen in people.items()
    ]
    return cell_column(found)


def _galleries(test: Sequence[SceneRecord], size: int) -> np.ndarray:
    """Return queries with the scenes to search: those with the person, then others at random."""
    everywhere = appearances(test, "test")
    rows = []
    for record, figure in query_of_each_person(test):
        assert figure.person_id is not None, "an identity asks"
        right = [seen for seen in everywhere[figure.person_id] if seen[0] is not record]
        showing = {record.number, *(seen[0].number for seen in right)}
        others = [scene for scene in test if scene.number not in showing]
        order = np.random.default_rng((figure.person_id, size)).permutation(len(others))
        count = max(size - len(right), 0)
        gallery = [_scene(*seen) for seen in right]
        gallery += [_scene(others[at], None) for at in order[:count]]
        query = {**_scene(record, figure), "idname": f"p{figure.person_id}"}
        rows.append({"Query": _structs([query]), "Gallery": _structs(gallery)})
    return _structs(rows)


def _scene(record: SceneRecord, figure: SceneFigure | None) -> dict[str, Any]:
    place = {"idlocate": np.zeros((1, 0)), "ishard": np.zeros((1, 0))}
    return {"imname": cuhk_sysu_name(record), **(place if figure is None else _place(figure))}


def _place(figure: SceneFigure) -> dict[str, Any]:
    return {
        "idlocate": np.array([figure.left_top_size], np.float64),
        "ishard": float(figure.visible < _HARD_BELOW),
    }


def _structs(rows: Sequence[dict[str, Any]]) -> np.ndarray:
    """Return records of equal fields as a MATLAB struct of one row, shape (1, n)."""
    fields = list(rows[0]) if rows else ["Query", "Gallery"]
    found = np.empty((1, len(rows)), dtype=[(name, object) for name in fields])
    for at, row in enumerate(rows):
        for name in fields:
            found[name][0, at] = row[name]
    return found
