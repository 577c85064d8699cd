"""Writing the layouts of DukeMTMC-reID and Occluded-Duke."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from plipdet.minipedes.exporters.crop_record import CropRecord
from plipdet.minipedes.exporters.place_image import place_image
from plipdet.minipedes.exporters.query_and_gallery import query_and_gallery


def export_duke_mtmc_reid(records: Sequence[CropRecord], out: Path) -> Path:
    """Write train, query and gallery as ``out/DukeMTMC-reID``.

    Identities keep their numbers. Distractors are pictures of val identities under their own
    numbers, one for ten gallery pictures.

    Args:
        records: Crops of all three splits; test identities need pictures by two cameras.
        out: Folder that gets the layout's folder.

    Returns:
        The layout's folder.
    """
    return _export(records, out / "DukeMTMC-reID")


def export_occluded_duke(records: Sequence[CropRecord], out: Path) -> Path:
    """Write the same pictures as ``out/Occluded_Duke``: its layout, not its choice of queries."""
    return _export(records, out / "Occluded_Duke")


def _export(records: Sequence[CropRecord], folder: Path) -> Path:
    queries, gallery = query_and_gallery([r for r in records if r.split == "test"])
    strangers = [record for record in records if record.split == "val"]
    parts = {
        "bounding_box_train": [record for record in records if record.split == "train"],
        "query": queries,
        "bounding_box_test": [*gallery, *strangers[: max(1, len(gallery) // 10)]],
    }
    for part, found in parts.items():
        for record in found:
            name = f"{record.person_id:04d}_c{record.camera_id}_f{record.frame:07d}.jpg"
            place_image(record.image, folder / part / name)
    return folder
