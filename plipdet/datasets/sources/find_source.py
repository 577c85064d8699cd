"""find_source: a reader by the name that a command line gives."""

from __future__ import annotations

from plipdet.errors import InputError, near
from plipdet.registry import SOURCES

from .person_source import PersonSource


def find_source(name: str) -> type[PersonSource]:
    """Return the reader of a class name or short name, such as SynthPedes or synth_pedes.

    Raises:
        InputError: If there is none; the message suggests the nearest.
    """
    SOURCES.import_from_location()
    known: dict[str, type[PersonSource]] = SOURCES.module_dict
    for class_name, source in known.items():
        if name in (class_name, source.name):
            return source
    both = [n for class_name, source in known.items() for n in (class_name, source.name)]
    hint = near(name, both) or near(name.lower().replace("-", "_"), both)
    raise InputError(f"no source is called {name!r}{hint}; one of {', '.join(both)}")
