"""How well binary attributes are recognised: by attribute, and by picture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from plipdet.errors import InputError


@dataclass(slots=True, frozen=True)
class AttributeTable:
    """One row for each of A attributes; shares are 0..1, and NaN where nothing defines them.

    Args:
        positives: Labels "yes", int64, shape (A,).
        negatives: Labels "no", int64, shape (A,).
        true_positive_rate: Share of the positives that are predicted, shape (A,).
        true_negative_rate: Share of the negatives that are not predicted, shape (A,).
        mean_accuracy: Mean of the two rates, of an attribute that has both, shape (A,).
        precision: Share of the predicted that are positives, shape (A,).
        f1: Harmonic mean of precision and true positive rate, of an attribute with positives,
            shape (A,).
        auc: Area under the ROC curve, of an attribute with both, shape (A,).
        average_precision: Mean precision at each positive's score, not interpolated, of an
            attribute with positives, shape (A,).
    """

    positives: np.ndarray
    negatives: np.ndarray
    true_positive_rate: np.ndarray
    true_negative_rate: np.ndarray
    mean_accuracy: np.ndarray
    precision: np.ndarray
    f1: np.ndarray
    auc: np.ndarray
    average_precision: np.ndarray


@dataclass(slots=True, frozen=True)
class InstanceRates:
    """Rates of pictures, each 0..1, and NaN without any picture that counts.

    Args:
        accuracy: Mean of (labels that are predicted) / (labels or predictions).
        precision: Mean share of a picture's predictions that are right; 0 without predictions.
        recall: Mean share of a picture's labels that are predicted.
        f1: Harmonic mean of these two means, not a mean over pictures.
        pictures: How many count: those with at least one label "yes".
    """

    accuracy: float
    precision: float
    recall: float
    f1: float
    pictures: int


@dataclass(slots=True, frozen=True)
class Calibration:
    """How far probabilities can be taken at their word, over all known labels.

    Args:
        expected_error: Mean distance of a bin's mean probability to its share of "yes", weighted
            by the labels in it (ECE), 0..1.
        brier: Mean squared distance of probability and label, 0..1.
        counts: Labels in each bin of equal width, int64, shape (bins,).
        mean_probability: Of each bin, NaN where it is empty, shape (bins,).
        positive_share: Share of "yes" in each bin, NaN where it is empty, shape (bins,).
    """

    expected_error: float
    brier: float
    counts: np.ndarray
    mean_probability: np.ndarray
    positive_share: np.ndarray


def attribute_table(
    probabilities: np.ndarray, labels: np.ndarray, *, threshold: float = 0.5
) -> AttributeTable:
    """Return what each attribute reaches; labels that are unknown are in no count.

    Args:
        probabilities: Shape (N, A); an attribute is predicted above ``threshold``.
        labels: 1 yes, 0 no, -1 unknown, shape (N, A).
        threshold: Between "no" and "yes", 0..1.

    Raises:
        InputError: If a probability is not a number, or the shapes differ.
    """
    _check(probabilities, labels)
    yes, no = labels == 1, labels == 0
    predicted = probabilities > threshold
    positives, negatives = yes.sum(axis=0), no.sum(axis=0)
    hits, false_alarms = (yes & predicted).sum(axis=0), (no & predicted).sum(axis=0)
    tpr = _share(hits, positives)
    tnr = _share(negatives - false_alarms, negatives)
    f1 = _share(2 * hits, positives + hits + false_alarms)
    areas = [_areas(probabilities[:, a], labels[:, a]) for a in range(labels.shape[1])]
    auc, ap = np.array(areas, np.float64).reshape(-1, 2).T
    return AttributeTable(
        positives=positives,
        negatives=negatives,
        true_positive_rate=tpr,
        true_negative_rate=tnr,
        mean_accuracy=(tpr + tnr) / 2,
        precision=_share(hits, hits + false_alarms),
        f1=np.where(positives > 0, f1, np.nan),
        auc=auc,
        average_precision=ap,
    )


def instance_rates(
    probabilities: np.ndarray, labels: np.ndarray, *, threshold: float = 0.5
) -> InstanceRates:
    """Return the rates of pictures; the arguments are those of :func:`attribute_table`.

    Li et al., "A Richly Annotated Dataset for Pedestrian Attribute Recognition"
    (arXiv 1603.07054), "instance-based"; pictures without any label "yes" are left out.

    Raises:
        InputError: If a probability is not a number, or the shapes differ.
    """
    _check(probabilities, labels)
    yes = labels == 1
    counts = yes.any(axis=1)
    predicted = (probabilities > threshold) & (labels >= 0)
    true, guessed = yes.sum(axis=1)[counts], predicted.sum(axis=1)[counts]
    right = (yes & predicted).sum(axis=1)[counts]
    if not len(right):
        return InstanceRates(np.nan, np.nan, np.nan, np.nan, 0)
    accuracy = (right / (true + guessed - right)).mean()
    precision, recall = (right / np.maximum(guessed, 1)).mean(), (right / true).mean()
    both = precision + recall
    f1 = 2 * precision * recall / both if both else 0.0
    return InstanceRates(float(accuracy), float(precision), float(recall), float(f1), len(right))


def calibration(probabilities: np.ndarray, labels: np.ndarray, *, bins: int = 15) -> Calibration:
    """Return how probabilities and known labels agree, in bins of equal width.

    Guo et al., "On Calibration of Modern Neural Networks" (ICML 2017), of the
    probability of "yes". A probability on the border of two bins is in the upper one.

    Args:
        probabilities: 0..1, shape (N, A).
        labels: 1 yes, 0 no, -1 unknown, shape (N, A).
        bins: How many.

    Raises:
        InputError: If a probability is not a number, or the shapes differ.
    """
    _check(probabilities, labels)
    known = labels >= 0
    p, y = probabilities[known].astype(np.float64), labels[known].astype(np.float64)
    place = np.minimum((p * bins).astype(np.int64), bins - 1)
    counts = np.bincount(place, minlength=bins)
    sums = np.bincount(place, weights=p, minlength=bins)
    yes = np.bincount(place, weights=y, minlength=bins)
    return Calibration(
        expected_error=float(np.abs(sums - yes).sum() / len(p)) if len(p) else np.nan,
        brier=float(np.square(p - y).mean()) if len(p) else np.nan,
        counts=counts,
        mean_probability=_share(sums, counts),
        positive_share=_share(yes, counts),
    )


def _areas(scores: np.ndarray, labels: np.ndarray) -> tuple[float, float]:
    """Return the areas under the ROC and the precision-recall steps, NaN where undefined."""
    known = labels >= 0
    yes, scores = labels[known] == 1, scores[known]
    positives = int(yes.sum())
    negatives = len(yes) - positives
    if not positives:
        return np.nan, np.nan
    order = np.argsort(-scores, kind="stable")
    # Equal scores are one step: nothing says which of them comes first.
    ends = np.flatnonzero(np.diff(scores[order], append=np.inf))
    hits = np.concatenate([[0], np.cumsum(yes[order])[ends]])
    misses = np.concatenate([[0], ends + 1 - hits[1:]])
    gained = np.diff(hits)
    ap = (gained * hits[1:] / (hits[1:] + misses[1:])).sum() / positives
    if not negatives:
        return np.nan, float(ap)
    area = (np.diff(misses) * (hits[1:] + hits[:-1])).sum() / 2
    return float(area / (positives * negatives)), float(ap)


def _share(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """Return part / whole, NaN where there is no whole."""
    return np.where(whole > 0, part / np.maximum(whole, 1), np.nan)


def _check(probabilities: np.ndarray, labels: np.ndarray) -> None:
    if probabilities.ndim != 2 or probabilities.shape != labels.shape:
        raise InputError(
            f"probabilities of shape {probabilities.shape} for attribute labels of shape "
            f"{labels.shape}; expected one for each label"
        )
    wrong = int((~np.isfinite(probabilities)).sum())
    if wrong:
        raise InputError(f"{wrong} of {probabilities.size} probabilities are not a number")
