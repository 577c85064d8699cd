"""Writing the layout of SYNTH-PEDES."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from plipdet.minipedes.exporters.crop_record import CropRecord
from plipdet.minipedes.exporters.place_image import place_image

_PARTS = 11


def export_synth_pedes(records: Sequence[CropRecord], out: Path) -> Path:
    """Write the training identities as ``out/SYNTH-PEDES``.

    Pictures are ``Part1/7/1.jpg``: part, identity, number from 1; identities are spread over the
    eleven parts in order. The annotation is ``synthpedes_dataset.json`` with the six attribute
    phrases joined into one string, as released.

    Args:
        records: Crops; those of other splits than train are left out.
        out: Folder that gets the layout's folder.

    Returns:
        The layout's folder.
    """
    folder = out / "SYNTH-PEDES"
    folder.mkdir(parents=True)
    train = [record for record in records if record.split == "train"]
    identities = list(dict.fromkeys(record.person_id for record in train))
    part_of = {name: 1 + at * _PARTS // len(identities) for at, name in enumerate(identities)}
    numbers: Counter[int] = Counter()
    annotation: list[dict[str, Any]] = []
    for record in train:
        numbers[record.person_id] += 1
        path = f"Part{part_of[record.person_id]}/{record.person_id}/{numbers[record.person_id]}.jpg"
        place_image(record.image, folder / path)
        annotation.append(
            {
                "id": record.person_id,
                "file_path": path,
                "attributes": [_joined(record.phrases)],
                "captions": list(record.captions),
                "prompt_caption": list(record.prompt_captions),
            }
        )
    (folder / "synthpedes_dataset.json").write_text(json.dumps(annotation), encoding="utf-8")
    return folder


def _joined(phrases: Sequence[str | None]) -> str:
    """Return the phrases as one string, in which a comma can only stand between them."""
    return ",".join((phrase or "unknown").replace(",", " ") for phrase in phrases)
