"""The galleries of CUHK-SYSU: for each query the pictures to search, and where the person is."""

from __future__ import annotations

import glob
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from tqdm import tqdm

from plipdet.datasets.built_file import BuiltFile
from plipdet.errors import InputError
from plipdet.mat_files import iter_mat
from plipdet.structures import SceneTable
from plipdet.structures.arrow_file import open_arrow_file, write_arrow_file

from .annotated_scene import corners, inside
from .cuhk_sysu_annotation import Place, places, struct_of, structs_of
from .mat_record import MatRecord
from .search_protocol import row_at
from .table_cache import FINGERPRINT, file_fingerprint, table_paths

GALLERY_SIZES = (50, 100, 500, 1000, 2000, 4000)
_VERSION = 1  # of what is kept of a file
_SCHEMA = pa.schema(
    [
        pa.field("scene", pa.int64()),
        pa.field("row", pa.int64()),  # of the query in the table of people
        pa.field("box", pa.list_(pa.float32(), 4)),  # of the query, xyxy
        pa.field("person_id", pa.int64()),
        pa.field("gallery", pa.list_(pa.int32())),
        pa.field("match_scenes", pa.list_(pa.int32())),
        pa.field("match_boxes", pa.list_(pa.list_(pa.float32(), 4))),
    ]
)
_QUERIES_PER_BATCH = 256


class Galleries(NamedTuple):
    """Arrays as :class:`plipdet.structures.SearchQueries` has them, and the row of each query."""

    scenes: np.ndarray
    rows: np.ndarray
    boxes: np.ndarray
    person_ids: np.ndarray
    gallery_ends: np.ndarray
    gallery_scenes: np.ndarray
    match_ends: np.ndarray
    match_scenes: np.ndarray
    match_boxes: np.ndarray


def read_test_people(path: Path) -> Iterator[list[Place]]:
    """Yield where each query's person is: in the query's picture first, then in its gallery's.

    Args:
        path: ``TestG50.mat`` or that of another size.

    Raises:
        InputError: If it is damaged, or has something else in it.
    """
    for record in _records(path):
        (asked,) = _query(record)
        yield [asked, *places(record, "Gallery")]


def cuhk_sysu_galleries(path: Path, scenes: SceneTable, *, table_name: str) -> Galleries:
    """Return the galleries of a file, from what was kept of it if it has been read before.

    All ranks call it, and one of them reads. Of scenes that have no file nothing is kept.

    Args:
        path: ``TestG100.mat`` or that of another size.
        scenes: All scenes of the data set.
        table_name: Start of the names of the data set's tables.

    Raises:
        InputError: If the file is missing, damaged, or at odds with the scenes.
    """
    if not path.is_file():
        there = sorted(p.stem for p in path.parent.glob("TestG*.mat"))
        raise InputError(
            f"there is no {path}; the data have {', '.join(there) or 'no galleries'}: choose "
            "another gallery_size"
        )
    if not scenes.people.fingerprint:
        return _galleries(pa.Table.from_batches(_batches(path, scenes), _SCHEMA))
    own = file_fingerprint(path, _VERSION)
    kind = f"galleries of {path.stem} {own} of {scenes.people.fingerprint}"
    tables = table_paths(scenes.root, table_name, scenes.people.fingerprint)

    def remove_old(_: pa.Table, kept: Path) -> None:
        start = kept.name.removesuffix(f"{own}.arrow")
        for other in kept.parent.glob(f"{glob.escape(start)}{FINGERPRINT}.arrow"):
            if other != kept:
                other.unlink(missing_ok=True)

    built = BuiltFile(
        [table.with_name(f"{table.stem}.{path.stem}-{own}.arrow") for table in tables],
        what=f"what {path.name} says",
        open_file=lambda kept: open_arrow_file(kept, kind=kind),
        write_file=lambda kept: write_arrow_file(kept, _SCHEMA, _batches(path, scenes), kind=kind),
        on_built=remove_old,
    )
    return _galleries(built.get())


def _galleries(table: pa.Table) -> Galleries:
    columns = {name: table.column(name).combine_chunks() for name in table.column_names}
    boxes = columns["match_boxes"].flatten()
    return Galleries(
        scenes=columns["scene"].to_numpy(),
        rows=columns["row"].to_numpy(),
        boxes=columns["box"].flatten().to_numpy().reshape(-1, 4),
        person_ids=columns["person_id"].to_numpy(),
        gallery_ends=_ends(columns["gallery"]),
        gallery_scenes=columns["gallery"].flatten().to_numpy(),
        match_ends=_ends(columns["match_scenes"]),
        match_scenes=columns["match_scenes"].flatten().to_numpy(),
        match_boxes=boxes.flatten().to_numpy().reshape(-1, 4),
    )


def _ends(lists: pa.ListArray) -> np.ndarray:
    return np.cumsum([0, *lists.value_lengths().to_numpy()], dtype=np.int64)


def _batches(path: Path, scenes: SceneTable) -> Iterator[pa.RecordBatch]:
    index = {name.rpartition("/")[2]: at for at, name in enumerate(scenes.images())}
    rows: list[dict[str, Any]] = []
    bar = tqdm(_records(path), desc=f"reading {path.name}", unit=" queries", delay=1.0, leave=False)
    for record in bar:
        rows.append(_row(record, scenes, index))
        if len(rows) == _QUERIES_PER_BATCH:
            yield pa.RecordBatch.from_pylist(rows, schema=_SCHEMA)
            rows = []
    if rows:
        yield pa.RecordBatch.from_pylist(rows, schema=_SCHEMA)


def _records(path: Path) -> Iterator[MatRecord]:
    for number, entry in enumerate(iter_mat(path, path.stem), 1):
        yield struct_of(path, f"{path.stem}({number})", entry)


def _query(record: MatRecord) -> list[Place]:
    found = list(places(record, "Query"))
    if len(found) != 1:
        raise InputError(f"{record.path}: {record.where}Query has {len(found)} boxes; expected one")
    return found


def _row(record: MatRecord, scenes: SceneTable, index: Mapping[str, int]) -> dict[str, Any]:
    """Return what is kept of a query."""
    (asked,) = _query(record)
    scene = index.get(asked.picture, -1)
    box = inside(corners(asked.box), None)
    row = None if scene < 0 or box is None else row_at(scenes, scene, box)
    person = None if row is None else scenes.people[row].person_id
    if box is None or person is None:
        raise InputError(
            f"{record.path}: {record.where}Query is at {asked.box} (x y w h) of {asked.picture}, "
            "where Images.mat has nobody known; download both again"
        )
    gallery = _gallery(record, index)
    matches = {
        index[place.picture]: corners(place.box)
        for place in reversed([*places(record, "Gallery")])
        if place.picture != asked.picture
    }
    return {
        "scene": scene,
        "row": row,
        "box": box,
        "person_id": person,
        "gallery": [at for at in dict.fromkeys(gallery) if at != scene],
        "match_scenes": sorted(matches),
        "match_boxes": [matches[at] for at in sorted(matches)],
    }


def _gallery(record: MatRecord, index: Mapping[str, int]) -> list[int]:
    """Return the scenes of a gallery; there are millions of entries."""
    entries = structs_of(record, "Gallery")
    try:
        return [index[entry["imname"]] for entry in entries]
    except (KeyError, TypeError):  # or in cells of one entry, as some programs write them
        pass
    found = []
    for number, entry in enumerate(entries, 1):
        part = MatRecord(record.path, entry, where=f"{record.where}Gallery({number}).")
        (name,) = part.texts("imname")
        if name not in index:
            raise InputError(
                f"{record.path}: {part.where}imname is {name}, which Images.mat lacks; download "
                "both again"
            )
        found.append(index[name])
    return found
