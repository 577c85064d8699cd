"""How well clusters agree with identities that were not used to make them."""

from __future__ import annotations

import numpy as np


def cluster_agreement(labels: np.ndarray, identities: np.ndarray) -> dict[str, float]:
    """Return purity, NMI and ARI of the items that are in a cluster, each at most 1.

    Purity is the share of items whose identity is the most frequent one of their cluster; NMI is
    the mutual information divided by the mean of both entropies; ARI is the Rand index corrected
    for chance (Hubert and Arabie, 1985). Outliers are left out: a clustering that finds few
    clusters, but these well, has high figures.

    Args:
        labels: Cluster of each item, negative for none, int64, shape (N,).
        identities: Identity of each item, int64, shape (N,).

    Returns:
        "purity", "nmi" and "ari"; nothing where no item is in a cluster.
    """
    kept = labels >= 0
    labels, identities = labels[kept], identities[kept]
    if not len(labels):
        return {}
    from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score

    pairs, counts = np.unique(np.stack([labels, identities]), axis=1, return_counts=True)
    most = np.zeros(labels.max() + 1, np.int64)
    np.maximum.at(most, pairs[0], counts)
    return {
        "purity": float(most.sum() / len(labels)),
        "nmi": float(normalized_mutual_info_score(identities, labels)),
        "ari": float(adjusted_rand_score(identities, labels)),
    }
