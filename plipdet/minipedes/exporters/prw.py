"""Writing scenes in the layout of PRW."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from plipdet.errors import InputError
from plipdet.minipedes.exporters.mat_writing import cell_column, write_mat
from plipdet.minipedes.exporters.place_image import place_image
from plipdet.minipedes.exporters.scene_captions import write_scene_captions
from plipdet.minipedes.exporters.scene_queries import Appearance, query_of_each_camera
from plipdet.minipedes.exporters.scene_record import SceneRecord

_UNLABELLED = -2
_FRAMES_APART = 25
_QUALITY = 95


def prw_name(record: SceneRecord) -> str:
    """Return a scene's name without its ending: camera, sequence (1 train, 2 test) and frame."""
    sequence = 1 if record.split == "train" else 2
    return f"c{record.camera_id}s{sequence}_{1 + _FRAMES_APART * record.number:06d}"


def export_prw(records: Sequence[SceneRecord], root: Path) -> Path:
    """Write frames, annotations, splits, queries and sentences; ignored regions have no place.

    Args:
        records: The scenes.
        root: Gets the folder ``PRW``.

    Returns:
        That folder.
    """
    folder = root / "PRW"
    for record in records:
        name = f"{prw_name(record)}.jpg"
        place_image(record.image, folder / "frames" / name)
        rows = [
            (_UNLABELLED if figure.person_id is None else figure.person_id, *figure.left_top_size)
            for figure in record.people
        ]
        boxes = np.array(rows, np.float64).reshape(-1, 5)
        write_mat(folder / "annotations" / f"{name}.mat", {"box_new": boxes})
    for split in ("train", "test"):
        names = [prw_name(record) for record in records if record.split == split]
        write_mat(folder / f"frame_{split}.mat", {f"img_index_{split}": cell_column(names)})
    _write_queries(query_of_each_camera(records), folder)
    write_scene_captions(records, folder, lambda record: f"{prw_name(record)}.jpg")
    return folder


def _write_queries(queries: Sequence[Appearance], folder: Path) -> None:
    """Write who asks: readers of the public file count on CRLF after every line."""
    lines = []
    (folder / "query_box").mkdir(parents=True)
    for record, figure in queries:
        x, y, width, height = figure.left_top_size
        name = prw_name(record)
        lines.append(f"{figure.person_id} {x:.4f} {y:.4f} {width:.4f} {height:.4f} {name}\r\n")
        scene = cv2.imread(str(record.image))
        assert scene is not None, "a scene that was just written is there"
        path = folder / "query_box" / f"{figure.person_id}_{name}.jpg"
        crop = scene[y : y + height, x : x + width]
        if not cv2.imwrite(str(path), crop, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY]):
            raise InputError(f"cannot write {path}; is the disk full?")
    (folder / "query_info.txt").write_bytes("".join(lines).encode())
