"""PersonStore: found people on disk, with the place where indexing stopped."""

from __future__ import annotations

import json
import warnings
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from plipdet.errors import InputError
from plipdet.whole_file import whole_file

from .found_person import FoundPerson
from .store_errors import store_errors
from .store_facts import FACTS, store_facts
from .store_schema import FILES, FileRecord, people_schema, people_table, person_of
from .where_clause import sql_text, where_sql
from .writer_lock import WriterLock

_KEPT_VERSIONS = timedelta(hours=1)  # for readers that began before
_PROBED = 0.05  # share of the index's cells
_LEAST_PROBES = 20
_SAMPLES = 64  # vectors that train a cell of the index; its quality hardly gains from more
_ITERATIONS = 20
# So many times as many as asked for are compared exactly; 20 hid a fifth under conditions.
_REFINED, _LEAST_REFINED, _MOST_EXACT = 100, 10, 20_000
_MOST = 1_000_000  # results
_PATHS_AT_A_TIME = 500
_SHOWN = [  # all but the embedding
    field.name for field in people_schema(1) if field.name not in ("embedding", "score")
]


class Hit(NamedTuple):
    """A person that a search found.

    Attributes:
        id: Number in the store.
        similarity: Cosine to what was asked for, -1..1.
        person: Without the embedding.
    """

    id: int
    similarity: float
    person: FoundPerson


class PersonStore:
    """A folder with a table of people and a table of files (LanceDB), for one embedding model.

    A commit writes the people first and then the files' records, which hold the commit's number.
    People of a commit that no file knows were written by a process that died in between: a writer
    that opens the store removes them, a reader leaves them out. A walk that goes on at a commit is
    written as it is, and replaced at the next one.

    Args:
        folder: The store.
        fingerprint: Of the model, see :func:`model_fingerprint`; ``None`` opens any store.
        width: D of a new store.
        write: Whether to make the store if there is none, and to hold it against other writers.
        exact_below: Up to so many people the search compares with every one; above, an index of
            product-quantised embeddings is used, and the best are compared exactly.

    Raises:
        InputError: If LanceDB is not installed, there is no such store, it is of another model,
            or another process writes to it.
    """

    def __init__(
        self,
        folder: str | Path,
        *,
        fingerprint: str | None = None,
        width: int | None = None,
        write: bool = False,
        exact_below: int = 50_000,
    ) -> None:
        lancedb = _lancedb()
        self.folder = Path(folder).absolute()
        self.exact_below = exact_below
        self._lock: WriterLock | None = None
        facts = store_facts(self.folder, write, fingerprint, width)
        if write:
            with store_errors(self.folder):
                self._lock = WriterLock(self.folder / "writer.lock")
            facts = store_facts(self.folder, write, fingerprint, width)
            with whole_file(self.folder / FACTS) as file:
                file.write(json.dumps(facts, indent=2).encode())
        self.width: int = facts["width"]
        self.fingerprint: str = facts["fingerprint"]
        try:
            with store_errors(self.folder):
                database = lancedb.connect(str(self.folder))
                self._people = self._table(database, "people", people_schema(self.width))
                if "files" not in database.list_tables().tables and self._people.count_rows():
                    raise InputError(f"{self.folder} is damaged: it lacks the table 'files'")
                self._files = self._table(database, "files", FILES)
                self._commit = self._last_commit()
                if write:
                    self._recover()
                self._stray = self._people.count_rows(f"commit > {self._commit}")
        except BaseException:
            self.close()
            raise

    # --- what is there ------------------------------------------------------------------------

    def __len__(self) -> int:
        with store_errors(self.folder):
            return int(self._people.count_rows(f"commit <= {self._commit}"))

    def files(self) -> dict[str, FileRecord]:
        """Return how far each file is indexed, by its path."""
        newest: dict[str, dict[str, Any]] = {}
        with store_errors(self.folder):
            rows = self._files.search().to_arrow().to_pylist()
        for row in rows:
            known = newest.get(row["path"])
            if known is None or known["commit"] <= row["commit"]:
                newest[row["path"]] = row
        return {path: FileRecord.of(row) for path, row in sorted(newest.items())}

    def walks_of(self, path: str) -> list[FoundPerson]:
        """Return the walks of a video that are not over, with their embeddings."""
        asked = self._people.search().where(f"path = {sql_text(path)} AND walking")
        with store_errors(self.folder):
            return [person_of(row) for row in asked.to_arrow().to_pylist()]

    def search(
        self,
        embedding: np.ndarray,
        *,
        limit: int = 20,
        where: str | None = None,
        exact: bool = False,
    ) -> list[Hit]:
        """Return the people most alike to an embedding, best first.

        Args:
            embedding: Of unit length, shape (D,).
            limit: How many.
            where: Conditions, see :func:`where_sql`.
            exact: Whether to compare with every person, index or not.

        Raises:
            InputError: If the conditions cannot be read.
        """
        if not isinstance(limit, int) or not 1 <= limit <= _MOST:
            raise InputError(f"limit is {limit}; expected a whole number of 1 to {_MOST:,}")
        conditions = [where_sql(where)] if where is not None and where.strip() else []
        if self._stray:
            conditions.append(f"commit <= {self._commit}")
        asked = self._people.search(np.asarray(embedding, np.float32), "embedding")
        asked = asked.distance_type("cosine").select([*_SHOWN, "_distance"]).limit(limit)
        if conditions:
            asked = asked.where(" AND ".join(conditions), prefilter=True)
        if exact:
            asked = asked.bypass_vector_index()
        else:  # and more cells where conditions leave too few
            asked = asked.minimum_nprobes(self._probes()).maximum_nprobes(0)
        with store_errors(self.folder):
            rows = asked.refine_factor(_refined(limit)).to_arrow().to_pylist()
        return [Hit(row["id"], 1 - row["_distance"], person_of(row)) for row in _once(rows)]

    def disk_bytes(self) -> int:
        """Return how much room the store takes."""
        return sum(f.stat().st_size for f in self.folder.rglob("*") if f.is_file())

    # --- writing ------------------------------------------------------------------------------

    def add(self, people: Sequence[FoundPerson], files: Sequence[FileRecord]) -> None:
        """Commit people together with how far their files are then indexed.

        Args:
            people: New ones, and all walks of these files that are not over.
            files: Each with people in it.

        Raises:
            InputError: If the disk is full; what was committed before stays.
        """
        self._check_writer()
        number = self._commit + 1
        with store_errors(self.folder):
            if people:
                self._people.add(people_table(people, number, width=self.width))
            self._files.add(pa.Table.from_pylist([f.row(number) for f in files], FILES))
            self._commit = number
            self._remove_old_walks([file.path for file in files], number)

    def remove(self, paths: Sequence[str]) -> None:
        """Forget files with all their people."""
        self._check_writer()
        if paths:
            names = ", ".join(map(sql_text, paths))
            with store_errors(self.folder):
                self._people.delete(f"path IN ({names})")  # first: the other is the memory of it
                self._files.delete(f"path IN ({names})")

    def name_camera(self, paths: Sequence[str], camera: str) -> None:
        """Call the camera of files otherwise, and of the people in them."""
        self._check_writer()
        for first in range(0, len(paths), _PATHS_AT_A_TIME):
            names = ", ".join(map(sql_text, paths[first : first + _PATHS_AT_A_TIME]))
            with store_errors(self.folder):
                for table in (self._people, self._files):  # people first: the other remembers it
                    table.update(where=f"path IN ({names})", values={"camera": camera})

    def forget(self, paths: Sequence[str]) -> int:
        """Remove files with all their people, and write all others anew.

        Searches that began before may fail.

        Returns:
            How many people were removed.
        """
        self._check_writer()
        before = len(self)
        others = f"path NOT IN ({', '.join(map(sql_text, paths))})"
        indexed = bool(self._people.list_indices())
        with store_errors(self.folder):
            for table in (self._people, self._files):  # what a deletion leaves is on the disk still
                table.add(table.search().where(others).to_batches(), mode="overwrite")
                with warnings.catch_warnings():  # that searches begun before may fail
                    warnings.simplefilter("ignore", UserWarning)
                    table.optimize(cleanup_older_than=timedelta(0), delete_unverified=True)
            if indexed:
                self.build_index()
        return before - len(self)

    def settle(self) -> None:
        """Join small files of many commits and, with many people, make or extend the index."""
        self._check_writer()
        with store_errors(self.folder):
            for table in (self._people, self._files):
                table.optimize(cleanup_older_than=_KEPT_VERSIONS)
            indexed = {index.name for index in self._people.list_indices()}
            if not indexed and len(self) >= self.exact_below:
                self.build_index()

    def build_index(self) -> None:
        """Make the indices anew, of embeddings and of what conditions ask for."""
        from lancedb.index import Bitmap, BTree, IvfPq

        self._check_writer()
        parts = next(w for w in (8, 4, 2, 1) if self.width % w == 0)
        config = IvfPq(
            distance_type="cosine",
            num_sub_vectors=self.width // parts,
            max_iterations=_ITERATIONS,
            sample_rate=_SAMPLES,
        )
        with store_errors(self.folder):
            self._people.create_index("embedding", config=config)
            self._people.create_index("camera", config=Bitmap())
            for column in ("began", "ended", "path", "commit"):
                self._people.create_index(column, config=BTree())

    def close(self) -> None:
        """Let others write."""
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def __enter__(self) -> PersonStore:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.close()

    def _check_writer(self) -> None:
        assert self._lock is not None, "a store that was opened with write=True"

    def _table(self, database: Any, name: str, schema: Any) -> Any:
        if name in database.list_tables().tables:
            return database.open_table(name)
        if self._lock is None:
            raise InputError(f"{self.folder} is no whole store: it lacks the table {name!r}")
        return database.create_table(name, schema=schema)

    def _last_commit(self) -> int:
        numbers = self._files.search().select(["commit"]).to_arrow().column("commit")
        return max(numbers.to_pylist(), default=0)

    def _recover(self) -> None:
        """Remove what a writer that died had begun to write."""
        if self._people.count_rows(f"commit > {self._commit}"):
            self._people.delete(f"commit > {self._commit}")
        walking = self._people.search().where("walking").select(["path"]).to_arrow()
        for path in set(walking.column("path").to_pylist()):
            rows = self._files.search().where(f"path = {sql_text(path)}").to_arrow()
            self._remove_old_walks([path], max(rows.column("commit").to_pylist(), default=0))

    def _remove_old_walks(self, paths: Sequence[str], commit: int) -> None:
        """Remove walks as they were at an earlier commit of their videos."""
        names = ", ".join(map(sql_text, paths))
        old = f"walking AND commit < {commit} AND path IN ({names})"
        if self._people.count_rows(old):
            self._people.delete(old)

    def _probes(self) -> int:
        """Return how many cells of the index to look into, of about sqrt(N)."""
        return max(_LEAST_PROBES, round(_PROBED * self._people.count_rows() ** 0.5))


def _refined(limit: int) -> int:
    """Return how many times as many as asked for are compared exactly."""
    return min(_REFINED, max(_LEAST_REFINED, _MOST_EXACT // limit))


def _once(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Leave out a walk as it was before, which a reader may see while a writer replaces it."""
    newest: dict[tuple[str, int], int] = {}
    for row in rows:
        if row["track"] is not None:
            key = (row["path"], row["track"])
            newest[key] = max(newest.get(key, 0), row["commit"])
    return [
        row
        for row in rows
        if row["track"] is None or row["commit"] == newest[row["path"], row["track"]]
    ]


def _lancedb() -> Any:
    try:
        import lancedb
    except ImportError as error:
        raise InputError(
            "a store of people needs LanceDB; pip install 'plipdet[search]'"
        ) from error
    return lancedb
