"""The columns of a person table, and one row of it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa

SPLITS = ("train", "val", "test", "query", "gallery")
PHRASE_SLOTS = ("gender", "head", "upper", "lower", "shoes", "belongings")
ATTRIBUTE_NAMES_KEY = b"plipdet.attribute_names"
SOURCE_KEY = b"plipdet.source"
FINGERPRINT_KEY = b"plipdet.fingerprint"


def person_schema(
    attribute_names: Sequence[str] = (), *, source: str = "", fingerprint: str = ""
) -> pa.Schema:
    """Return the Arrow schema of a person table; absent facts are null, never a magic number.

    Args:
        attribute_names: Names of the A columns of ``attribute_labels``, kept in the metadata.
        source: Name of the reader that made the table, kept in the metadata.
        fingerprint: Of the raw annotation that it was made from, kept in the metadata.
    """
    labels = pa.list_(pa.int8(), len(attribute_names)) if attribute_names else pa.list_(pa.int8())
    return pa.schema(
        [
            pa.field("image", pa.string(), nullable=False),  # relative to the root
            pa.field("box", pa.list_(pa.float32())),  # xyxy, px; null: the whole picture
            pa.field("person_id", pa.int64()),
            pa.field("camera_id", pa.int32()),
            pa.field("frame", pa.int64()),
            pa.field("split", pa.string()),
            pa.field("captions", pa.list_(pa.string())),
            pa.field("prompt_captions", pa.list_(pa.string())),
            pa.field("attribute_phrases", pa.list_(pa.string())),  # 6, order of PHRASE_SLOTS
            pa.field("attribute_labels", labels),  # (A,), 1 yes, 0 no, -1 unknown
            pa.field("parsing", pa.string()),  # path of a label map
        ],
        metadata={
            ATTRIBUTE_NAMES_KEY: json.dumps(list(attribute_names)).encode(),
            SOURCE_KEY: source.encode(),
            FINGERPRINT_KEY: fingerprint.encode(),
        },
    )


COLUMNS: tuple[str, ...] = tuple(person_schema().names)


@dataclass(slots=True, frozen=True)
class PersonRow:
    """One person instance; the fields are the columns of :func:`person_schema`."""

    image: str
    box: list[float] | None = None
    person_id: int | None = None
    camera_id: int | None = None
    frame: int | None = None
    split: str | None = None
    captions: list[str] | None = None
    prompt_captions: list[str] | None = None
    attribute_phrases: list[str | None] | None = None
    attribute_labels: list[int] | None = None
    parsing: str | None = None
