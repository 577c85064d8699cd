"""RAP, richly annotated pedestrians, in its first version."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from plipdet.errors import InputError
from plipdet.registry import SOURCES

from .attribute_annotation import AttributeAnnotation
from .attribute_source import AttributeSource
from .mat_record import MatRecord
from .partition import check_partition, read_partition
from .unsure_labels import UNSURE, check_unsure, settle_unsure

# The file's ReadMe: the attributes of the paper are the first 51 of 92; the others are views,
# occlusions and colours.
_EVALUATED = 51
_ALL = "all"
PLACES = ("RAP_annotation/RAP_annotation.mat", "RAP_annotation.mat")
PATTERNS = ("RAP_dataset/{}", "RAP_datasets/{}", "images/{}")


@SOURCES.register_module()
class RapV1(AttributeSource):
    """RAP, version 1: 33,268 training and 8,317 test pictures, 51 attributes of 92.

    Li et al., A Richly Annotated Dataset for Pedestrian Attribute Recognition, arXiv 1603.07054.
    There are five random partitions, which share people, and no validation; the file names no
    identities.

    Args:
        root: The folder of ``RAP_annotation``, or the folder that holds it as ``RAP``.
        partition: Which of the five, 0 to 4.
        subset: 51 for the evaluated attributes, ``"all"`` for all in the file.
        split_file: JSON file with other splits; ``None`` for those of ``partition``.
        unsure: What a label 2, of a gender that nobody could tell, is: ``"unknown"``, which no
            loss or metric counts, or ``"no"``, as in much public code.
        images: As for every source.

    Raises:
        InputError: If an argument has no such meaning.
    """

    name = "rap_v1"
    folder_names = ("RAP", "RAPv1", "RAP1", "RAP_v1", "rap")
    layout = """
RAP/
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
        subset: int | str = _EVALUATED,
        split_file: str | Path | None = None,
        unsure: str = "unknown",
        images: Any = None,
    ) -> None:
        super().__init__(root, split_file=split_file, images=images)
        check_partition(partition)
        check_unsure(unsure)
        if subset not in (_EVALUATED, _ALL):
            raise InputError(f"subset = {subset!r} of RapV1; expected {_EVALUATED} or {_ALL!r}")
        self.partition = partition
        self.subset = subset
        self.unsure = unsure

    @property
    def options(self) -> tuple[str, ...]:
        """Partition, subset, and what unsure labels are."""
        return str(self.partition), str(self.subset), self.unsure

    def read(self, path: Path) -> AttributeAnnotation:
        """Return what ``RAP_annotation.mat`` says."""
        mat = MatRecord.read(path, ["RAP_annotation"]).record("RAP_annotation")
        if "person_identity" in mat.values and "imagesname" not in mat.values:
            raise InputError(f"{path} is of RAP's second version; read it with RapV2")
        names = mat.texts("attribute_eng")
        images = mat.texts("imagesname")
        labels = mat.labels("label", attributes=names, unknown=(UNSURE,))
        check_pictures(mat, "label", labels, images)
        found = AttributeAnnotation(
            path=path,
            names=tuple(names),
            images=images,
            labels=settle_unsure(labels, self.unsure),
            splits={} if self.split_file else self._splits(mat, len(images)),
        )
        return found if self.subset == _ALL else found.of(names[:_EVALUATED])

    def _splits(self, mat: MatRecord, pictures: int) -> dict[str, np.ndarray]:
        return read_partition(
            mat,
            ("partion", "partition"),  # the first is how the release spells it
            partition=self.partition,
            splits={"train": ("train", "trainval"), "test": ("test",)},
            pictures=pictures,
        )


def check_pictures(mat: MatRecord, name: str, labels: np.ndarray, images: list[str]) -> None:
    """Raise unless there is a row of labels for each picture.

    Raises:
        InputError: If there are more or fewer.
    """
    if len(labels) != len(images):
        raise InputError(
            f"{mat.path}: {mat.where}{name} has {len(labels)} rows for {len(images)} pictures"
        )
