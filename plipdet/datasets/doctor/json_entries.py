"""json_entries: the records of a JSON annotation, read on past their faults."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from tqdm import tqdm

from plipdet.datasets.sources.annotation_record import AnnotationRecord
from plipdet.datasets.sources.json_list import JsonList
from plipdet.datasets.sources.json_source import JsonSource
from plipdet.errors import InputError
from plipdet.structures import PHRASE_SLOTS

from .annotation_text import EMPTY_ANNOTATION, check_bytes, kind_of_break
from .entry import Entry
from .finding_kind import error, warning
from .finding_log import FindingLog, shown
from .record_fields import RecordFields
from .set_facts import SetFacts

RECORD_NOT_AN_OBJECT = error(
    "record-not-an-object", "a record is no JSON object", "remove it, or write it as {...}"
)
READER_REFUSES = error(
    "reader-refuses", "the reader refuses what no other check found", "do as its message says"
)
BACKSLASH = error(
    "backslash-path",
    "a picture's path has the backslashes of Windows",
    "write forward slashes: replace \\\\ by / in the annotation",
)
ABSOLUTE_PATH = error(
    "absolute-path",
    "a picture's path starts at the root of some machine",
    "write it relative to the data set's folder",
)
LEAVES_FOLDER = error(
    "path-leaves-folder",
    "a picture's path leads out of the data set's folder",
    "write it without .., and put the picture into the folder",
)
PATH_PREFIX = error(
    "path-prefix",
    "a picture's path repeats a folder that the reader puts before it",
    "remove the folder from the start of the path",
)
NO_ATTRIBUTES = warning(
    "no-attributes",
    "records have no attributes",
    "use the release's file; without them phrases are found by grammar alone",
)
NOT_SIX = error(
    "attributes-not-six",
    "attributes are not six phrases",
    "write six phrases with commas between them only, and unknown where one is not known",
)


def json_entries(
    source: JsonSource, folder: Path, annotation: Path, facts: SetFacts, log: FindingLog
) -> Iterator[Entry]:
    """Yield the entries of a JSON annotation up to its end or the place where it breaks.

    Args:
        source: Its reader, which has the last word on each record.
        folder: Folder of the data set.
        annotation: The annotation file.
        facts: What is known of the data set.
        log: Gets the findings.
    """
    if not check_bytes(annotation, log):
        return
    read = _LenientReader(facts, log, folder.name, source.folder_names)
    number = -1
    size = annotation.stat().st_size
    with tqdm(total=size, desc="records", unit="B", unit_scale=True, delay=1.0, leave=False) as bar:
        try:
            for number, fields in enumerate(JsonList(annotation, on_bytes=bar.update)):
                if not isinstance(fields, dict):
                    log.add(RECORD_NOT_AN_OBJECT, f"it is {shown(fields)}", record=number)
                    continue
                errors = log.errors
                yield read(number, fields)
                # By now the caller has checked the entry: what was refused may be explained.
                if log.errors == errors:
                    _ask_reader(source, AnnotationRecord(annotation, number, fields), log)
        except InputError as problem:
            told = str(problem).replace(f"{annotation} ", "").partition("; ")[0]
            log.add(kind_of_break(annotation, str(problem)), told, file=annotation.name)
        else:
            if number < 0:
                log.add(EMPTY_ANNOTATION, file=annotation.name)


def _ask_reader(source: JsonSource, record: AnnotationRecord, log: FindingLog) -> None:
    try:
        source.row(record)
    except InputError as problem:
        log.add(READER_REFUSES, str(problem).partition(": ")[2], record=record.number)


class _LenientReader:
    """Makes entries of JSON objects."""

    def __init__(
        self, facts: SetFacts, log: FindingLog, folder_name: str, set_names: tuple[str, ...]
    ) -> None:
        self._facts, self._log = facts, log
        self._fields = RecordFields(facts, log)
        self._folders = {facts.image_folder, folder_name, *set_names} - {""}

    def __call__(self, number: int, fields: dict[str, Any]) -> Entry:
        facts, read = self._facts, self._fields
        entry = Entry(number)
        path = read.text(number, fields, "image")
        if path is not None:
            entry.image, entry.image_certain = self._image(number, path)
        entry.person_id = read.person_id(number, fields)
        if "split" in facts.keys:
            entry.split = read.split(number, fields)
        if "captions" in facts.keys:
            entry.captions = read.texts(number, fields, "captions")
        if "prompt_captions" in facts.keys:
            entry.prompt_captions = read.texts(number, fields, "prompt_captions")
        if "attributes" in facts.keys:
            entry.phrases = self._phrases(number, fields)
        return entry

    def _image(self, number: int, text: str) -> tuple[str, bool]:
        """Return the picture's path under the data set's folder and whether it was right."""
        path, certain = text, True
        if "\\" in path:
            self._log.add(BACKSLASH, record=number, file=text)
            path, certain = path.replace("\\", "/"), False
        if path.startswith("/") or path[1:3] == ":/":
            self._log.add(ABSOLUTE_PATH, record=number, file=text)
            parts = path.split("/")
            last = max((i for i, part in enumerate(parts) if part in self._folders), default=0)
            path, certain = "/".join(parts[last + 1 :]), False
        elif path.split("/", 1)[0] in self._folders:
            self._log.add(PATH_PREFIX, record=number, file=text)
            parts = path.split("/")
            while len(parts) > 1 and parts[0] in self._folders:
                parts = parts[1:]
            path, certain = "/".join(parts), False
        if ".." in path and ".." in path.split("/"):
            self._log.add(LEAVES_FOLDER, record=number, file=text)
            path, certain = "/".join(p for p in path.split("/") if p != ".."), False
        if "//" in path or path.startswith("./") or "/./" in path:
            path = str(PurePosixPath(path))
        return (f"{self._facts.image_folder}/{path}" if self._facts.image_folder else path), certain

    def _phrases(self, number: int, fields: dict[str, Any]) -> list[str | None] | None:
        value = self._fields.value(number, fields, "attributes")
        if value is None or value == []:
            self._log.add(NO_ATTRIBUTES, record=number)
            return None
        parts = [value] if isinstance(value, str) else value
        if not isinstance(parts, list) or not all(isinstance(part, str) for part in parts):
            self._log.add(NOT_SIX, f"they are {shown(value)}", record=number)
            return None
        phrases = [part.strip() for part in ",".join(parts).split(",")]
        if len(phrases) != len(PHRASE_SLOTS):
            self._log.add(NOT_SIX, f"{shown(value)} is {len(phrases)}", record=number)
            return None
        return [None if phrase.lower() in ("", "unknown") else phrase for phrase in phrases]
