"""Writing the layout of ICFG-PEDES."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from plipdet.minipedes.exporters.crop_record import CropRecord
from plipdet.minipedes.exporters.place_image import place_image


def export_icfg_pedes(records: Sequence[CropRecord], out: Path) -> Path:
    """Write train and test as ``out/ICFG-PEDES``, with one caption a picture.

    Identities count from 0, one less than elsewhere. As in the release, the folders ``train`` and
    ``test`` say nothing of the split: odd identities lie in one and even ones in the other.

    Args:
        records: Crops; those of val are left out, as the set has none.
        out: Folder that gets the layout's folder.

    Returns:
        The layout's folder.
    """
    folder = out / "ICFG-PEDES"
    numbers: Counter[int] = Counter()
    annotation: list[dict[str, Any]] = []
    for record in records:
        if record.split == "val":
            continue
        person, number = record.person_id - 1, numbers[record.person_id]
        numbers[record.person_id] += 1
        name = f"{person:04d}_{number:03d}_{record.camera_id:02d}_0303morning_{record.frame:04d}_0"
        path = f"{('test', 'train')[person % 2]}/{person:04d}/{name}.jpg"
        place_image(record.image, folder / "imgs" / path)
        annotation.append(
            {
                "split": record.split,
                "captions": [record.captions[0]],
                "file_path": path,
                "id": person,
            }
        )
    (folder / "ICFG-PEDES.json").write_text(json.dumps(annotation), encoding="utf-8")
    return folder
