"""Gray pictures, and the distance between a coloured picture and the true one."""

from __future__ import annotations

from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor

ReconstructionForm = Literal["mse", "l2", "l1"]

# ITU-R BT.601, section 2.5.1: the weights of Pillow's "L", OpenCV's and torchvision's gray
LUMA_WEIGHTS = (0.299, 0.587, 0.114)


def luma(rgb: Tensor) -> Tensor:
    """Return the luma of a picture in three equal channels, in the unit of ``rgb``.

    Args:
        rgb: Not normalised by channel, shape (B, 3, H, W).

    Returns:
        Tensor of shape (B, 3, H, W), a view of one channel.
    """
    # Numbers, not a tensor: to copy one to a GPU the host would wait for the GPU.
    red, green, blue = (rgb[:, c : c + 1] * weight for c, weight in enumerate(LUMA_WEIGHTS))
    return (red + green + blue).expand_as(rgb)


def color_reconstruction(
    predicted: Tensor, target: Tensor, *, form: ReconstructionForm = "mse"
) -> Tensor:
    """Distance of a coloured picture from the true one.

    PLIP (arXiv 2305.08386) Eq. (1) is the Euclidean distance, and leaves the reduction open;
    its ablation is the Manhattan distance, which collapses.

    Args:
        predicted: Shape (B, 3, H, W).
        target: Shape (B, 3, H, W), in the same unit.
        form: "mse", mean squared difference; "l2", mean over pictures of the Euclidean norm of
            the difference; "l1", mean absolute difference.

    Returns:
        Scalar.
    """
    if form == "mse":
        return F.mse_loss(predicted, target)
    if form == "l2":
        return torch.linalg.vector_norm((predicted - target).flatten(1), dim=1).mean()
    assert form == "l1", form
    return F.l1_loss(predicted, target)
