"""SetColumns: the facts of millions of entries in a few bytes each."""

from __future__ import annotations

from array import array

import numpy as np
import pyarrow as pa

from .entry import Entry

NO_NUMBER = -(2**63)
"""Stands for an identity that is missing; no reader gives it."""
_NO_CAMERA = -1
_BATCH = 65_536
_MOST_CAPTIONS = 65_535  # of one entry, that two bytes can count


class SetColumns:
    """Columns of a data set: numbers and hashes, and the paths as packed bytes.

    About 70 bytes an entry and 8 a caption: 4.8 M pictures and 12.1 M captions are 0.4 GB. The
    hashes are Python's own, of 64 bits and good for one process.
    """

    def __init__(self) -> None:
        self.splits: list[str] = []
        """The splits met; the column holds indices into it, -1 for none."""
        self.pathless = 0
        """Entries whose picture cannot be told; they have no row."""
        self._paths: list[pa.Array] = []
        self._pending: list[bytes] = []
        self._hashes, self._ids, self._captions = array("q"), array("q"), array("q")
        self._records, self._cameras, self._counts = array("i"), array("i"), array("H")
        self._split_codes, self._genders, self._certain = array("b"), array("b"), array("b")

    def add(self, entry: Entry, gender: int) -> None:
        """Add an entry, with what its texts say of the gender."""
        if entry.image is None:
            self.pathless += 1
            return
        self._pending.append(entry.image.encode("utf-8", "surrogatepass"))
        if len(self._pending) == _BATCH:
            self._paths.append(pa.array(self._pending, pa.binary()))
            self._pending = []
        self._hashes.append(hash(entry.image))
        self._ids.append(NO_NUMBER if entry.person_id is None else entry.person_id)
        captions = entry.captions[:_MOST_CAPTIONS]
        self._captions.extend([hash(caption) for caption in captions])
        self._counts.append(len(captions))
        self._records.append(entry.record)
        self._cameras.append(_NO_CAMERA if entry.camera_id is None else entry.camera_id)
        self._split_codes.append(self._split_code(entry.split))
        self._genders.append(gender)
        self._certain.append(entry.image_certain)

    def __len__(self) -> int:
        return len(self._hashes)

    def path(self, row: int) -> str:
        """Return the picture's path of a row."""
        batch, at = divmod(row, _BATCH)
        packed = batch < len(self._paths)
        data = self._paths[batch][at].as_py() if packed else self._pending[at]
        return data.decode("utf-8", "surrogatepass")

    @property
    def hashes(self) -> np.ndarray:
        """Hash of each picture's path, int64, shape (rows,)."""
        return _view(self._hashes, np.int64)

    @property
    def person_ids(self) -> np.ndarray:
        """Identities, ``NO_NUMBER`` where unknown, int64, shape (rows,)."""
        return _view(self._ids, np.int64)

    @property
    def camera_ids(self) -> np.ndarray:
        """Cameras, -1 where unknown, int32, shape (rows,)."""
        return _view(self._cameras, np.int32)

    @property
    def records(self) -> np.ndarray:
        """Index of each row's record in the annotation, int32, shape (rows,)."""
        return _view(self._records, np.int32)

    @property
    def split_codes(self) -> np.ndarray:
        """Index into ``splits``, -1 where unknown, int8, shape (rows,)."""
        return _view(self._split_codes, np.int8)

    @property
    def genders(self) -> np.ndarray:
        """Codes of gender_words, int8, shape (rows,)."""
        return _view(self._genders, np.int8)

    @property
    def certain(self) -> np.ndarray:
        """Whether a path is the annotation's own, bool, shape (rows,)."""
        return _view(self._certain, np.int8).astype(bool)

    @property
    def captions(self) -> np.ndarray:
        """Hash of each caption, int64, shape (captions,)."""
        return _view(self._captions, np.int64)

    @property
    def caption_counts(self) -> np.ndarray:
        """Number of captions of each row, uint16, shape (rows,)."""
        return _view(self._counts, np.uint16)

    def forget_captions(self) -> None:
        """Free the captions' hashes, a quarter of all memory; their counts are kept."""
        self._captions = array("q")

    def of_split(self, split: str) -> np.ndarray:
        """Return which rows are of a split, bool, shape (rows,)."""
        code = self.splits.index(split) if split in self.splits else len(self.splits)
        return self.split_codes == code

    def _split_code(self, split: str | None) -> int:
        if split is None:
            return -1
        if split not in self.splits:
            if len(self.splits) > 100:  # words at random; the check of splits has named them
                return -1
            self.splits.append(split)
        return self.splits.index(split)


def _view(numbers: array[int], dtype: type[np.integer]) -> np.ndarray:
    """Return numbers without copying them; NumPy makes no view of an empty buffer."""
    return np.frombuffer(numbers, dtype) if numbers else np.empty(0, dtype)
