"""CUHK-PEDES, the first benchmark of text-based person search."""

from __future__ import annotations

from typing import Any

from plipdet.errors import near
from plipdet.registry import SOURCES

from .annotation_record import AnnotationRecord
from .json_source import JsonSource

_SPLITS = ("train", "val", "test")


@SOURCES.register_module()
class CuhkPedes(JsonSource):
    """CUHK-PEDES: 40,206 pictures of 13,003 identities, 80,412 captions, three splits.

    Li et al., Person Search with Natural Language Description, CVPR 2017. Identities count from 1.

    Args:
        root: The folder ``CUHK-PEDES``, or the folder that holds it.
    """

    name = "cuhk_pedes"
    folder_names = ("CUHK-PEDES",)
    annotation_names = ("reid_raw.json", "caption_all.json")
    layout = """
CUHK-PEDES/
  reid_raw.json   (or caption_all.json)
  imgs/{cam_a,cam_b,CUHK01,CUHK03,Market,test_query,train_query}/...
"""

    def row(self, record: AnnotationRecord) -> dict[str, Any]:
        """Return the table's row of one record."""
        if "split" not in record.fields:
            record.fail("has no 'split'; use the release's reid_raw.json, which has train/val/test")
        split = record.text("split")
        if split not in _SPLITS:
            record.fail(f"has split {split!r}{near(split, _SPLITS)}; expected one of {_SPLITS}")
        return {
            "image": f"imgs/{record.text('file_path')}",
            "person_id": record.whole_number("id"),
            "split": split,
            "captions": record.texts("captions"),
        }
