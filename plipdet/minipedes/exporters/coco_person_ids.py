"""Writing scenes in COCO's layout with identities, as person-search code on detectors reads it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from plipdet.cli import write_json
from plipdet.minipedes.exporters.place_image import place_image
from plipdet.minipedes.exporters.prw import prw_name
from plipdet.minipedes.exporters.scene_captions import write_scene_captions
from plipdet.minipedes.exporters.scene_queries import query_of_each_camera
from plipdet.minipedes.exporters.scene_record import SceneRecord

_UNLABELLED = -2  # as the public files have it, which were made from PRW
_PERSON = {"id": 1, "name": "person", "supercategory": "object"}


def export_coco_person_ids(records: Sequence[SceneRecord], root: Path) -> Path:
    """Write pictures, ``train_pid.json``, ``test_pid.json`` and sentences.

    Beyond what the public files have, an image has its ``camera_id``, ignored regions are
    annotations with ``iscrowd`` 1, and the file of the test split has ``queries``: those who ask,
    each as ``image_id``, ``annotation_id`` and ``person_id``.

    Args:
        records: The scenes.
        root: Gets the folder ``COCO-person-ids``.

    Returns:
        That folder.
    """
    folder = root / "COCO-person-ids"
    for record in records:
        place_image(record.image, folder / "images" / _name(record))
    asking = {(record.number, who.person_id) for record, who in query_of_each_camera(records)}
    for split in ("train", "test"):
        content, queries = _content([r for r in records if r.split == split], asking)
        extra = {"queries": queries} if split == "test" else {}
        write_json({**content, **extra}, folder / f"{split}_pid.json")
    write_scene_captions(records, folder, _name)
    return folder


def _name(record: SceneRecord) -> str:
    return f"{prw_name(record)}.jpg"


def _content(
    records: Sequence[SceneRecord], asking: set[tuple[int, int | None]]
) -> tuple[dict[str, Any], list[dict[str, int]]]:
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    queries: list[dict[str, int]] = []
    for image_id, record in enumerate(records):
        height, width = record.size
        images.append(
            {
                "file_name": _name(record),
                "id": image_id,
                "width": width,
                "height": height,
                "camera_id": record.camera_id,
            }
        )
        found = [(figure.box, figure.person_id, 0) for figure in record.people]
        found += [(box, None, 1) for box in record.ignored]
        for box, person_id, crowd in found:
            person, number = _UNLABELLED if person_id is None else person_id, len(annotations)
            if (record.number, person_id) in asking:
                queries.append({"image_id": image_id, "annotation_id": number, "person_id": person})
            annotations.append(_annotation(box, person, crowd, image_id, number))
    content = {"categories": [_PERSON], "images": images, "annotations": annotations}
    return content, sorted(queries, key=lambda query: (query["person_id"], query["image_id"]))


def _annotation(
    box: tuple[int, int, int, int], person: int, crowd: int, image_id: int, number: int
) -> dict[str, Any]:
    left, top, right, bottom = box
    return {
        "area": (right - left) * (bottom - top),
        "bbox": [left, top, right - left, bottom - top],
        "category_id": _PERSON["id"],
        "id": number,
        "image_id": image_id,
        "iscrowd": crowd,
        "person_id": person,
        "segmentation": [],
    }
