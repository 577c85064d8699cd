"""Writing the layouts of MSMT17: V1, V2, and the mirror like Market-1501."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from plipdet.minipedes.exporters.crop_record import CropRecord
from plipdet.minipedes.exporters.place_image import place_image
from plipdet.minipedes.exporters.query_and_gallery import query_and_gallery


def export_msmt17_v1(records: Sequence[CropRecord], out: Path) -> Path:
    """Write train, val, query and gallery as ``out/MSMT17_V1``.

    The people of training and those of the test are numbered from 0 each. As in the release, val
    holds pictures of training identities: the last one of each that has more than two.

    Args:
        records: Crops; those of val identities are left out.
        out: Folder that gets the layout's folder.

    Returns:
        The layout's folder.
    """
    return _export_lists(records, out / "MSMT17_V1", ("train", "test"))


def export_msmt17_v2(records: Sequence[CropRecord], out: Path) -> Path:
    """Write the same as ``out/MSMT17_V2``, whose folders have other names."""
    return _export_lists(records, out / "MSMT17_V2", ("mask_train_v2", "mask_test_v2"))


def export_msmt17_mirror(records: Sequence[CropRecord], out: Path) -> Path:
    """Write train, query and gallery as ``out/msmt17``, like Market-1501, as mirrors have it."""
    folder = out / "msmt17"
    train, val, queries, gallery = _parts(records)
    trained = sorted([*train, *val], key=lambda record: (record.person_id, record.frame))
    parts = {
        "bounding_box_train": trained,
        "query": queries,
        "bounding_box_test": gallery,
    }
    persons = {**_numbers(trained), **_numbers([*queries, *gallery])}
    for part, found in parts.items():
        for number, record in enumerate(found):
            name = f"{persons[record.person_id]:04d}_c{record.camera_id}_{number:04d}.jpg"
            place_image(record.image, folder / part / name)
    return folder


def _export_lists(records: Sequence[CropRecord], folder: Path, parts: tuple[str, str]) -> Path:
    train, val, queries, gallery = _parts(records)
    lists = {
        "list_train.txt": (parts[0], train),
        "list_val.txt": (parts[0], val),
        "list_query.txt": (parts[1], queries),
        "list_gallery.txt": (parts[1], gallery),
    }
    persons = {**_numbers([*train, *val]), **_numbers([*queries, *gallery])}
    pictures: Counter[int] = Counter()
    for name, (part, found) in lists.items():
        lines = []
        for record in found:
            person, number = persons[record.person_id], pictures[record.person_id]
            pictures[record.person_id] += 1
            path = (
                f"{person:04d}/{person:04d}_{number:03d}_{record.camera_id:02d}_0303morning_"
                f"{record.frame:04d}_0.jpg"
            )
            place_image(record.image, folder / part / path)
            lines.append(f"{path} {person}\n")
        (folder / name).write_text("".join(lines), encoding="utf-8")
    return folder


def _parts(records: Sequence[CropRecord]) -> tuple[list[CropRecord], ...]:
    """Return train, val, query and gallery."""
    trained = [record for record in records if record.split == "train"]
    counts = Counter(record.person_id for record in trained)
    last = {record.person_id: record for record in trained}
    val = [record for person, record in last.items() if counts[person] > 2] or trained[-1:]
    held_out = {record.image for record in val}
    train = [record for record in trained if record.image not in held_out]
    return train, val, *query_and_gallery([r for r in records if r.split == "test"])


def _numbers(records: Iterable[CropRecord]) -> dict[int, int]:
    """Return a number from 0 for each identity."""
    people = sorted({record.person_id for record in records})
    return {person: number for number, person in enumerate(people)}
