"""RAP, richly annotated pedestrians, in its second version."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from plipdet.errors import InputError
from plipdet.registry import SOURCES

from .attribute_annotation import AttributeAnnotation
from .attribute_source import AttributeSource
from .mat_record import UNKNOWN, MatRecord
from .partition import check_partition, read_partition
from .rap_v1 import PATTERNS, PLACES, check_pictures
from .unsure_labels import UNSURE, check_unsure, settle_unsure


@SOURCES.register_module()
class RapV2(AttributeSource):
    """RAP, version 2: 50,957 training, 16,986 validation, 16,985 test pictures, 54 attributes.

    Li et al., A Richly Annotated Pedestrian Dataset for Person Retrieval in Real Surveillance
    Scenarios, IEEE TIP 2019. There are five random partitions, which share people; ``split_file``
    takes a split that does not. The 54 attributes are those of 152 columns that the file selects;
    a split file may name fewer. Half of the pictures have identities.

    Args:
        root: The folder of ``RAP_annotation``, or the folder that holds it as ``RAP2``.
        partition: Which of the five, 0 to 4.
        split_file: JSON file with other splits (and attributes, if it names some); ``None`` for
            those of ``partition``.
        unsure: What a label 2, of something that nobody could tell, is: ``"unknown"``, which no
            loss or metric counts, or ``"no"``, as in much public code.
        images: As for every source.

    Raises:
        InputError: If an argument has no such meaning.
    """

    name = "rap_v2"
    folder_names = ("RAP2", "RAPv2", "RAP_v2", "rap2")
    layout = """
RAP2/
  RAP_annotation/RAP_annotation.mat
  RAP_dataset/CAM01-2014-02-15-20140215161032-20140215162620-tarid0-frame218-line1.png ...
"""
    annotation_names = PLACES
    picture_patterns = PATTERNS

    def __init__(
        self,
        root: str | Path,
        *,
        partition: int = 0,
        split_file: str | Path | None = None,
        unsure: str = "unknown",
        images: Any = None,
    ) -> None:
        super().__init__(root, split_file=split_file, images=images)
        check_partition(partition)
        check_unsure(unsure)
        self.partition = partition
        self.unsure = unsure

    @property
    def options(self) -> tuple[str, ...]:
        """Partition, and what unsure labels are."""
        return str(self.partition), self.unsure

    def read(self, path: Path) -> AttributeAnnotation:
        """Return what ``RAP_annotation.mat`` says."""
        mat = MatRecord.read(path, ["RAP_annotation"]).record("RAP_annotation")
        if "imagesname" in mat.values and "name" not in mat.values:
            raise InputError(f"{path} is of RAP's first version; read it with RapV1")
        images = mat.texts("name")
        names = mat.texts("attribute")
        table = mat.table("data")
        check_pictures(mat, "data", table, images)
        if table.shape[1] != len(names):
            raise InputError(
                f"{path}: RAP_annotation.data has {table.shape[1]} columns; there are "
                f"{len(names)} names of attributes"
            )
        chosen = mat.indices("selected_attribute", below=len(names), of="attributes")
        selected = [names[column] for column in chosen]
        # Columns that are not selected hold coordinates, too.
        labels = mat.checked_labels(
            "data", table[:, chosen], attributes=selected, unknown=(UNSURE, UNKNOWN)
        )
        return AttributeAnnotation(
            path=path,
            names=tuple(selected),
            images=images,
            labels=settle_unsure(labels, self.unsure),
            splits={} if self.split_file else self._splits(mat, len(images)),
            person_ids=_identities(mat, len(images)),
        )

    def _splits(self, mat: MatRecord, pictures: int) -> dict[str, np.ndarray]:
        return read_partition(
            mat,
            ("partition_attribute", "partion_attribute"),
            partition=self.partition,
            splits={split: (f"{split}_index", split) for split in ("train", "val", "test")},
            pictures=pictures,
        )


def _identities(mat: MatRecord, pictures: int) -> np.ndarray | None:
    """Return the identity of each picture, negative where it is not known."""
    if "person_identity" not in mat.values:
        return None
    found = mat.table("person_identity").ravel()
    if len(found) != pictures:
        raise InputError(
            f"{mat.path}: RAP_annotation.person_identity has {len(found)} entries for "
            f"{pictures} pictures"
        )
    return found
