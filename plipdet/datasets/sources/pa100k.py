"""PA-100K, the largest benchmark of pedestrian attributes."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from plipdet.errors import InputError
from plipdet.registry import SOURCES

from .attribute_annotation import AttributeAnnotation
from .attribute_source import AttributeSource
from .mat_record import MatRecord
from .split_file import SPLIT_NAMES


@SOURCES.register_module()
class Pa100k(AttributeSource):
    """PA-100K: 80,000 training, 10,000 validation, 10,000 test pictures, 26 attributes.

    Liu et al., HydraPlus-Net, ICCV 2017. People of one split are in no other. The file names no
    identities. Labels are of the picture: the last of the file's list are Front, Side and Back.

    Args:
        root: The folder of ``annotation.mat``, or the folder that holds it as ``PA100k``.
        split_file: JSON file with other splits; ``None`` for the set's own.
        images: As for every source.
    """

    name = "pa100k"
    folder_names = ("PA100k", "PA-100K", "PA100K", "PA-100k", "pa100k")
    layout = """
PA100k/
  annotation.mat
  data/000001.jpg ...               (or release_data/, release_data/release_data/)
"""
    annotation_names = ("annotation.mat", "annotation/annotation.mat")
    picture_patterns = (
        "data/{}",
        "release_data/release_data/{}",
        "release_data/{}",
        "images/{}",
    )

    def read(self, path: Path) -> AttributeAnnotation:
        """Return what ``annotation.mat`` says."""
        fields = [f"{split}_{what}" for split in SPLIT_NAMES for what in ("images_name", "label")]
        mat = MatRecord.read(path, ["attributes", *fields])
        names = mat.texts("attributes")
        images: list[str] = []
        tables: list[np.ndarray] = []
        splits = {}
        for split in SPLIT_NAMES:
            found = mat.texts(f"{split}_images_name")
            table = mat.labels(f"{split}_label", attributes=names)
            if len(table) != len(found):
                raise InputError(
                    f"{path}: {split}_label has {len(table)} rows for the {len(found)} pictures "
                    f"of {split}_images_name"
                )
            splits[split] = np.arange(len(images), len(images) + len(found))
            images += found
            tables.append(table)
        return AttributeAnnotation(
            path=path,
            names=tuple(names),
            images=images,
            labels=np.concatenate(tables),
            splits=splits,
        )
