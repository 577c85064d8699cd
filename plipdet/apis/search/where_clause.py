"""where_sql: a condition in the user's words as one that the store understands."""

from __future__ import annotations

import math
import re

from plipdet.errors import InputError, near

_NAMES = ("camera", "time", "path", "label", "score")
_CONDITION = re.compile(
    r"""\s*(?P<name>\w+)\s*(?P<op><=|>=|!=|==|=|<|>|~)\s*
    (?P<value>"[^"]*"|'[^']*'|[^\s'"](?:.*?\S)??)
    (?:\s+(?P<more>and)(?=\s|$)|\s*$)""",
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
_OR = re.compile(r"\sor\s", re.IGNORECASE)
_EXAMPLE = "camera = lobby and time >= 12.5 and label = hat and path ~ entrance"
_QUOTES = 'a value with " and ", " or " or a quote at its start goes in quotes'
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
    conditions: list[str] = []
    rest = where
    while True:
        found = _CONDITION.match(rest)
        if found is None:
            shown = rest.strip() or "what is to follow 'and'" if conditions else where.strip()
            raise InputError(
                f"--where does not understand {shown!r}; write it like: {_EXAMPLE}; {_QUOTES}"
            )
        conditions.append(_condition(found["name"].lower(), found["op"], found["value"]))
        if not found["more"]:
            return " AND ".join(conditions)
        rest = rest[found.end() :]


def sql_text(value: str) -> str:
    """Return a text as SQL."""
    return "'" + value.replace("'", "''") + "'"


def _condition(name: str, op: str, value: str) -> str:
    op = op.replace("==", "=")
    if name not in _NAMES:
        hint = near(name, _NAMES)
        raise InputError(f"--where knows no {name!r}{hint}; it knows {', '.join(_NAMES)}")
    if value[0] in "'\"":
        value = value[1:-1]
    elif _OR.search(value):
        raise InputError(f"--where joins conditions by 'and' only, not {value!r}; {_QUOTES}")
    if name in ("time", "score"):
        return _number(name, op, value)
    if op not in ("=", "!=", *(("~",) if name == "path" else ())):
        raise InputError(f"--where cannot compare {name} by {op!r}; write it like: {_EXAMPLE}")
    if op == "~":
        if not value:
            raise InputError("--where asks for a path with nothing in it; write path ~ PART")
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
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise InputError(f"--where {name} {op} {value!r}: expected a number")
    if name == "time":
        name = "began" if op.startswith("<") else "ended"
    return f"{name} {op} {number!r}"
