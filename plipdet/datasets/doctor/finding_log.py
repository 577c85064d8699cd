"""FindingLog: findings of a data set, equal ones together."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .entry import Entry
from .finding_kind import FindingKind, Severity
from .set_columns import SetColumns

_SHOWN = 3  # examples of a kind that are kept
_LENGTH = 400  # characters of an example that are kept


@dataclass(slots=True)
class Finding:
    """All cases of one kind."""

    kind: FindingKind
    count: int = 0
    examples: list[dict[str, Any]] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """Return the finding for a JSON report."""
        return {
            "code": self.kind.code,
            "severity": self.kind.severity.name.lower(),
            "count": self.count,
            "what": self.kind.what,
            "fix": self.kind.fix,
            "examples": self.examples,
        }


class FindingLog:
    """Counts findings by kind and keeps the first few cases of each.

    Args:
        ignored: Codes that are left out.
    """

    def __init__(self, ignored: Collection[str] = ()) -> None:
        self.errors = 0
        """Cases of severity error so far."""
        self._ignored = frozenset(ignored)
        self._found: dict[str, Finding] = {}

    def add(
        self,
        kind: FindingKind,
        detail: str = "",
        *,
        record: int | None = None,
        file: str | None = None,
        count: int = 1,
    ) -> None:
        """Count a case.

        Args:
            kind: What it is.
            detail: What is special about this case; empty when the kind says it all.
            record: Index of the record in the annotation, from 0.
            file: The picture or file meant.
            count: How many cases there are of which this is the first.
        """
        if kind.severity is Severity.ERROR:
            self.errors += count
        if kind.code in self._ignored:
            return
        finding = self._found.get(kind.code)
        if finding is None:
            finding = self._found[kind.code] = Finding(kind)
        finding.count += count
        if len(finding.examples) < _SHOWN:
            example = {"record": record, "file": file, "detail": detail or None}
            finding.examples.append({k: _printable(v) for k, v in example.items() if v is not None})

    def add_entry(self, kind: FindingKind, entry: Entry, detail: str = "") -> None:
        """Count a case that an entry shows."""
        self.add(kind, detail, record=entry.record, file=entry.image)

    def add_row(
        self, kind: FindingKind, columns: SetColumns, row: int | np.integer, detail: str = ""
    ) -> None:
        """Count a case that a row of the columns shows."""
        self.add(kind, detail, record=int(columns.records[row]), file=columns.path(int(row)))

    def has(self, *kinds: FindingKind) -> bool:
        """Return whether any of these was found."""
        return any(kind.code in self._found for kind in kinds)

    def findings(self) -> list[Finding]:
        """Return what was found, the worst first, else in the order it was found."""
        return sorted(self._found.values(), key=lambda finding: -finding.kind.severity)

    def counts(self) -> dict[Severity, int]:
        """Return the number of kinds found of each severity."""
        found = [finding.kind.severity for finding in self._found.values()]
        return {severity: found.count(severity) for severity in reversed(Severity)}


def shown(value: object) -> str:
    """Return a value of an annotation as short JSON."""
    text = json.dumps(value, default=str)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _printable(value: Any) -> Any:
    """Return an example's field as any terminal and JSON reader can take it."""
    if not isinstance(value, str):
        return value
    text = value.encode(errors="backslashreplace").decode()
    text = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
    return text if len(text) <= _LENGTH else f"{text[: _LENGTH - 3]}..."
