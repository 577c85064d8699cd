"""Readers of the benchmarks of text-based person search, whose records are nearly alike."""

from __future__ import annotations

from typing import Any, ClassVar

from plipdet.errors import near

from .annotation_record import AnnotationRecord
from .json_source import JsonSource

_SPLITS = ("train", "val", "test")


class CaptionSource(JsonSource):
    """A data set of captioned pictures with identities and the splits train, val and test."""

    image_keys: ClassVar[tuple[str, ...]] = ("file_path",)
    """Keys that hold a picture's path, the released one first."""

    @property
    def image_folder(self) -> str:
        """Folder that those paths are relative to, empty for the data set's own."""
        return "imgs"

    def row(self, record: AnnotationRecord) -> dict[str, Any]:
        """Return the table's row of one record."""
        path = record.text(
            next((k for k in self.image_keys if k in record.fields), self.image_keys[0])
        )
        return {
            "image": f"{self.image_folder}/{path}" if self.image_folder else path,
            "person_id": record.whole_number("id"),
            "split": self.split(record),
            "captions": record.texts("captions"),
        }

    def split(self, record: AnnotationRecord) -> str:
        """Return the split that a record names."""
        if "split" not in record.fields:
            record.fail(
                f"has no 'split'; use the release's {self.annotation_names[0]}, which has "
                "train/val/test"
            )
        split = record.text("split")
        if split not in _SPLITS:
            record.fail(f"has split {split!r}{near(split, _SPLITS)}; expected one of {_SPLITS}")
        return split
