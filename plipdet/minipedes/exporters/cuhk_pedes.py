"""Writing the layout of CUHK-PEDES."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from plipdet.minipedes.exporters.crop_record import CropRecord
from plipdet.minipedes.exporters.place_image import place_image

_TOKEN = re.compile(r"[a-z0-9]+(?:'[a-z]+)?")


def export_cuhk_pedes(records: Sequence[CropRecord], out: Path) -> Path:
    """Write train, val and test as ``out/CUHK-PEDES``.

    Pictures are ``imgs/train_query/p7_s12.jpg`` and ``imgs/test_query/...`` (identity and running
    number), two of the release's seven folders; the splits are told by ``reid_raw.json`` alone.
    Identities keep their numbers, from 1.

    Args:
        records: Crops of all three splits.
        out: Folder that gets the layout's folder.

    Returns:
        The layout's folder.
    """
    folder = out / "CUHK-PEDES"
    annotation: list[dict[str, Any]] = []
    for number, record in enumerate(records, start=1):
        part = "train_query" if record.split == "train" else "test_query"
        path = f"{part}/p{record.person_id}_s{number}.jpg"
        place_image(record.image, folder / "imgs" / path)
        annotation.append(
            {
                "split": record.split,
                "captions": list(record.captions),
                "file_path": path,
                "processed_tokens": [_TOKEN.findall(text.lower()) for text in record.captions],
                "id": record.person_id,
            }
        )
    (folder / "reid_raw.json").write_text(json.dumps(annotation), encoding="utf-8")
    return folder
