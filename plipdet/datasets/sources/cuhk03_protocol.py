"""The new protocol of CUHK03: which picture is whose, and in which split."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from plipdet.errors import InputError

from .mat_record import MatRecord

_LISTS = {"train_idx": "train", "query_idx": "query", "gallery_idx": "gallery"}
_NAME = re.compile(r"[0-9]+_[0-9]+_(?P<view>[12])_[0-9]+\.\w+")


def read_protocol(path: Path) -> Iterator[dict[str, Any]]:
    """Yield name, identity, camera and split of the pictures: train, query, gallery.

    Args:
        path: ``cuhk03_new_protocol_config_{labeled,detected}.mat``; its indices count from 1.

    Raises:
        InputError: If the file is damaged, another one, or at odds with itself.
    """
    mat = MatRecord.read(path, [*_LISTS, "labels", "filelist"])
    files = mat.texts("filelist")
    labels = mat.table("labels").ravel()
    if len(labels) != len(files):
        raise InputError(f"{path} has {len(labels)} labels for {len(files)} pictures")
    for name, split in _LISTS.items():
        for index in mat.indices(name, below=len(files)):
            file = files[index]
            match = _NAME.fullmatch(file)
            if match is None:
                raise InputError(
                    f"{path} names {file!r}; expected pair, person, view and number of a picture, "
                    "like 1_001_1_01.png"
                )
            yield {
                "image": file,
                "person_id": int(labels[index]),
                "camera_id": int(match["view"]),
                "split": split,
            }
