"""where_instead: what else a folder is in which a data set was not found."""

from __future__ import annotations

from plipdet.datasets.sources.find_source import find_source
from plipdet.datasets.sources.person_source import PersonSource
from plipdet.errors import InputError

from .known_sets import KNOWN_SETS

_ABOVE = 3  # folders above the one that was named


def where_instead(source: PersonSource) -> str:
    """Return that the data set lies above its root, or which other one is there; else nothing.

    Args:
        source: A reader whose data set is not in its root.
    """
    for folder in source.root.absolute().parents[:_ABOVE]:
        if source.annotation(folder) is not None:
            return f"it is above, in {folder}: name that one"
    for name in KNOWN_SETS:
        other = find_source(name)
        if not isinstance(source, other):
            try:
                folder = other(source.root).folder()
            except InputError:
                continue
            return f"{folder} is for the reader {other.__name__}"
    return ""
