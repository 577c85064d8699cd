"""Checks of an annotation file as bytes, before its records are read."""

from __future__ import annotations

from pathlib import Path

from .finding_kind import FindingKind, error, note
from .finding_log import FindingLog

EMPTY_ANNOTATION = error(
    "empty-annotation", "the annotation holds no record", "download it again; no part of it is here"
)
NOT_JSON = error(
    "not-json",
    "the annotation is something else than JSON",
    "download the file itself: a web page, an archive or a Git-LFS pointer was saved in its place",
)
NOT_A_LIST = error(
    "not-a-list",
    "the annotation holds no JSON list of records",
    "use the release's file, or write its records as one list: [{...}, {...}]",
)
CUT_SHORT = error(
    "json-cut-short", "the annotation ends in the middle", "download it again, it is incomplete"
)
BROKEN_JSON = error(
    "json-broken",
    "the annotation breaks the rules of JSON; what follows the place was not checked",
    "download it again, or mend the place if the file was edited by hand",
)
NOT_UTF8 = error(
    "not-utf8",
    "the annotation is no UTF-8 text; what follows the place was not checked",
    "convert it: iconv -f ENCODING -t UTF-8, with latin1, cp1252, gbk or utf-16",
)
BYTE_ORDER_MARK = note(
    "byte-order-mark",
    "the annotation starts with a byte order mark",
    "nothing to do here; other tools may refuse it: save it as UTF-8 without BOM",
)
CRLF = note(
    "crlf",
    "the annotation has the line ends of Windows",
    "nothing to do here; a checksum of the release will differ: dos2unix restores it",
)

BROKEN: tuple[FindingKind, ...] = (
    EMPTY_ANNOTATION, NOT_JSON, NOT_A_LIST, CUT_SHORT, BROKEN_JSON, NOT_UTF8,
)  # fmt: skip
"""Kinds after which some records are unknown, so that numbers say nothing."""

_END = 1 << 16  # bytes looked at on each end
_UTF8_BOM = b"\xef\xbb\xbf"
_UTF16_BOMS = (b"\xff\xfe", b"\xfe\xff")
_FOREIGN = {
    b"version https://git-lfs": "a Git-LFS pointer: run git lfs pull",
    b"PK\x03\x04": "a ZIP archive: unpack it",
    b"\x1f\x8b": "a gzip archive: unpack it",
    b"Rar!": "a RAR archive: unpack it",
    b"<": "a web page",
}


def check_bytes(path: Path, log: FindingLog) -> bool:
    """Check both ends of an annotation and return whether it is worth reading on."""
    with open(path, "rb") as file:
        head = file.read(_END)
        file.seek(max(0, path.stat().st_size - _END))
        tail = file.read()
    if head.startswith(_UTF16_BOMS):
        log.add(NOT_UTF8, "it is UTF-16", file=path.name)
        return False
    if head.startswith(_UTF8_BOM):
        log.add(BYTE_ORDER_MARK, file=path.name)
    head = head.removeprefix(_UTF8_BOM).lstrip()
    if not head:
        log.add(EMPTY_ANNOTATION, file=path.name)
    for start, name in _FOREIGN.items():
        if head.startswith(start):
            log.add(NOT_JSON, name, file=path.name)
            return False
    if b"\r\n" in head or b"\r\n" in tail:
        log.add(CRLF, file=path.name)
    return bool(head)


def kind_of_break(path: Path, message: str) -> FindingKind:
    """Return which fault stopped the reading of an annotation.

    Args:
        path: The annotation file.
        message: What the reader of JSON lists said.
    """
    if "no UTF-8" in message:
        return NOT_UTF8
    if "expected a list" in message:
        return NOT_A_LIST
    with open(path, "rb") as file:
        start = file.read(_END).removeprefix(_UTF8_BOM).lstrip()
        file.seek(max(0, path.stat().st_size - _END))
        end = file.read().rstrip()
    if not start.startswith(b"["):
        return NOT_A_LIST if start.startswith(b"{") else NOT_JSON
    return BROKEN_JSON if end.endswith(b"]") else CUT_SHORT
