import math

import numpy as np
import pytest

from plipdet.functional.cluster_agreement import cluster_agreement


def test_by_hand():
    """Two clusters of 3 and 2, one picture of which is of another person, and two outliers."""
    labels, people = np.array([0, 0, 0, 1, 1, -1, -1]), np.array([7, 7, 9, 9, 9, 7, 4])
    found = cluster_agreement(labels, people)
    assert found["purity"] == pytest.approx(4 / 5)
    # Pairs together in both: 1 + 1; in clusters 3 + 1, of people 1 + 3, of all 10
    expected = 4 * 4 / 10
    assert found["ari"] == pytest.approx((2 - expected) / ((4 + 4) / 2 - expected))
    shares = {(0, 7): 2 / 5, (0, 9): 1 / 5, (1, 9): 2 / 5}
    clusters, names = {0: 3 / 5, 1: 2 / 5}, {7: 2 / 5, 9: 3 / 5}
    mutual = sum(p * math.log(p / clusters[c] / names[n]) for (c, n), p in shares.items())
    entropy = -sum(p * math.log(p) for p in clusters.values())
    assert found["nmi"] == pytest.approx(mutual / entropy)  # both have the same entropy


def test_outliers_alone_agree_with_nothing():
    assert cluster_agreement(np.full(3, -1), np.arange(3)) == {}
