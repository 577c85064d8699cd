"""The file that names the queries of PRW."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from plipdet.errors import InputError

_LARGEST = 2**63


class QueryInfo(NamedTuple):
    """One query: who, where (left, top, width, height, px), in which frame."""

    person_id: int
    box: tuple[float, float, float, float]
    frame: str
    where: str


def read_query_info(path: Path) -> Iterator[QueryInfo]:
    """Yield the lines of a ``query_info.txt``: ``pid x y w h frame``, of any system's line ends.

    Raises:
        InputError: If it is not there, is no text, or a line is of another form.
    """
    if not path.is_file():
        raise InputError(f"there is no {path}; it comes with PRW and names the queries")
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is no text: {error.reason}; download it again") from error
    count = 0
    for number, line in enumerate(lines, 1):
        if line.strip():
            count += 1
            yield _query(line.split(), f"{path}, line {number}:")
    if not count:
        raise InputError(f"{path} names no query; download it again")


def _query(words: list[str], where: str) -> QueryInfo:
    told = f"{where} {' '.join(words)[:80]!r} is no query"
    if len(words) != 6:
        raise InputError(f"{told}; expected pid x y w h frame, such as '479 8 30 90 210 c1s3_0'")
    try:
        person_id, box = int(words[0]), [float(word) for word in words[1:5]]
    except ValueError as error:
        raise InputError(f"{told}: {error}") from error
    if abs(person_id) >= _LARGEST:
        raise InputError(f"{told}: {person_id} is no identity")
    if not all(map(math.isfinite, box)) or box[2] <= 0 or box[3] <= 0:
        raise InputError(f"{told}: its box has no area")
    frame = words[5] if words[5].endswith(".jpg") else f"{words[5]}.jpg"
    return QueryInfo(person_id, (box[0], box[1], box[2], box[3]), frame, where)
