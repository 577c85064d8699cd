"""Comparing the pictures that an annotation names with those on the disk."""

from __future__ import annotations

import itertools
import os
import unicodedata
from array import array
from collections import Counter
from pathlib import Path

import numpy as np
from tqdm import tqdm

from plipdet.datasets.sources.cuhk03_pictures import MARKER
from plipdet.datasets.stores import FileStore, ImageStore

from .annotation_text import BROKEN
from .finding_kind import error, note
from .finding_log import FindingLog
from .folder_walk import FolderWalk
from .json_entries import READER_REFUSES, RECORD_NOT_AN_OBJECT
from .name_entries import PICTURE_SUFFIXES
from .place_checks import MISSING_FOLDER
from .set_columns import SetColumns
from .set_facts import SetFacts

MISSING = error(
    "missing-image",
    "a picture is not on the disk",
    "complete the download, or remove its record",
)
BROKEN_LINK = error(
    "broken-link", "a picture is a link to nothing", "mount or restore what it points to"
)
OTHER_CASE = error(
    "case-mismatch",
    "a picture's path differs from the file in upper and lower case, or in how accents are coded",
    "rename the file or folder as the annotation writes it",
)
OTHER_SUFFIX = error(
    "suffix-mismatch",
    "a picture is there, but with another ending",
    "rename it, or correct the annotation",
)
EXTRA = note(
    "extra-picture",
    "a picture on the disk is named by no record",
    "nothing, or delete it: it is not used",
)
STRAY = note(
    "stray-file",
    "a file among the pictures is no picture",
    "nothing, or delete it (Thumbs.db, .DS_Store and the like)",
)

_BATCH = 65_536
_KEPT = 1000  # names of pictures that no record names
# After these some records are unknown, so that no picture can be called superfluous.
_UNKNOWN_RECORDS = (*BROKEN, RECORD_NOT_AN_OBJECT, READER_REFUSES)


class FileChecks:
    """Walks the disk once and compares it with the columns.

    Args:
        columns: The entries.
        folder: Folder of the data set.
        facts: What is known of the data set.
        log: Gets the findings.
        store: Where the pictures are; files are looked at one by one, of a packed store its list.
    """

    def __init__(
        self,
        columns: SetColumns,
        folder: Path,
        facts: SetFacts,
        log: FindingLog,
        *,
        store: ImageStore,
    ) -> None:
        self._columns, self._folder, self._facts, self._log = columns, folder, facts, log
        self._store = store
        self._order = np.argsort(columns.hashes, kind="stable")
        self._sorted = columns.hashes[self._order]
        self._seen = np.zeros(len(columns), bool)  # in the order of _sorted
        self._broken: set[int] = set()
        # Pictures that no record names: the first few names, and of all what may explain one that
        # is missing.
        self._extras: list[str] = []
        self._extra_paths, self._extra_stems = array("q"), array("q")

    def __call__(self) -> np.ndarray:
        """Check, and return which rows have their picture, bool, shape (rows,)."""
        places = list(self._facts.parts) or [self._facts.image_folder]
        with tqdm(desc="files", unit=" files", delay=1.0, leave=False) as bar:
            if not isinstance(self._store, FileStore):
                self._read_list(bar)
                places = []
            for place in places:
                if (self._folder / place).is_dir():
                    self._walk(place, bar)
        for at in np.flatnonzero(self._sorted[1:] == self._sorted[:-1]):
            self._seen[at + 1] |= self._seen[at]
        present = np.empty(len(self._columns), bool)
        present[self._order] = self._seen
        missing = np.flatnonzero(~present)
        if self._facts.shows_scenes:  # a picture is missing once, however many people it shows
            first = np.unique(self._columns.hashes[missing], return_index=True)[1]
            missing = missing[np.sort(first)]
        self._check_missing(missing)
        return present

    def _walk(self, place: str, bar: tqdm) -> None:
        walk = FolderWalk(self._folder / place, self._log)
        pictures: list[str] = []
        for folder, names in walk:
            start = "/".join(part for part in (place, folder) if part)
            for name in names:
                if name.lower().endswith(PICTURE_SUFFIXES):
                    pictures.append(f"{start}/{name}" if start else name)
                elif start and not _is_known(name):  # beside annotations lie files of many kinds
                    self._log.add(STRAY, file=f"{start}/{name}")
            bar.update(len(names))
            if len(pictures) >= _BATCH:
                self._look_up(pictures)
                pictures = []
        self._look_up(pictures)
        self._broken |= {hash(f"{place}/{link}" if place else link) for link in walk.broken}

    def _read_list(self, bar: tqdm) -> None:
        """Go through a packed store's names."""
        names = self._store.names()
        while pictures := list(itertools.islice(names, _BATCH)):
            self._look_up(pictures)
            bar.update(len(pictures))

    def _look_up(self, pictures: list[str]) -> None:
        """Mark the rows of these pictures, and keep those that have none."""
        hashes = np.array([hash(path) for path in pictures], np.int64)
        at = np.searchsorted(self._sorted, hashes)
        found = np.zeros(len(hashes), bool)
        inside = at < len(self._sorted)
        found[inside] = self._sorted[at[inside]] == hashes[inside]
        self._seen[at[found]] = True
        for row in np.flatnonzero(~found):
            path = pictures[row]
            if len(self._extras) < _KEPT:
                self._extras.append(path)
            self._extra_paths.append(hash(_folded(path)))
            self._extra_stems.append(hash(_stem(path)))

    def _check_missing(self, rows: np.ndarray) -> None:
        """Say what each missing picture's matter is, then which pictures are left over."""
        columns, log = self._columns, self._log
        certain = columns.certain
        by_path, by_stem = set(self._extra_paths), set(self._extra_stems)
        explained_paths: set[int] = set()
        explained_stems: set[int] = set()
        plain = isinstance(self._store, FileStore)
        folders = _FolderCounts(self._folder, self._facts.image_folder) if plain else None
        for row in rows:
            path = columns.path(int(row))
            if hash(path) in self._broken:
                log.add_row(BROKEN_LINK, columns, row)
            elif hash(_folded(path)) in by_path:
                explained_paths.add(hash(_folded(path)))
                log.add_row(OTHER_CASE, columns, row)
            elif hash(_stem(path)) in by_stem:
                explained_stems.add(hash(_stem(path)))
                log.add_row(OTHER_SUFFIX, columns, row)
            elif certain[row] and (folders is None or not folders.lacks(path)):
                log.add_row(MISSING, columns, row)
        for folder, count in folders.missing.items() if folders else ():
            log.add(MISSING_FOLDER, f"{count:,} pictures", file=folder)
        unsure = columns.pathless or (~certain[rows]).any() or log.has(*_UNKNOWN_RECORDS)
        if self._facts.uses_all and not unsure:
            self._check_extras(explained_paths, explained_stems)

    def _check_extras(self, paths: set[int], stems: set[int]) -> None:
        pairs = zip(self._extra_paths, self._extra_stems, strict=True)
        left = sum(path not in paths and stem not in stems for path, stem in pairs)
        for file in self._extras:
            if left and hash(_folded(file)) not in paths and hash(_stem(file)) not in stems:
                self._log.add(EXTRA, file=file)
                left -= 1
        if left:
            self._log.add(EXTRA, count=left)


def _is_known(name: str) -> bool:
    """Return whether a file among pictures is no stray: our marker, or labels."""
    return name == MARKER or name.lower().endswith(".mat")


class _FolderCounts:
    """Counts the pictures of whole folders that are missing."""

    def __init__(self, root: Path, image_folder: str) -> None:
        self.missing: Counter[str] = Counter()
        self._root, self._image_folder = root, image_folder
        self._exists: dict[str, bool] = {}

    def lacks(self, path: str) -> bool:
        """Return whether the picture's top folder is missing, and count the picture then."""
        parts = path.split("/")[:-1]
        depth = 1 if self._image_folder else 0
        for end in range(1, min(len(parts), depth + 1) + 1):
            folder = "/".join(parts[:end])
            if folder not in self._exists:
                self._exists[folder] = "\0" in folder or os.path.isdir(self._root / folder)
            if not self._exists[folder]:
                self.missing[folder] += 1
                return True
        return False


def _folded(path: str) -> str:
    """Return a path as file systems that do not tell upper from lower case see it."""
    return path.lower() if path.isascii() else unicodedata.normalize("NFC", path).lower()


def _stem(path: str) -> str:
    return os.path.splitext(_folded(path))[0]
