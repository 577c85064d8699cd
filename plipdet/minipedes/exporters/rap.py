"""Writing the layouts of both versions of RAP."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from plipdet.datasets.sources.rap_v1 import PLACES
from plipdet.minipedes.exporters.crop_record import CropRecord
from plipdet.minipedes.exporters.mat_writing import (
    cell_column,
    cell_row,
    counted_from_1,
    write_mat,
)
from plipdet.minipedes.exporters.place_image import place_image
from plipdet.minipedes.exporters.public_labels import public_labels
from plipdet.minipedes.exporters.random_partitions import (
    ZERO_SHOT_FILE,
    random_partitions,
    write_zero_shot_split,
)
from plipdet.minipedes.exporters.rap_names import NAMES_V1, NAMES_V2, RULES, SELECTED_V2

_SHARES_V1 = {"train": 0.8, "test": 0.2}
_SHARES_V2 = {"train_index": 0.6, "val_index": 0.2, "test_index": 0.2}


def export_rap_v1(records: Sequence[CropRecord], out: Path) -> Path:
    """Write all pictures as ``out/RAP``, with five random partitions that share people.

    Args:
        records: Crops of all three splits, with labels.
        out: Folder that gets the layout's folder.

    Returns:
        The layout's folder.

    Raises:
        InputError: If the crops have no labels.
    """
    folder, names = out / "RAP", _placed(records, out / "RAP")
    write_mat(
        folder / PLACES[0],
        {
            "RAP_annotation": {
                "partion": cell_column(_partitions(len(records), _SHARES_V1)),
                "label": public_labels(records, NAMES_V1, RULES),
                "attribute_eng": cell_column(NAMES_V1),
                "imagesname": cell_column(names),
            }
        },
    )
    return folder


def export_rap_v2(records: Sequence[CropRecord], out: Path) -> Path:
    """Write all pictures as ``out/RAP2``, with five random partitions that share people.

    ``zero_shot_split.json`` has the split that shares none. Of the release's 152 columns those of
    positions and views are left out.

    Args:
        records: Crops of all three splits, with labels.
        out: Folder that gets the layout's folder.

    Returns:
        The layout's folder.

    Raises:
        InputError: If the crops have no labels.
    """
    folder, names = out / "RAP2", _placed(records, out / "RAP2")
    chosen = np.array([NAMES_V2.index(name) for name in SELECTED_V2])
    write_mat(
        folder / PLACES[0],
        {
            "RAP_annotation": {
                "name": cell_column(names),
                "data": public_labels(records, NAMES_V2, RULES),
                "attribute": cell_column(NAMES_V2),
                "selected_attribute": counted_from_1(chosen).T,
                "partition_attribute": cell_row(_partitions(len(records), _SHARES_V2)),
                "person_identity": np.array([[float(record.person_id)] for record in records]),
            }
        },
    )
    write_zero_shot_split(folder / ZERO_SHOT_FILE, records, names)
    return folder


def _placed(records: Sequence[CropRecord], folder: Path) -> list[str]:
    """Place the pictures under names like those of the release, and return these."""
    names = [
        f"CAM{record.camera_id:02d}-2014-02-15-tarid{record.person_id}-frame{record.frame}-line1.jpg"
        for record in records
    ]
    for record, name in zip(records, names, strict=True):
        place_image(record.image, folder / "RAP_dataset" / name)
    return names


def _partitions(count: int, shares: dict[str, float]) -> list[dict[str, np.ndarray]]:
    return [
        {part: counted_from_1(rows).T for part, rows in parts.items()}
        for parts in random_partitions(count, shares)
    ]
