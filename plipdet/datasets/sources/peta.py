"""PETA, pedestrian attributes at far distance."""

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

# Those that hold for more than a twentieth of the pictures, which all works report; in the order
# of the file, where they are the first 35 of 105. Its `selected_attribute` counts columns of the
# table, but copies that people made of the file differ in that.
EVALUATED: tuple[str, ...] = (
    *("personalLess30", "personalLess45", "personalLess60", "personalLarger60"),
    *("carryingBackpack", "carryingOther", "lowerBodyCasual", "upperBodyCasual"),
    *("lowerBodyFormal", "upperBodyFormal", "accessoryHat", "upperBodyJacket", "lowerBodyJeans"),
    *("footwearLeatherShoes", "upperBodyLogo", "hairLong", "personalMale"),
    *("carryingMessengerBag", "accessoryMuffler", "accessoryNothing", "carryingNothing"),
    *("upperBodyPlaid", "carryingPlasticBags", "footwearSandals", "footwearShoes"),
    *("lowerBodyShorts", "upperBodyShortSleeve", "lowerBodyShortSkirt", "footwearSneaker"),
    *("upperBodyThinStripes", "accessorySunglasses", "lowerBodyTrousers", "upperBodyTshirt"),
    *("upperBodyOther", "upperBodyVNeck"),
)
_ALL = "all"
_LEADING = 4  # columns before the labels: picture, person, data set, person in that data set
_PERSON = 1


@SOURCES.register_module()
class Peta(AttributeSource):
    """PETA: 19,000 pictures of 8,705 people, 35 attributes evaluated of 105, five partitions.

    Deng et al., Pedestrian Attribute Recognition At Far Distance, ACM MM 2014; the file with the
    partitions into 9,500 training, 1,900 validation and 7,600 test pictures is that of Li et al.,
    DeepMAR, ACPR 2015. These share people between training and test; ``split_file`` takes a split
    that does not.

    Args:
        root: The folder of ``PETA.mat``, or the folder that holds it as ``PETA``.
        partition: Which of the five, 0 to 4; most works report on 0, some the mean over all.
        subset: 35 for the evaluated attributes, ``"all"`` for all in the file.
        split_file: JSON file with other splits (and attributes, if it names some); ``None`` for
            those of ``partition``.
        unsure: What a label 2 is: ``"unknown"``, which no loss or metric counts, or ``"no"``, as
            in much public code.
        images: As for every source.

    Raises:
        InputError: If an argument has no such meaning.
    """

    name = "peta"
    folder_names = ("PETA", "peta", "PETA-New")
    layout = """
PETA/
  PETA.mat
  images/00001.png ... 19000.png      (or .jpg)
"""
    annotation_names = ("PETA.mat",)
    picture_patterns = ("images/{}.png", "images/{}.jpg")

    def __init__(
        self,
        root: str | Path,
        *,
        partition: int = 0,
        subset: int | str = len(EVALUATED),
        split_file: str | Path | None = None,
        unsure: str = "unknown",
        images: Any = None,
    ) -> None:
        super().__init__(root, split_file=split_file, images=images)
        check_partition(partition)
        check_unsure(unsure)
        if subset not in (len(EVALUATED), _ALL):
            raise InputError(f"subset = {subset!r} of Peta; expected {len(EVALUATED)} or {_ALL!r}")
        self.partition = partition
        self.subset = subset
        self.unsure = unsure

    @property
    def options(self) -> tuple[str, ...]:
        """Partition, subset, and what unsure labels are."""
        return str(self.partition), str(self.subset), self.unsure

    def read(self, path: Path) -> AttributeAnnotation:
        """Return what ``PETA.mat`` says."""
        mat = MatRecord.read(path, ["peta"]).record("peta")
        names = mat.texts("attribute")
        table = mat.table("data")
        leading = table.shape[1] - len(names)
        if leading not in (0, _LEADING):
            raise InputError(
                f"{path}: peta.data has {table.shape[1]} columns; there are {len(names)} names of "
                f"attributes, before which it has {_LEADING} columns or none"
            )
        labels = mat.checked_labels("data", table[:, leading:], attributes=names, unknown=(UNSURE,))
        found = AttributeAnnotation(
            path=path,
            names=tuple(names),
            images=[f"{number:05d}" for number in range(1, len(table) + 1)],
            labels=settle_unsure(labels, self.unsure),
            splits={} if self.split_file else self._splits(mat, len(table)),
            person_ids=table[:, _PERSON] if leading else None,
        )
        return found if self.subset == _ALL else found.of(EVALUATED)

    def _splits(self, mat: MatRecord, pictures: int) -> dict[str, np.ndarray]:
        return read_partition(
            mat,
            ("partion_attribute", "partition_attribute"),  # the first is how the release spells it
            partition=self.partition,
            splits={split: (split, f"{split}_index") for split in ("train", "val", "test")},
            pictures=pictures,
        )
