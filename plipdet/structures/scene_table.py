"""SceneTable: whole pictures, and the people of a person table that are in them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from plipdet.errors import InputError

from .arrow_file import open_arrow_file, write_arrow_file
from .person_table import PersonTable

_SCHEMA = pa.schema(
    [
        pa.field("image", pa.string(), nullable=False),  # relative to the people's root
        pa.field("camera_id", pa.int32()),
        pa.field("split", pa.string()),
        pa.field("ignored", pa.list_(pa.list_(pa.float32()))),  # regions, xyxy, px
    ]
)
_BATCH = 65536


@dataclass(frozen=True, slots=True)
class Scene:
    """One whole picture.

    Args:
        image: Its path, relative to the root.
        camera_id: Camera, ``None`` where nobody knows.
        split: train, val or test, ``None`` where there are none.
        ignored: Regions where nobody said who is there, such as crowds, xyxy, px, float32, shape
            (regions, 4): what is found there is neither right nor wrong.
        rows: Its people, as rows of the person table.
    """

    image: str
    camera_id: int | None
    split: str | None
    ignored: np.ndarray
    rows: range


class SceneTable:
    """S scenes over the people of a :class:`PersonTable`, who lie scene by scene in its rows.

    A scene may have nobody in it. A person who is nobody of the data set has no ``person_id``.

    Args:
        scenes: Arrow table of ``image``, ``camera_id``, ``split`` and ``ignored``.
        people: One row a person, with a box, in the order of the scenes.

    Raises:
        InputError: If people are in a picture that is no scene, or in another order.
    """

    def __init__(self, scenes: pa.Table, people: PersonTable) -> None:
        self.people = people
        self._scenes = scenes
        self.first_rows = _first_rows(scenes.column("image"), people)  # (S + 1,)

    @classmethod
    def open(cls, path: str | Path, people: PersonTable) -> SceneTable:
        """Map a file that :func:`write_scene_table` wrote.

        Args:
            path: The file.
            people: The table of the same data set.

        Raises:
            InputError: If the file is no such table, cut short, damaged or of other people.
        """
        return cls(open_arrow_file(path, kind=_kind(people.fingerprint)), people)

    @classmethod
    def from_rows(cls, scenes: Iterable[Mapping[str, Any]], people: PersonTable) -> SceneTable:
        """Build a table in memory; see :func:`write_scene_table` for one on disk."""
        return cls(pa.Table.from_pylist(list(scenes), schema=_SCHEMA), people)

    @property
    def root(self) -> Path:
        """Folder that ``image`` is relative to."""
        return self.people.root

    def __len__(self) -> int:
        return len(self._scenes)

    def __getitem__(self, index: int) -> Scene:
        if not 0 <= index < len(self):
            raise IndexError(f"scene {index} of a table of {len(self)}")
        row = self._scenes.slice(index, 1).to_pylist()[0]
        regions = np.array(row["ignored"] or [], np.float32).reshape(-1, 4)
        rows = range(int(self.first_rows[index]), int(self.first_rows[index + 1]))
        return Scene(row["image"], row["camera_id"], row["split"], regions, rows)

    def images(self) -> list[str]:
        """Return the path of each scene, relative to the root."""
        return self._scenes.column("image").to_pylist()

    def camera_ids(self) -> np.ndarray | None:
        """Return the camera of each scene, int64, shape (S,); ``None`` where one has none."""
        cameras = self._scenes.column("camera_id")
        return None if cameras.null_count else cameras.to_numpy().astype(np.int64)

    def where_split(self, split: str) -> np.ndarray:
        """Return the scenes of a split, ascending, int64.

        Raises:
            InputError: If there are none.
        """
        splits = self._scenes.column("split")
        found = np.flatnonzero(pc.fill_null(pc.equal(splits, split), False).to_numpy())
        if not len(found):
            known = sorted(s for s in pc.unique(splits).to_pylist() if s is not None)
            raise InputError(
                f"no scene of split {split!r} in {self.root}; it has {known or 'none'}"
            )
        return found

    def boxes(self, index: int) -> np.ndarray:
        """Return the people's boxes in a scene, xyxy, px, float32, shape (R, 4)."""
        start, stop = self.first_rows[index : index + 2]
        column = self.people.column("box").slice(int(start), int(stop - start))
        return np.array(column.to_pylist(), np.float32).reshape(-1, 4)

    def person_ids(self, index: int) -> np.ndarray:
        """Return who they are, int64, shape (R,); -1 for people who are nobody of the data set."""
        start, stop = self.first_rows[index : index + 2]
        column = self.people.column("person_id").slice(int(start), int(stop - start))
        return pc.fill_null(column, -1).to_numpy().astype(np.int64)


def write_scene_table(
    path: str | Path, scenes: Iterable[Mapping[str, Any]], *, fingerprint: str
) -> None:
    """Write scenes into an Arrow file, whole or not at all.

    Args:
        path: Target file.
        scenes: Mappings of ``image``, ``camera_id``, ``split`` and ``ignored``; what a mapping
            lacks becomes null.
        fingerprint: Of the raw annotation.
    """
    rows = list(scenes)
    parts = (rows[i : i + _BATCH] for i in range(0, len(rows), _BATCH))
    batches = (pa.RecordBatch.from_pylist(part, schema=_SCHEMA) for part in parts)
    write_arrow_file(path, _SCHEMA, batches, kind=_kind(fingerprint))


def _kind(fingerprint: str) -> str:
    return f"scene table, layout 1, of {fingerprint}"


def _first_rows(images: pa.ChunkedArray, people: PersonTable) -> np.ndarray:
    """Return where the people of each scene begin, and their end, int64, shape (S + 1,)."""
    at = pc.index_in(people.column("image"), value_set=images.combine_chunks())
    if at.null_count:
        stray = people[int(np.flatnonzero(at.is_null().to_numpy())[0])].image
        raise InputError(f"{people.root}: people are in {stray}, which is no scene of the data set")
    scene = at.to_numpy()
    if len(scene) and (np.diff(scene) < 0).any():
        raise InputError(f"{people.root}: the people do not lie scene by scene in their table")
    return np.searchsorted(scene, np.arange(len(images) + 1))
