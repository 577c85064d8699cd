"""Putting one picture into several layouts without storing it several times."""

from __future__ import annotations

import os
import shutil
from pathlib import Path


def place_image(source: Path, target: Path) -> None:
    """Link ``source`` to ``target``, or copy it where the file system has no hard links."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, target)
    except FileExistsError:
        raise
    except OSError:
        shutil.copyfile(source, target)
