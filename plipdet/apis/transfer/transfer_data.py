"""find_data: which of the public data sets lie in a folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from plipdet.errors import InputError

from .transfer_tasks import TASKS, DataSet


def find_data(
    root: str | Path, tasks: Sequence[str], *, sets: Sequence[str] | None = None
) -> dict[str, dict[str, str]]:
    """Return the fingerprint of each data set that lies in a folder, by task and name.

    Nothing is read but what tells that a data set is there.

    Args:
        root: A data set's own folder, or the folder that holds several.
        tasks: Of :data:`TASKS`; those for which there are no data are left out.
        sets: Names of the data sets to look for; ``None`` for all.

    Raises:
        InputError: If there is no such folder, or none of the tasks has data in it.
    """
    root = Path(root)
    if not root.is_dir():
        state = "is a file" if root.is_file() else "does not exist"
        raise InputError(f"--data {root} {state}; name the folder that holds the data sets")
    wanted = _wanted(tasks, sets)
    if not wanted:
        raise InputError(f"none of {list(sets or ())} is of the tasks {', '.join(tasks)}")
    found: dict[str, dict[str, str]] = {}
    for task, data in wanted:
        fingerprint = _fingerprint(data, root)
        if fingerprint is not None:
            found.setdefault(task, {})[data.name] = fingerprint
    if not found:
        names = dict.fromkeys(f"{d.name} ({d.source.folder_names[0]}/)" for _, d in wanted)
        raise InputError(
            f"--data {root} holds none of the data sets of {', '.join(tasks)}: "
            f"{', '.join(names)}. docs/data/sources.md draws their layouts; a synthetic set of "
            "the same layouts is made by python tools/data/render_minipedes.py --out DIR"
        )
    return found


def absent_data(
    found: Mapping[str, Mapping[str, str]],
    tasks: Sequence[str],
    *,
    sets: Sequence[str] | None = None,
) -> list[str]:
    """Return the names of data sets that :func:`find_data` looked for in vain, each once."""
    absent = (d.name for task, d in _wanted(tasks, sets) if d.name not in found.get(task, {}))
    return list(dict.fromkeys(absent))


def _wanted(tasks: Sequence[str], sets: Sequence[str] | None) -> list[tuple[str, DataSet]]:
    every = [(task, data) for task in TASKS if task in tasks for data in TASKS[task].data]
    return [(task, data) for task, data in every if sets is None or data.name in sets]


def _fingerprint(data: DataSet, root: Path) -> str | None:
    try:
        source = data.source(root, **data.options)
        return source.fingerprint(source.folder())
    except InputError:
        return None
