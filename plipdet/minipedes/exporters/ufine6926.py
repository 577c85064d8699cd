"""Writing the layout of UFine6926."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from plipdet.minipedes.exporters.crop_record import CropRecord
from plipdet.minipedes.exporters.place_image import place_image


def export_ufine6926(records: Sequence[CropRecord], out: Path) -> Path:
    """Write train and test as ``out/UFine6926``; identities keep their numbers, from 1.

    Args:
        records: Crops; those of val are left out.
        out: Folder that gets the layout's folder.

    Returns:
        The layout's folder.
    """
    folder = out / "UFine6926"
    annotation: list[dict[str, Any]] = []
    for record in records:
        if record.split == "val":
            continue
        path = f"images/{len(annotation) + 1}.jpg"
        place_image(record.image, folder / path)
        annotation.append(
            {
                "split": record.split,
                "id": record.person_id,
                "file_path": path,
                "captions": list(record.captions),
            }
        )
    (folder / "UFine6926_Annotations.json").write_text(json.dumps(annotation), encoding="utf-8")
    return folder
