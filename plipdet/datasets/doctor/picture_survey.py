"""PictureSurvey: all pictures, or a sample, decoded in parallel and compared with each other."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np
from tqdm import tqdm

from plipdet.datasets.stores import ImageStore

from .finding_kind import FindingKind, note, warning
from .finding_log import FindingLog
from .picture_checks import check_picture
from .set_columns import NO_NUMBER, SetColumns

SAME_IN_TWO_SPLITS = warning(
    "same-picture-in-two-splits",
    "the same picture is in two splits under different names",
    "remove one: training has seen what the test asks",
)
SAME_FOR_TWO_IDENTITIES = warning(
    "same-picture-of-two-identities",
    "the same picture belongs to two identities under different names",
    "find out whose it is, and remove the other",
)
SAME_TWICE = note(
    "same-picture-twice",
    "an identity has the same picture twice under different names",
    "nothing, or remove one: it is drawn twice as often",
)

_PIECE = 64  # pictures that a thread takes at a time
_AHEAD = 4  # pieces waiting for each thread
Piece = list[tuple[int, list[tuple[FindingKind, str]], int | None]]


class PictureSurvey:
    """Decodes pictures with threads, which the decoders let run side by side.

    Args:
        columns: The entries.
        store: Where the pictures are.
        log: Gets the findings.
        workers: Threads.
    """

    def __init__(
        self, columns: SetColumns, store: ImageStore, log: FindingLog, *, workers: int
    ) -> None:
        self._columns, self._store, self._log, self._workers = columns, store, log, workers

    def __call__(self, rows: np.ndarray) -> int:
        """Check the pictures of these rows, and return how many different ones there are."""
        first = np.unique(self._columns.hashes[rows], return_index=True)[1]
        rows = rows[np.sort(first)]
        contents = np.zeros(len(rows), np.int64)
        read = np.zeros(len(rows), bool)
        with tqdm(
            total=len(rows), desc="pictures", unit=" pictures", delay=1.0, leave=False
        ) as bar:
            for piece in self._in_order(rows):
                for at, faults, content in piece:
                    self._report(int(rows[at]), faults)
                    if content is not None:
                        contents[at], read[at] = content, True
                bar.update(len(piece))
        self._compare(rows[read], contents[read])
        return len(rows)

    def _in_order(self, rows: np.ndarray) -> Iterator[Piece]:
        """Yield the results piece by piece; only a few pieces are under way at any time."""
        executor = ThreadPoolExecutor(self._workers)
        pending: deque[Future[Piece]] = deque()
        try:
            for start in range(0, len(rows), _PIECE):
                names = [self._columns.path(int(row)) for row in rows[start : start + _PIECE]]
                pending.append(executor.submit(self._check, start, names))
                if len(pending) >= _AHEAD * self._workers:
                    yield pending.popleft().result()
            while pending:
                yield pending.popleft().result()
        finally:
            executor.shutdown(cancel_futures=True)

    def _check(self, start: int, names: list[str]) -> Piece:
        piece: Piece = []
        for at, name in enumerate(names, start):
            report = check_picture(self._store, name)
            content = None if report.content is None else _digest(report.content)
            piece.append((at, report.faults, content))
        return piece

    def _report(self, row: int, faults: Iterable[tuple[FindingKind, str]]) -> None:
        for kind, detail in faults:
            self._log.add_row(kind, self._columns, row, detail)

    def _compare(self, rows: np.ndarray, contents: np.ndarray) -> None:
        """Find equal pictures under different names."""
        columns = self._columns
        order = np.argsort(contents, kind="stable")
        for at in np.flatnonzero(contents[order][1:] == contents[order][:-1]):
            first, second = int(rows[order[at]]), int(rows[order[at + 1]])
            ids = columns.person_ids[first], columns.person_ids[second]
            if self._group(first) != self._group(second):
                kind = SAME_IN_TWO_SPLITS
            elif ids[0] != ids[1] and NO_NUMBER not in ids:
                kind = SAME_FOR_TWO_IDENTITIES
            else:
                kind = SAME_TWICE
            self._log.add_row(kind, columns, second, f"the same as {columns.path(first)}")

    def _group(self, row: int) -> str:
        code = int(self._columns.split_codes[row])
        split = self._columns.splits[code] if code >= 0 else ""
        return "test" if split in ("query", "gallery") else split


def _digest(content: bytes) -> int:
    digest = hashlib.blake2b(content, digest_size=8).digest()
    return int.from_bytes(digest, "little", signed=True)
