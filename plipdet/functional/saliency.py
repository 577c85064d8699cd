"""Which places of a picture a similarity comes from."""

from __future__ import annotations

import torch
from torch import Tensor


def contribution_maps(feature_map: Tensor, embedding: Tensor, directions: Tensor) -> Tensor:
    r"""Spread products of a picture's unit vector with fixed vectors over the picture.

    Gradient times activation, summed over channels, without Grad-CAM's mean of the gradient over
    places (Selvaraju et al., ICCV 2017, arXiv 1610.02391): HiResCAM (Draelos and Carin, arXiv
    2011.08891), which, other than Grad-CAM, shows only places that the model has used. The length
    of the embedding is held constant. Else the maps of a cosine would sum to zero, since it does
    not change when all activations grow alike.

    From a map that is only pooled and mapped linearly, maximum pooling included, a map's sum over
    the places is the product itself, less what a bias adds.

    Args:
        feature_map: What the embedding was computed from, with its graph, shape (1, C, H, W).
        embedding: Not normalised, shape (D,).
        directions: Vectors V to multiply the unit vector with, shape (V, D).

    Returns:
        Shape (V, H, W).
    """
    unit = embedding / embedding.detach().norm().clamp(min=1e-12)
    maps = []
    for direction in directions.detach():
        (gradient,) = torch.autograd.grad(unit @ direction, feature_map, retain_graph=True)
        maps.append((gradient * feature_map.detach()).sum(dim=1)[0])
    return torch.stack(maps)
