"""CUHK-PEDES, the first benchmark of text-based person search."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from plipdet.registry import SOURCES

from .annotation_record import AnnotationRecord
from .caption_source import CaptionSource

# The release numbers its identities split by split.
_LAST_OF_SPLIT = {"train": 11_003, "val": 12_003, "test": 13_003}


@SOURCES.register_module()
class CuhkPedes(CaptionSource):
    """CUHK-PEDES: 40,206 pictures of 13,003 identities, 80,412 captions, three splits.

    Li et al., Person Search with Natural Language Description, CVPR 2017. Identities count from 1.

    Args:
        root: The folder ``CUHK-PEDES``, or the folder that holds it.
        split_by_id: Whether records without ``split``, as older files named ``caption_all.json``
            have, get the release's split by identity: 1 to 11,003 train, to 12,003 val, to 13,003
            test. Without it such a file is refused: identities of a copy that was numbered anew
            would go to other splits.
        images: As for every source.
    """

    name = "cuhk_pedes"
    folder_names = ("CUHK-PEDES",)
    annotation_names = ("reid_raw.json", "caption_all.json")
    layout = """
CUHK-PEDES/
  reid_raw.json   (or caption_all.json)
  imgs/{cam_a,cam_b,CUHK01,CUHK03,Market,test_query,train_query}/...
"""

    def __init__(self, root: str | Path, *, split_by_id: bool = False, images: Any = None) -> None:
        super().__init__(root, images=images)
        self.split_by_id = split_by_id

    @property
    def table_name(self) -> str:
        """Name of the table's file; the option makes another table."""
        return f"{self.name}-by-id" if self.split_by_id else self.name

    def split(self, record: AnnotationRecord) -> str:
        """Return the split that a record names, or that its identity has in the release."""
        if "split" in record.fields:
            return super().split(record)
        if not self.split_by_id:
            record.fail(
                "has no 'split'; use the release's reid_raw.json, which has train/val/test, or "
                "CuhkPedes(split_by_id=True) if its identities have the release's numbers"
            )
        person_id = record.whole_number("id")
        for split, last in _LAST_OF_SPLIT.items():
            if 1 <= person_id <= last:
                return split
        record.fail(f"has no 'split' and 'id' = {person_id}; the release has 1 to 13003")
