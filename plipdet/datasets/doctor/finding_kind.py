"""FindingKind: one fault the doctor knows, with a stable code and what to do about it."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Severity(enum.IntEnum):
    """How bad a finding is: an error stops or falsifies a run, a warning may."""

    NOTE = 0
    WARNING = 1
    ERROR = 2


@dataclass(frozen=True, slots=True)
class FindingKind:
    """A fault that a data set may have.

    Args:
        code: Stable name, in lower case with hyphens.
        severity: How bad it is.
        what: What is the matter, a clause.
        fix: What to do, one line.
    """

    code: str
    severity: Severity
    what: str
    fix: str


FINDING_KINDS: dict[str, FindingKind] = {}
"""Every kind by its code; the checks add theirs when they are imported."""


def error(code: str, what: str, fix: str) -> FindingKind:
    """Declare a fault that stops a run or makes its results wrong."""
    return _declare(code, Severity.ERROR, what, fix)


def warning(code: str, what: str, fix: str) -> FindingKind:
    """Declare a fault that a run survives and its results may not."""
    return _declare(code, Severity.WARNING, what, fix)


def note(code: str, what: str, fix: str) -> FindingKind:
    """Declare what is worth knowing and harms nothing."""
    return _declare(code, Severity.NOTE, what, fix)


def _declare(code: str, severity: Severity, what: str, fix: str) -> FindingKind:
    assert code not in FINDING_KINDS, f"two kinds of finding are called {code}"
    FINDING_KINDS[code] = FindingKind(code, severity, what, fix)
    return FINDING_KINDS[code]
