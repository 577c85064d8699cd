"""AttributeMetric: how well binary attributes of people are recognised."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from plipdet.errors import InputError, near
from plipdet.functional.attribute_rates import (
    AttributeTable,
    Calibration,
    attribute_table,
    calibration,
    instance_rates,
)
from plipdet.registry import METRICS

_COLUMNS = {
    "TPR": "true_positive_rate",
    "TNR": "true_negative_rate",
    "mA": "mean_accuracy",
    "precision": "precision",
    "F1": "f1",
    "AUC": "auc",
    "AP": "average_precision",
}


@METRICS.register_module()
class AttributeMetric:
    """Label-based mA; instance-based accuracy, precision, recall and F1; and what needs no border.

    Labels that are unknown are in no count. An attribute without a positive, or without a
    negative, has no mA: it is left out of the mean and named in ``left_out``. A picture without
    any label "yes" is left out of the instance-based rates.

    Args:
        attributes: Names to measure, in this order; ``None`` for all that the data have.
        threshold: Probability above which an attribute is predicted, 0..1.
        bins: Of equal width, for the calibration.

    Raises:
        InputError: If no attribute is named, one twice, or a number is out of its range.
    """

    def __init__(
        self,
        attributes: Sequence[str] | None = None,
        *,
        threshold: float = 0.5,
        bins: int = 15,
    ) -> None:
        if isinstance(attributes, str):
            attributes = (attributes,)
        if attributes is not None and len(set(attributes)) < max(1, len(attributes)):
            raise InputError(
                f"attributes = {list(attributes)} of AttributeMetric; name each once, or give "
                "None for all"
            )
        if not 0 <= threshold <= 1 or bins < 1:
            raise InputError(
                f"threshold = {threshold}, bins = {bins} of AttributeMetric; expected 0 to 1, and "
                "1 or more"
            )
        self.attributes = None if attributes is None else tuple(attributes)
        self.threshold = threshold
        self.bins = bins

    def evaluate(
        self, probabilities: np.ndarray, labels: np.ndarray, *, names: Sequence[str]
    ) -> dict[str, Any]:
        """Return the rates in percent, counts and tables.

        Args:
            probabilities: 0..1, shape (N, A).
            labels: 1 yes, 0 no, -1 unknown, shape (N, A).
            names: Of the A attributes.

        Returns:
            ``mA``, ``accuracy``, ``precision``, ``recall``, ``F1``; ``AUC`` and ``AP``, means
            over the attributes that have one; ``chance_mA`` and ``chance_AP``; ``ECE`` and
            ``Brier``, 0..1; ``pictures``, ``pictures_without_positive``,
            ``attributes_measured``; the lists ``attributes`` (a row for each), ``left_out`` (why
            one has no mA) and ``reliability`` (a row for each bin).

        Raises:
            InputError: If a name is not among ``names``, a probability is not a number, or no
                attribute has both positives and negatives.
        """
        columns = self._columns(names)
        names = [names[c] for c in columns]
        probabilities = np.asarray(probabilities, np.float64)[:, columns]
        labels = np.asarray(labels)[:, columns]
        table = attribute_table(probabilities, labels, threshold=self.threshold)
        measured = ~np.isnan(table.mean_accuracy)
        if not measured.any():
            raise InputError(
                f"none of {len(names)} attributes has both positives and negatives among "
                f"{len(labels)} pictures, so there is no mA; take more data"
            )
        rates = instance_rates(probabilities, labels, threshold=self.threshold)
        trust = calibration(probabilities, labels, bins=self.bins)
        known = table.positives + table.negatives
        has_ap = table.positives > 0
        chance_ap = (table.positives / np.maximum(known, 1))[has_ap].mean()
        return {
            "mA": 100 * float(table.mean_accuracy[measured].mean()),
            "accuracy": 100 * rates.accuracy,
            "precision": 100 * rates.precision,
            "recall": 100 * rates.recall,
            "F1": 100 * rates.f1,
            "AUC": 100 * float(table.auc[measured].mean()),
            "AP": 100 * float(table.average_precision[has_ap].mean()),
            "chance_mA": 50.0,
            "chance_AP": 100 * float(chance_ap),
            "ECE": trust.expected_error,
            "Brier": trust.brier,
            "pictures": len(labels),
            "pictures_without_positive": len(labels) - rates.pictures,
            "attributes_measured": int(measured.sum()),
            "left_out": _left_out(table, names),
            "attributes": _rows(table, names),
            "reliability": _bins(trust),
        }

    def text(self, result: Mapping[str, Any]) -> str:
        """Return the rows of :meth:`evaluate` as lines to read, best mA first."""
        rows = sorted(result["attributes"], key=lambda row: (row["mA"] is None, -(row["mA"] or 0)))
        width = max(9, *(len(row["name"]) for row in rows))
        head = f"{'attribute':{width}} {'yes':>6} {'no':>6} " + " ".join(
            f"{c:>9}" for c in _COLUMNS
        )
        lines = [head]
        for row in rows:
            cells = (f"{'-':>9}" if row[c] is None else f"{row[c]:9.2f}" for c in _COLUMNS)
            counts = f"{row['positives']:6d} {row['negatives']:6d}"
            lines.append(f"{row['name']:{width}} {counts} " + " ".join(cells))
        return "\n".join(lines)

    def protocol(self) -> dict[str, Any]:
        """Return the rules in words, to be written beside the result."""
        subset = "all of the data" if self.attributes is None else list(self.attributes)
        return {
            "attributes": subset,
            "threshold": self.threshold,
            "unknown_labels": "in no count",
            "mA_rule": "attributes without positives or without negatives left out",
            "instance_rule": (
                "pictures without positive labels left out; precision 0 without predictions; F1 "
                "of the mean precision and the mean recall"
            ),
        }

    def _columns(self, names: Sequence[str]) -> list[int]:
        if self.attributes is None:
            return list(range(len(names)))
        places = {name: place for place, name in enumerate(names)}
        for name in self.attributes:
            if name not in places:
                raise InputError(
                    f"AttributeMetric measures {name!r}, which the data do not have"
                    f"{near(name, names)}; they have {list(names)}"
                )
        return [places[name] for name in self.attributes]


def _left_out(table: AttributeTable, names: Sequence[str]) -> list[str]:
    found = []
    for name, yes, no in zip(names, table.positives, table.negatives, strict=True):
        if not yes and not no:
            found.append(f"{name}: unknown everywhere")
        elif not yes or not no:
            found.append(f"{name}: never {'negative' if yes else 'positive'}")
    return found


def _rows(table: AttributeTable, names: Sequence[str]) -> list[dict[str, Any]]:
    found = []
    for a, name in enumerate(names):
        counts = {"positives": int(table.positives[a]), "negatives": int(table.negatives[a])}
        rates = {column: _number(100 * getattr(table, of)[a]) for column, of in _COLUMNS.items()}
        found.append({"name": name, **counts, **rates})
    return found


def _bins(trust: Calibration) -> list[dict[str, Any]]:
    bins = len(trust.counts)
    return [
        {
            "from": b / bins,
            "to": (b + 1) / bins,
            "labels": int(trust.counts[b]),
            "mean_probability": _number(trust.mean_probability[b]),
            "positive_share": _number(trust.positive_share[b]),
        }
        for b in range(bins)
    ]


def _number(value: float) -> float | None:
    """Return what JSON can say: it has no NaN."""
    return None if np.isnan(value) else float(value)
