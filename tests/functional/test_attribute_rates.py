"""The rates are those of slow loops, written from the definitions."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, roc_auc_score

from plipdet.errors import InputError
from plipdet.functional.attribute_rates import attribute_table, calibration, instance_rates

NAN = float("nan")


@st.composite
def cases(draw):
    """Few probabilities, so that many are equal, some at the threshold; labels of all kinds."""
    pictures, attributes = draw(st.integers(1, 12)), draw(st.integers(1, 5))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    levels = draw(st.sampled_from([3, 5, 1000]))
    probabilities = rng.integers(0, levels, (pictures, attributes)) / (levels - 1)
    # An attribute's labels may be all of one kind: never positive, never negative, unknown.
    kinds = [rng.choice([-1, 0, 1], size=rng.integers(1, 4)) for _ in range(attributes)]
    labels = np.stack([rng.choice(kind, size=pictures) for kind in kinds], axis=1)
    how = draw(st.sampled_from(["random", "random", "random", "right", "wrong"]))
    if how != "random":
        probabilities = np.where((labels == 1) == (how == "right"), 0.9, 0.1)
    return probabilities, labels.astype(np.int8), draw(st.sampled_from([0.5, 0.5, 0.25]))


def ratio(part, whole):
    return part / whole if whole else NAN


def slow_attribute(probabilities, labels, threshold):
    tp = fn = tn = fp = 0
    for p, y in zip(probabilities, labels, strict=True):
        if y == 1:
            tp, fn = tp + (p > threshold), fn + (p <= threshold)
        elif y == 0:
            tn, fp = tn + (p <= threshold), fp + (p > threshold)
    tpr, tnr = ratio(tp, tp + fn), ratio(tn, tn + fp)
    precision = ratio(tp, tp + fp)
    if not tp + fn:
        f1 = NAN
    elif not tp:
        f1 = 0.0
    else:
        f1 = 2 * precision * tpr / (precision + tpr)
    pairs = [
        (p > q) + (p == q) / 2
        for (p, y), (q, z) in itertools.product(zip(probabilities, labels, strict=True), repeat=2)
        if y == 1 and z == 0
    ]
    auc = ratio(sum(pairs), len(pairs))
    found = []
    for p, y in zip(probabilities, labels, strict=True):
        if y == 1:
            above = [z for q, z in zip(probabilities, labels, strict=True) if q >= p and z >= 0]
            found.append(sum(z == 1 for z in above) / len(above))
    ap = ratio(sum(found), len(found))
    return [tp + fn, tn + fp, tpr, tnr, (tpr + tnr) / 2, precision, f1, auc, ap]


def slow_instances(probabilities, labels, threshold):
    accuracies, precisions, recalls = [], [], []
    for line, truth in zip(probabilities, labels, strict=True):
        true = {a for a, y in enumerate(truth) if y == 1}
        guessed = {a for a, y in enumerate(truth) if y >= 0 and line[a] > threshold}
        if true:
            accuracies.append(len(true & guessed) / len(true | guessed))
            precisions.append(len(true & guessed) / len(guessed) if guessed else 0.0)
            recalls.append(len(true & guessed) / len(true))
    if not accuracies:
        return [NAN] * 4 + [0]
    a, p, r = (sum(values) / len(values) for values in (accuracies, precisions, recalls))
    return [a, p, r, 2 * p * r / (p + r) if p + r else 0.0, len(accuracies)]


@settings(max_examples=300, deadline=None)
@given(cases())
def test_rates_are_those_of_slow_loops(case):
    probabilities, labels, threshold = case
    table = attribute_table(probabilities, labels, threshold=threshold)
    names = table.__dataclass_fields__
    for a in range(labels.shape[1]):
        found = [getattr(table, name)[a] for name in names]
        expected = slow_attribute(probabilities[:, a], labels[:, a], threshold)
        np.testing.assert_allclose(found, expected, rtol=1e-12, err_msg=str(list(names)))
    rates = instance_rates(probabilities, labels, threshold=threshold)
    found = [rates.accuracy, rates.precision, rates.recall, rates.f1, rates.pictures]
    np.testing.assert_allclose(found, slow_instances(probabilities, labels, threshold), rtol=1e-12)


@settings(max_examples=100, deadline=None)
@given(cases(), st.integers(1, 20))
def test_calibration_is_that_of_a_slow_loop(case, bins):
    probabilities, labels, _ = case
    pairs = [(p, y) for p, y in zip(probabilities.flat, labels.flat, strict=True) if y >= 0]
    found = calibration(probabilities, labels, bins=bins)
    error = 0.0
    for b in range(bins):
        inside = [(p, y) for p, y in pairs if min(int(p * bins), bins - 1) == b]
        assert found.counts[b] == len(inside)
        mean, share = (
            (ratio(sum(v), len(inside)) for v in zip(*inside, strict=True))
            if inside
            else (NAN, NAN)
        )
        np.testing.assert_allclose(found.mean_probability[b], mean)
        np.testing.assert_allclose(found.positive_share[b], share)
        if inside:
            error += len(inside) / len(pairs) * abs(mean - share)
    expected = error if pairs else NAN
    np.testing.assert_allclose(found.expected_error, expected, atol=1e-12)
    brier = ratio(sum((p - y) ** 2 for p, y in pairs), len(pairs))
    np.testing.assert_allclose(found.brier, brier)


def test_a_case_by_hand():
    probabilities = np.array([[0.9, 0.2, 0.5], [0.6, 0.7, 0.1], [0.4, 0.8, 0.9]])
    labels = np.array([[1, 0, 1], [0, 1, -1], [1, 1, 0]])
    table = attribute_table(probabilities, labels)
    np.testing.assert_allclose(table.mean_accuracy, [(0.5 + 0) / 2, 1, 0])  # 0.5 is no "yes"
    rates = instance_rates(probabilities, labels)
    # pictures: 1 of {0, 2}; {1} and wrongly 0; {1} of {0, 1} and wrongly 2
    np.testing.assert_allclose(rates.accuracy, (1 / 2 + 1 / 2 + 1 / 3) / 3)
    np.testing.assert_allclose(rates.precision, (1 + 1 / 2 + 1 / 2) / 3)
    np.testing.assert_allclose(rates.recall, (1 / 2 + 1 + 1 / 2) / 3)
    np.testing.assert_allclose(rates.f1, 2 / 3)


def test_areas_are_scikit_learn_s():
    rng = np.random.default_rng(0)
    probabilities = rng.random((500, 4)).round(2)
    labels = (rng.random((500, 4)) < [0.5, 0.1, 0.02, 0.9]).astype(np.int8)
    table = attribute_table(probabilities, labels)
    for a in range(4):
        expected = roc_auc_score(labels[:, a], probabilities[:, a])
        np.testing.assert_allclose(table.auc[a], expected, rtol=1e-12)
        expected = average_precision_score(labels[:, a], probabilities[:, a])
        np.testing.assert_allclose(table.average_precision[a], expected, rtol=1e-12)


def test_what_is_no_probability_is_refused():
    labels = np.zeros((2, 3), np.int8)
    with pytest.raises(InputError, match="1 of 6 probabilities"):
        attribute_table(np.array([[0, 0, 0], [0, np.nan, 1]]), labels)
    with pytest.raises(InputError, match=r"\(2, 2\) for attribute labels of shape \(2, 3\)"):
        instance_rates(np.zeros((2, 2)), labels)
