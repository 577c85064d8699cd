"""The doctor: checks of a data set before training, lenient where its reader is strict."""

from .examine import ALL, NONE, Examination, describe, examine
from .finding_kind import FINDING_KINDS, FindingKind, Severity
from .finding_log import Finding, FindingLog
from .known_sets import KNOWN_SETS
from .set_facts import SetFacts, Totals

__all__ = [
    "ALL",
    "FINDING_KINDS",
    "KNOWN_SETS",
    "NONE",
    "Examination",
    "Finding",
    "FindingKind",
    "FindingLog",
    "SetFacts",
    "Severity",
    "Totals",
    "describe",
    "examine",
]
