"""The columns of a person table, and one row of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

SPLITS = ("train", "val", "test", "query", "gallery")
PHRASE_SLOTS = ("gender", "head", "upper", "lower", "shoes", "belongings")
ATTRIBUTE_NAMES_KEY = b"plipdet.attribute_names"
SOURCE_KEY = b"plipdet.source"
FINGERPRINT_KEY = b"plipdet.fingerprint"
IDENTITY_NAMES_KEY = b"plipdet.identity_names"


def person_schema(
    attribute_names: Sequence[str] = (),
    *,
    source: str = "",
    fingerprint: str = "",
    identity_names: Mapping[int, str] | None = None,
) -> pa.Schema:
    """Return the Arrow schema of a person table; absent facts are null, never a magic number.

    Args:
        attribute_names: Names of the A columns of ``attribute_labels``, kept in the metadata.
        source: Name of the reader that made the table, kept in the metadata.
        fingerprint: Of the raw annotation that it was made from, kept in the metadata.
        identity_names: What ``person_id`` numbers are called, kept in the metadata.
    """
    names = {} if not identity_names else {IDENTITY_NAMES_KEY: _encoded(identity_names)}
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
            **names,
        },
    )


def _encoded(identity_names: Mapping[int, str]) -> bytes:
    return json.dumps({str(number): name for number, name in identity_names.items()}).encode()


COLUMNS: tuple[str, ...] = tuple(person_schema().names)


LATE_COLUMNS = ("captions", "prompt_captions", "attribute_phrases")
"""Those that a row of a table reads when somebody asks for them: not every training does."""


class _LateFields:
    """Fields whose values are read when they are first asked for."""

    __slots__ = ("_read",)
    _read: Callable[[str], Any]

    def __getattr__(self, name: str) -> Any:
        # Python calls it for a slot without a value.
        if name not in LATE_COLUMNS:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        value = self._read(name)
        object.__setattr__(self, name, value)
        return value


@dataclass(slots=True, frozen=True)
class PersonRow(_LateFields):
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

    @classmethod
    def reading_late(cls, values: Iterable[Any], read: Callable[[str], Any]) -> PersonRow:
        """Return a row like any other, whose sentences are read when they are asked for.

        Args:
            values: Of the other columns, :data:`EARLY_COLUMNS`, in their order.
            read: From the name of one of :data:`LATE_COLUMNS` to its value.
        """
        row = cls.__new__(cls)
        for set_value, value in zip(_SETTERS, values, strict=True):
            set_value(row, value)
        _set_read(row, read)
        return row


EARLY_COLUMNS: tuple[str, ...] = tuple(name for name in COLUMNS if name not in LATE_COLUMNS)
# The slots themselves: a frozen class refuses an assignment, and its constructor takes all values.
_SETTERS = tuple(getattr(PersonRow, name).__set__ for name in EARLY_COLUMNS)
_set_read = _LateFields.__dict__["_read"].__set__
