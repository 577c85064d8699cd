"""Writing the layout of Market-1501."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from plipdet.minipedes.exporters.crop_record import CropRecord
from plipdet.minipedes.exporters.place_image import place_image
from plipdet.minipedes.exporters.query_and_gallery import query_and_gallery

_DISTRACTOR, _JUNK = "0000", "-1"
_HAND_DRAWN, _DETECTED = 0, 1  # last number of a name: box 0 is the annotator's, 1.. a detector's


def export_market1501(records: Sequence[CropRecord], out: Path) -> Path:
    """Write train, query and gallery as ``out/Market-1501-v15.09.15``.

    Pictures of val identities, strangers to both, become a few distractors (identity 0) and as
    many junk boxes (identity -1), one of each for ten gallery pictures.

    Args:
        records: Crops of all three splits; test identities need pictures by two cameras.
        out: Folder that gets the layout's folder.

    Returns:
        The layout's folder.
    """
    folder = out / "Market-1501-v15.09.15"
    if (folder / "bounding_box_train").is_dir():
        return folder  # written together with its attributes
    for record in records:
        if record.split == "train":
            _place(record, folder / "bounding_box_train", _DETECTED)
    queries, gallery = query_and_gallery([r for r in records if r.split == "test"])
    for record in queries:
        _place(record, folder / "query", _HAND_DRAWN)
    for record in gallery:
        _place(record, folder / "bounding_box_test", _DETECTED)
    strangers = [record for record in records if record.split == "val"]
    for number, record in enumerate(strangers[: 2 * max(1, len(gallery) // 10)]):
        name = f"{(_DISTRACTOR, _JUNK)[number % 2]}_c{record.camera_id}s1_{number:06d}_01.jpg"
        place_image(record.image, folder / "bounding_box_test" / name)
    return folder


def _place(record: CropRecord, folder: Path, box: int) -> None:
    name = f"{record.person_id:04d}_c{record.camera_id}s1_{record.frame:06d}_{box:02d}.jpg"
    place_image(record.image, folder / name)
