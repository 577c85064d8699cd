"""Closing MMEngine's own way to read weights, which ends in running a file's code."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mmengine.runner.checkpoint import CheckpointLoader

from plipdet.errors import InputError
from plipdet.weight_files import read_weight_file


def read_weights_safely() -> None:
    """Make MMEngine's loader, which ``init_cfg`` of type ``Pretrained`` calls, read as we do.

    Its own falls back to ``weights_only=False`` for files that ask for it, and fetches others
    from the web.
    """
    for prefix in list(CheckpointLoader._schemes):
        CheckpointLoader.register_scheme(prefix, loader=load_from_disk, force=True)


def load_from_disk(filename: str, map_location: Any = None) -> Mapping[Any, Any]:
    """Return the content of a local file of weights, on the CPU.

    Raises:
        InputError: If it is an address and no file, or cannot be read without running code.
    """
    if "://" in filename:
        raise InputError(
            f"init_cfg names {filename}, which is not on this machine; download the file and name "
            "it, so that it is the same in every run"
        )
    return read_weight_file(Path(filename).expanduser())
