"""SceneCaptions: sentences about the people of scenes, from a file beside the annotation."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
from mmengine.logging import print_log

from plipdet.errors import InputError
from plipdet.functional.box_overlap import overlap

from .annotated_scene import corners
from .coco_record import CocoRecord, is_box

CAPTIONS_FILE = "captions.json"
_FITS = 0.9  # IoU of a sentence's box with that of the person it is about
_NAMED = 3


class SceneCaptions:
    """Sentences of a ``captions.json``, which docs/data/sources.md describes.

    Args:
        path: The file.

    Raises:
        InputError: If it cannot be read, or is of another form.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            found = json.loads(path.read_text(encoding="utf-8-sig"))
        except (ValueError, RecursionError, OSError) as error:
            raise InputError(f"{path} cannot be read as JSON: {error}; write it again") from error
        if not isinstance(found, dict):
            raise InputError(f"{path} holds a {type(found).__name__}; expected pictures by name")
        self._of = {name: self._entries(name, entries) for name, entries in found.items()}
        self._unfit: list[str] = []
        self._fit = 0

    def of(self, name: str, boxes: Sequence[Sequence[float]]) -> list[list[str] | None]:
        """Return the sentences about each person of a scene, ``None`` for those without.

        Args:
            name: What the annotation calls the picture; asked for once.
            boxes: Of the people, xyxy, px.
        """
        found: list[list[str] | None] = [None] * len(boxes)
        people = np.array(boxes, np.float64).reshape(-1, 4)
        for box, captions in self._of.pop(name, ()):
            overlaps = overlap(np.array(box), people)  # (R,)
            best = int(overlaps.argmax()) if len(overlaps) else -1
            if best < 0 or overlaps[best] <= _FITS:
                shown = [round(float(value), 1) for value in box]
                self._unfit.append(f"{name} {shown} (x1, y1, x2, y2)")
                continue
            found[best] = (found[best] or []) + captions
            self._fit += 1
        return found

    def tell_unfit(self) -> None:
        """Name what belongs to no person, once all scenes have been asked for.

        Raises:
            InputError: If nothing does.
        """
        stray = [f"{name}, which is no picture of the annotation" for name in self._of]
        unfit = [*self._unfit, *stray]
        if not unfit:
            return
        more = f" and {len(unfit) - _NAMED} more" if len(unfit) > _NAMED else ""
        told = (
            f"{self.path}: nobody is where these sentences say, at an overlap (IoU) above {_FITS}: "
            f"{'; '.join(unfit[:_NAMED])}{more}"
        )
        if not self._fit:
            raise InputError(f"{told}; it is the file of another data set, or its boxes are wrong")
        print_log(f"{told}; they are left out", "current", logging.WARNING)

    def _entries(self, name: str, entries: Any) -> list[tuple[Sequence[float], list[str]]]:
        if not isinstance(entries, list):
            self._fail(name, f"is a {type(entries).__name__}, expected a list")
        found: list[tuple[Sequence[float], list[str]]] = []
        for number, entry in enumerate(entries):
            if not isinstance(entry, dict) or not {"box", "captions"} <= entry.keys():
                self._fail(name, f"has an entry {number} (from 0) without 'box' and 'captions'")
            record = CocoRecord(self.path, name, number, entry)
            box = entry["box"]
            if not is_box(box) or min(box[2:]) <= 0:
                record.fail(f"has the box {box}; expected x, y, width, height in px")
            found.append((corners(box), record.texts("captions")))
        return found

    def _fail(self, name: str, what: str) -> NoReturn:
        raise InputError(f"{self.path}: {name} {what}")
