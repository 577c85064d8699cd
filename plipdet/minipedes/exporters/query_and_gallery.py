"""Parting the pictures of test identities into those that ask and those that are searched."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from plipdet.minipedes.exporters.crop_record import CropRecord


def query_and_gallery(
    records: Sequence[CropRecord],
) -> tuple[list[CropRecord], list[CropRecord]]:
    """Return queries and gallery.

    Of an identity one picture a camera asks, and the others are the gallery; where a camera has
    one picture only, it stays in the gallery, so that every query has a match by another camera.

    Args:
        records: Crops of the test identities, each seen by two cameras or more.
    """
    views: dict[int, dict[int, list[CropRecord]]] = defaultdict(lambda: defaultdict(list))
    for record in records:
        views[record.person_id][record.camera_id].append(record)
    queries: list[CropRecord] = []
    for cameras in views.values():
        assert len(cameras) > 1, "a test identity was seen by one camera only"
        several = [crops[0] for crops in cameras.values() if len(crops) > 1]
        queries += several or [next(iter(cameras.values()))[0]]
    asking = {record.image for record in queries}
    return queries, [record for record in records if record.image not in asking]
