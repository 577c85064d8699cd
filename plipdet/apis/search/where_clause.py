"""where_sql: a condition in the user's words as one that the store understands."""

from __future__ import annotations

import re

from plipdet.errors import InputError, near

_NAMES = ("camera", "time", "path", "label", "score")
_CONDITION = re.compile(r"\s*(?P<name>\w+)\s*(?P<op><=|>=|!=|==|=|<|>|~)\s*(?P<value>.+?)\s*")
_EXAMPLE = "camera = lobby and time >= 12.5 and label = hat and path ~ entrance"
_ORDERS = ("<", "<=", ">", ">=")


def where_sql(where: str) -> str:
    """Return the SQL of conditions that are joined by "and".

    ======  =============  =====================================================================
    name    comparisons    meaning
    ======  =============  =====================================================================
    camera  = !=           as named at indexing
    time    < <= > >=      seconds from the start of a video; a walk is in the time where a part is
    path    = != ~         of the picture or video, whole; with ~ a part of it, in any case
    label   = !=           an attribute that the person has, or has not
    score   < <= > >=      how sure the detector is, 0..1
    ======  =============  =====================================================================

    Args:
        where: Such as ``camera = lobby and time >= 12.5``; values with " and " in them in quotes.

    Raises:
        InputError: If a name, a comparison or a value is not one of these.
    """
    parts = re.split(r"""\s+and\s+(?=(?:[^'"]|'[^']*'|"[^"]*")*$)""", where, flags=re.IGNORECASE)
    return " AND ".join(_condition(part) for part in parts)


def sql_text(value: str) -> str:
    """Return a text as SQL."""
    return "'" + value.replace("'", "''") + "'"


def _condition(text: str) -> str:
    found = _CONDITION.fullmatch(text)
    if found is None:
        raise InputError(f"--where does not understand {text.strip()!r}; write it like: {_EXAMPLE}")
    name, op, value = found["name"].lower(), found["op"].replace("==", "="), found["value"]
    if name not in _NAMES:
        hint = near(name, _NAMES)
        raise InputError(f"--where knows no {name!r}{hint}; it knows {', '.join(_NAMES)}")
    value = value[1:-1] if value[:1] in "'\"" and value[-1:] == value[:1] else value
    if name in ("time", "score"):
        return _number(name, op, value)
    if op not in ("=", "!=", *(("~",) if name == "path" else ())):
        raise InputError(f"--where cannot compare {name} by {op!r}; write it like: {_EXAMPLE}")
    if op == "~":
        return f"strpos(lower(path), {sql_text(value.lower())}) > 0"
    if name == "label":
        has = f"array_has(labels, {sql_text(value)})"
        return has if op == "=" else f"NOT {has}"
    if op == "!=":
        return f"({name} IS NULL OR {name} != {sql_text(value)})"
    return f"{name} = {sql_text(value)}"


def _number(name: str, op: str, value: str) -> str:
    if op not in _ORDERS:
        raise InputError(f"--where compares {name} by one of {' '.join(_ORDERS)}, not by {op!r}")
    try:
        number = float(value)
    except ValueError as error:
        raise InputError(f"--where {name} {op} {value!r}: expected a number") from error
    if name == "time":
        name = "began" if op.startswith("<") else "ended"
    return f"{name} {op} {number!r}"
