"""Contrast of pictures with proxies: one vector for each cluster, or each cluster and camera."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor


def proxy_means(features: Tensor, places: Tensor) -> Tensor:
    """Return the mean direction of the features of each proxy, of unit length, shape (P, D).

    Args:
        features: Of unit length, shape (N, D).
        places: Proxy of each, from 0 to P - 1, negative for none, int64, shape (N,).
    """
    kept = places >= 0
    count = int(places.max()) + 1 if len(places) else 0
    sums = features.new_zeros(max(count, 0), features.shape[1])
    return F.normalize(sums.index_add_(0, places[kept], features[kept]), dim=1)


def intra_camera_contrast(logits: Tensor, places: Tensor, cameras: Tensor) -> Tensor:
    """Return the cross-entropy of each picture over the proxies of its own camera.

    Wang et al., "Camera-aware Proxies for Unsupervised Person Re-Identification" (CAP), AAAI 2021,
    Eq. (4), for one picture.

    Args:
        logits: Similarities to the proxies divided by the temperature, shape (B, P).
        places: The picture's own proxy, int64, shape (B,).
        cameras: Camera of each proxy, int64, shape (P,).

    Returns:
        Shape (B,).
    """
    others = cameras != cameras[places][:, None]  # (B, P)
    return F.cross_entropy(logits.masked_fill(others, -torch.inf), places, reduction="none")


def inter_camera_contrast(
    logits: Tensor, places: Tensor, clusters: Tensor, *, negatives: int
) -> Tensor:
    """Return the contrast of the proxies of a picture's cluster with the hardest of all others.

    Wang et al., CAP, AAAI 2021, Eq. (5), for one picture: the mean over its cluster's proxies of
    all cameras, its own as in the authors' code, of minus the logarithm of their share.

    Args:
        logits: Similarities to the proxies divided by the temperature, shape (B, P).
        places: The picture's own proxy, int64, shape (B,).
        clusters: Cluster of each proxy, int64, shape (P,).
        negatives: Proxies of other clusters, the most similar ones, that share the sum.

    Returns:
        Shape (B,).
    """
    own = clusters == clusters[places][:, None]  # (B, P)
    hardest = logits.detach().masked_fill(own, -torch.inf)
    chosen = hardest.topk(min(negatives, logits.shape[1]), dim=1).indices
    seen = own.scatter(1, chosen, True)
    total = logits.masked_fill(~seen, -torch.inf).logsumexp(dim=1)
    return total - (logits * own).sum(dim=1) / own.sum(dim=1)


def followed(
    proxies: Tensor, features: Tensor, places: Tensor, *, momentum: float, hardest: bool = False
) -> Tensor:
    """Return proxies that have moved towards the features of a batch.

    Dai et al., "Cluster Contrast", arXiv 2103.11568, Eq. (3): momentum times the proxy plus the
    rest times the feature, brought back to unit length, feature by feature in their order; or for
    each proxy by its least similar feature alone.

    Args:
        proxies: Of unit length, shape (P, D); they stay as they are.
        features: Of unit length, shape (N, D).
        places: Proxy of each feature, negative for none, int64, shape (N,).
        momentum: Share of a proxy that stays, 0..1.
        hardest: Whether only the least similar feature of each proxy moves it.
    """
    kept = places >= 0
    features, places = features[kept], places[kept]
    if hardest:
        order = (features * proxies[places]).sum(dim=1).argsort(stable=True)
        features, places = features[order], places[order]
    before = (places[:, None] == places).tril(-1).sum(dim=1)  # of the same proxy, in the batch
    turns = before.argsort(stable=True).split(torch.bincount(before).tolist())
    moved = proxies.clone()
    for turn in turns[:1] if hardest else turns:  # no proxy is twice in a turn
        at = places[turn]
        moved[at] = F.normalize(momentum * moved[at] + (1 - momentum) * features[turn], dim=1)
    return moved
