"""store_facts: what a store says of itself."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from plipdet.errors import InputError

FACTS = "store.json"
_LAYOUT = 1
_NO_NAME = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")  # control characters, and no UTF-8


def store_facts(
    folder: Path, write: bool, fingerprint: str | None, width: int | None
) -> dict[str, Any]:
    """Return what a store says of itself, or a new one will say.

    Raises:
        InputError: If there is no store and none is to be made, or it is of another model.
    """
    if _NO_NAME.search(str(folder)):
        raise InputError(f"{str(folder)!r} has characters that no store may be called by")
    path = folder / FACTS
    if not path.is_file():
        return _new(folder, write, fingerprint, width)
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
        layout, known = facts["layout"], facts["fingerprint"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"{path} cannot be read ({error!r}); it is no store, or damaged"
        ) from error
    if layout != _LAYOUT:
        raise InputError(
            f"{folder} has the layout {layout}, this version writes {_LAYOUT}; index anew"
        )
    if fingerprint is not None and known != fingerprint:
        raise InputError(
            f"{folder} holds embeddings of another model (its weights or input size differ: "
            f"{known[:12]}, not {fingerprint[:12]}), which cannot be compared; search with the "
            "model that it was indexed with, or index into a new store"
        )
    return facts


def _new(folder: Path, write: bool, fingerprint: str | None, width: int | None) -> dict[str, Any]:
    if not write or fingerprint is None or width is None:
        raise InputError(f"there is no store {folder}; make it with: tools/search.py index")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        if not folder.is_dir() or {f.name for f in folder.iterdir()} - {"writer.lock"}:
            raise InputError(f"{folder} is no store and not empty; name another folder")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{folder} cannot be made: {error.strerror}") from error
    return {"layout": _LAYOUT, "fingerprint": fingerprint, "width": width}
