"""Writing the layout of RSTPReid."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from plipdet.minipedes.exporters.crop_record import CropRecord
from plipdet.minipedes.exporters.place_image import place_image


def export_rstp_reid(records: Sequence[CropRecord], out: Path) -> Path:
    """Write train, val and test as ``out/RSTPReid``.

    Identities count from 0, one less than elsewhere.

    Args:
        records: Crops of all three splits.
        out: Folder that gets the layout's folder.

    Returns:
        The layout's folder.
    """
    folder = out / "RSTPReid"
    numbers: Counter[int] = Counter()
    annotation: list[dict[str, Any]] = []
    for record in records:
        person = record.person_id - 1
        name = f"{person:04d}_c{record.camera_id}_{numbers[person]:04d}.jpg"
        numbers[person] += 1
        place_image(record.image, folder / "imgs" / name)
        annotation.append(
            {
                "id": person,
                "img_path": name,
                "captions": list(record.captions),
                "split": record.split,
            }
        )
    (folder / "data_captions.json").write_text(json.dumps(annotation), encoding="utf-8")
    return folder
