"""The new protocol of CUHK03: which picture is whose, and in which split."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from plipdet.errors import InputError

_LISTS = {"train_idx": "train", "query_idx": "query", "gallery_idx": "gallery"}
_NAME = re.compile(r"[0-9]+_[0-9]+_(?P<view>[12])_[0-9]+\.\w+")
_HDF5 = b"\x89HDF\r\n\x1a\n"
_HEADER = 512  # B before the HDF5 of a .mat of version 7.3


def read_protocol(path: Path) -> Iterator[dict[str, Any]]:
    """Yield name, identity, camera and split of the pictures: train, query, gallery.

    Args:
        path: ``cuhk03_new_protocol_config_{labeled,detected}.mat``; its indices count from 1.

    Raises:
        InputError: If the file is damaged, of the wrong version, or at odds with itself.
    """
    content = _load(path)
    files = [str(np.ravel(name)[0]) for name in content["filelist"].ravel()]
    labels = _whole_numbers(path, content, "labels")
    if len(labels) != len(files):
        raise InputError(f"{path} has {len(labels)} labels for {len(files)} pictures")
    for name, split in _LISTS.items():
        for index in _whole_numbers(path, content, name):
            if not 1 <= index <= len(files):
                raise InputError(
                    f"{path}: {name} has the index {index}; there are {len(files)} pictures, "
                    "counted from 1"
                )
            file = files[index - 1]
            match = _NAME.fullmatch(file)
            if match is None:
                raise InputError(
                    f"{path} names {file!r}; expected pair, person, view and number of a picture, "
                    "like 1_001_1_01.png"
                )
            yield {
                "image": file,
                "person_id": int(labels[index - 1]),
                "camera_id": int(match["view"]),
                "split": split,
            }


def _load(path: Path) -> dict[str, Any]:
    from scipy.io import loadmat  # here, for the other readers do without it
    from scipy.io.matlab import MatReadError

    with open(path, "rb") as file:
        head = file.read(_HEADER + len(_HDF5))
    if _HDF5 in (head[: len(_HDF5)], head[_HEADER:]):
        raise InputError(
            f"{path} is a .mat of version 7.3; the protocol is released as version 5: download it "
            "again, or write it with save(..., '-v7')"
        )
    try:
        content: dict[str, Any] = loadmat(path)
    except (
        MatReadError,
        NotImplementedError,
        OSError,
        TypeError,
        ValueError,
        IndexError,
        zlib.error,
    ) as error:
        raise InputError(
            f"{path} is no whole .mat of version 5: {error}; download it again"
        ) from error
    lacking = [name for name in (*_LISTS, "labels", "filelist") if name not in content]
    if lacking:
        raise InputError(f"{path} lacks {', '.join(lacking)}; it is not the new protocol's file")
    return content


def _whole_numbers(path: Path, content: dict[str, Any], name: str) -> np.ndarray:
    values = np.ravel(content[name])
    if values.dtype.kind not in "iuf" or not np.equal(values, np.round(values)).all():
        raise InputError(f"{path}: {name} holds something else than whole numbers")
    if not len(values):
        raise InputError(f"{path}: {name} is empty; download it again")
    return values.astype(np.int64)
