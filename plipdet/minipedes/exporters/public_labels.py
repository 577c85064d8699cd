"""What MiniPedes's labels are called by data sets of attributes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from plipdet.errors import InputError
from plipdet.minipedes.attributes import ATTRIBUTE_NAMES
from plipdet.minipedes.exporters.crop_record import CropRecord


@dataclass(frozen=True)
class Rule:
    """When a public attribute holds: one of some of ours does, and none of others.

    Args:
        any_of: Ours, of ``ATTRIBUTE_NAMES``; empty if only ``none_of`` counts.
        none_of: Ours that rule it out.
    """

    any_of: tuple[str, ...] = ()
    none_of: tuple[str, ...] = ()


def any_of(*names: str) -> Rule:
    """Return the rule that one of these holds."""
    return Rule(any_of=names)


def none_of(*names: str) -> Rule:
    """Return the rule that none of these holds."""
    return Rule(none_of=names)


def public_labels(
    records: Sequence[CropRecord], names: Sequence[str], rules: Mapping[str, Rule]
) -> np.ndarray:
    """Return the labels of pictures as a public set has them, uint8, shape (pictures, names).

    Args:
        records: The pictures.
        names: Public names in the order of the columns.
        rules: When a name holds; it is 0 for all where there is no rule, as MiniPedes has no such
            thing.

    Raises:
        InputError: If the pictures have no labels.
    """
    unlabelled = next((r for r in records if len(r.attribute_labels) != len(ATTRIBUTE_NAMES)), None)
    if unlabelled is not None:
        raise InputError(
            f"{unlabelled.image} has no attribute labels; layouts of attributes need them: leave "
            "these layouts out"
        )
    ours = np.array([record.attribute_labels for record in records]) == 1  # (pictures, ours)
    found = np.zeros((len(records), len(names)), np.uint8)
    for column, name in enumerate(names):
        if name in rules:
            found[:, column] = _holds(ours, rules[name])
    return found


def _holds(ours: np.ndarray, rule: Rule) -> np.ndarray:
    """Return for which pictures a rule holds, bool, shape (pictures,)."""
    excluded = _one_of(ours, rule.none_of)
    return ~excluded & _one_of(ours, rule.any_of) if rule.any_of else ~excluded


def _one_of(ours: np.ndarray, names: tuple[str, ...]) -> np.ndarray:
    """Return for which pictures one of our attributes holds, bool, shape (pictures,)."""
    columns = [ATTRIBUTE_NAMES.index(name) for name in names]
    return np.any(ours[:, columns], axis=1)
