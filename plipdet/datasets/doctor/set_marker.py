"""Sets of our own making tell their numbers in a file beside them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from .set_facts import SetFacts, Totals

MARKERS = ("minipedes.json", "minipedes_scenes.json", "crops.json")
"""Files beside sets of our own making: rendered, and cut out of videos."""


def set_marker(folder: Path) -> dict[str, Any] | None:
    """Return what lies beside a set of our own making, ``None`` for any other set."""
    for place in (folder, folder.parent):
        for name in MARKERS:
            path = place / name
            if path.is_file():
                try:
                    found = json.loads(path.read_text(encoding="utf-8"))
                except ValueError:
                    found = {}
                return found if isinstance(found, dict) else {}
    return None


def known_totals(facts: SetFacts, marker: dict[str, Any] | None) -> dict[str, Totals]:
    """Return known numbers by split, those of the whole set under ``""``.

    Args:
        facts: What is known of the release.
        marker: What lies beside a set of our own making, which is not held against the release.
    """
    if marker is None:
        return {"": facts.totals, **facts.split_totals}
    numbers = {key: value for key, value in marker.items() if type(value) is int}
    if "images_per_id" not in numbers:
        wanted = {"crops", "identities", "captions"} <= set(numbers) and facts.minipedes_splits
        return (
            {"": _totals(*(numbers[k] for k in ("crops", "identities", "captions")))}
            if wanted
            else {}
        )
    if not {"identities", "val_ids", "test_ids", "crops", "captions"} <= set(numbers):
        return {}
    if not facts.minipedes_splits or not numbers["crops"]:
        return {}
    test, val = numbers["test_ids"], numbers["val_ids"]
    sizes = {"train": numbers["identities"] - test - val, "val": val, "test": test}
    ids = sum(sizes[split] for split in facts.minipedes_splits)
    images = ids * numbers["images_per_id"]
    captions = numbers["captions"] // numbers["crops"]  # of a picture
    if facts.captions_per_image is not None:
        captions = min(captions, facts.captions_per_image[1])
    return {"": _totals(images, ids, images * captions)}


def _totals(images: int, identities: int, captions: int) -> Totals:
    return Totals((images,), (identities,), (captions,))
