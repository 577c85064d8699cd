"""Arrow files that are mapped into memory, and that are known to be whole when they are opened."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa

from plipdet.errors import InputError
from plipdet.whole_file import whole_file

_STAMP = b"plipdet.stamp"


def write_arrow_file(
    path: str | Path, schema: pa.Schema, batches: Iterable[pa.RecordBatch], *, kind: str
) -> None:
    """Write an Arrow IPC file, whole or not at all, with a stamp that says what is in it.

    The stamp is the metadata of one more batch, which has no rows, so that any Arrow reader reads
    the file.

    Args:
        path: Target file; it appears only when complete (temporary file, fsync, rename).
        schema: Columns and metadata.
        batches: The rows, written as they come.
        kind: What the file is and the version of its layout; :func:`open_arrow_file` asks for it.
    """
    rows = 0
    with whole_file(path) as file, pa.ipc.new_file(file, schema) as writer:
        for batch in batches:
            writer.write_batch(batch)
            rows += len(batch)
        stamp = {_STAMP: json.dumps({"kind": kind, "rows": rows}).encode()}
        writer.write_batch(pa.RecordBatch.from_pylist([], schema), custom_metadata=stamp)


def open_arrow_file(path: str | Path, *, kind: str) -> pa.Table:
    """Map a file of :func:`write_arrow_file` into memory after a check that costs no reading.

    Checked are the stamp, the number of rows, both copies of the schema, and that the buffers of
    each batch fit together; not the bytes of the values, which nobody reads for it.

    Raises:
        InputError: If the file is missing, cut short, damaged or of another kind.
    """
    try:
        found = _read(path, kind)
    except (pa.ArrowException, OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        if isinstance(error, FileNotFoundError):
            problem = "is not there"
        else:
            words = str(error).strip().splitlines() or [type(error).__name__]
            problem = f"is not a whole {kind} ({words[0].rstrip('.')})"
        raise InputError(f"{path} {problem}; delete it to have it built again") from error
    return found


def _read(path: str | Path, kind: str) -> pa.Table:
    source = pa.memory_map(str(path), "r")
    reader = pa.ipc.open_file(source)
    schema = reader.schema
    count = reader.num_record_batches
    if not count:
        raise ValueError("it has no stamp")
    stamp = _stamp(reader, count - 1)
    if stamp["kind"] != kind:
        raise ValueError(f"it is a {stamp['kind']}")
    source.seek(8)  # behind the magic word; the footer's copy could be damaged unseen
    if not schema.equals(pa.ipc.read_schema(pa.ipc.read_message(source)), check_metadata=True):
        raise ValueError("its schemas differ")
    batches = [reader.get_batch(k) for k in range(count - 1)]
    for batch in batches:
        batch.validate()
    rows = sum(map(len, batches))
    if rows != stamp["rows"]:
        raise ValueError(f"it has {rows} rows of {stamp['rows']}")
    return pa.Table.from_batches(batches, schema)


def _stamp(reader: pa.ipc.RecordBatchFileReader, batch: int) -> dict[str, object]:
    _, metadata = reader.get_batch_with_custom_metadata(batch)
    if metadata is None or _STAMP not in metadata:
        raise ValueError("it has no stamp: it is cut short, or of another version")
    stamp = json.loads(metadata[_STAMP])
    if not isinstance(stamp, dict):
        raise ValueError("its stamp is damaged")
    return stamp
