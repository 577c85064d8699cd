"""The two tables of a store, and how people become their rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from .found_person import FoundPerson, View, WalkState

_BOX = pa.list_(pa.float32(), 4)
_VIEW = pa.struct(
    [
        pa.field("frame", pa.int64()),
        pa.field("time", pa.float64()),
        pa.field("box", _BOX),
        pa.field("score", pa.float32()),
        pa.field("quality", pa.float64()),
    ]
)
_IDS_OF_A_COMMIT = 20  # bits of an id below the number of the commit
FILES = pa.schema(
    [
        pa.field("path", pa.string()),
        pa.field("commit", pa.int64()),
        pa.field("size", pa.int64()),
        pa.field("modified", pa.int64()),
        pa.field("state", pa.string()),
        pa.field("people", pa.int64()),
        pa.field("frames", pa.int64()),
        pa.field("tracks", pa.int64()),
        pa.field("camera", pa.string()),
        pa.field("problem", pa.string()),
    ]
)


@dataclass(slots=True, frozen=True)
class FileRecord:
    """How far a file is indexed.

    Args:
        path: Absolute.
        size: Bytes.
        modified: Of the file, nanoseconds since 1970.
        state: "done", "partial" (a video that is gone on with), or "unreadable".
        people: Found in it so far; of a video, those whose walk is over.
        frames: The next frame to look at.
        tracks: The number of the next walk.
        camera: As the user named it.
        problem: What was wrong with it.
    """

    path: str
    size: int
    modified: int
    state: str
    people: int = 0
    frames: int = 0
    tracks: int = 0
    camera: str | None = None
    problem: str | None = None

    def row(self, commit: int) -> dict[str, Any]:
        """Return it as a row of the table of files."""
        return {**asdict(self), "commit": commit}

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> FileRecord:
        """Return what a row of the table of files says."""
        return cls(**{k: v for k, v in row.items() if k != "commit"})


def people_schema(width: int) -> pa.Schema:
    """Return the columns of people whose embeddings have ``width`` numbers."""
    return pa.schema(
        [
            pa.field("id", pa.int64()),
            pa.field("commit", pa.int64()),
            pa.field("path", pa.string()),
            pa.field("camera", pa.string()),
            pa.field("track", pa.int64()),
            pa.field("began", pa.float64()),
            pa.field("ended", pa.float64()),
            pa.field("score", pa.float32()),
            pa.field("labels", pa.list_(pa.string())),
            pa.field("views", pa.list_(_VIEW)),
            pa.field("thumbnail", pa.binary()),
            pa.field("walking", pa.bool_()),
            pa.field("seen", pa.int64()),
            pa.field("last_frame", pa.int64()),
            pa.field("last_box", _BOX),
            pa.field("step", pa.list_(pa.float32(), 2)),
            pa.field("weight", pa.float64()),
            pa.field("embedding", pa.list_(pa.float32(), width)),
        ]
    )


def people_table(people: Sequence[FoundPerson], commit: int, *, width: int) -> pa.Table:
    """Return people as rows, numbered so that no two commits share an id."""
    assert len(people) < 1 << _IDS_OF_A_COMMIT, "commits are small"
    first = commit << _IDS_OF_A_COMMIT
    rows = [_row(p, commit) | {"id": first + i} for i, p in enumerate(people)]
    schema = people_schema(width)
    table = pa.Table.from_pylist(rows, pa.schema(list(schema)[:-1]))
    flat = np.concatenate([p.embedding for p in people]).astype(np.float32)
    vectors = pa.FixedSizeListArray.from_arrays(pa.array(flat), width)
    return table.append_column(schema.field("embedding"), vectors)


def _row(person: FoundPerson, commit: int) -> dict[str, Any]:
    walk = person.walk._asdict() if person.walk is not None else {}
    return {
        "commit": commit,
        "path": person.path,
        "camera": person.camera,
        "track": person.track,
        "began": person.start,
        "ended": person.end,
        "score": person.views[0].score,
        "labels": list(person.labels),
        "views": [view._asdict() for view in person.views],
        "thumbnail": person.thumbnail,
        "walking": person.walk is not None,
        **walk,
    }


def person_of(row: Mapping[str, Any]) -> FoundPerson:
    """Return the person of a row that has all columns but perhaps the embedding."""
    walk = None
    if row["walking"]:
        state = {name: row[name] for name in WalkState._fields}
        boxes = {"last_box": tuple(row["last_box"]), "step": tuple(row["step"])}
        walk = WalkState(**{**state, **boxes})
    return FoundPerson(
        path=row["path"],
        views=tuple(View(**{**view, "box": tuple(view["box"])}) for view in row["views"]),
        embedding=np.asarray(row.get("embedding", ()), np.float32),
        thumbnail=row["thumbnail"],
        camera=row["camera"],
        track=row["track"],
        start=row["began"],
        end=row["ended"],
        labels=tuple(row["labels"]),
        walk=walk,
    )
