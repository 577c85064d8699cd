"""Resizing as two matrix products, which any runtime of a network can do."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

INTERPOLATIONS = ("bicubic", "bilinear", "lanczos", "nearest")
_CUBIC = -0.75  # OpenCV's and PyTorch's
_LOBES = 4  # of Lanczos


def resize(images: Tensor, size: Sequence[int], *, interpolation: str = "bicubic") -> Tensor:
    """Return pictures of another size as OpenCV's ``resize`` does, whole numbers 0..255.

    Without antialiasing, like OpenCV. Bicubic pixels of 8 bits equal those of OpenCV 5 but for
    ties of rounding, bilinear and Lanczos ones within 1 of 255: OpenCV rounds in between there,
    and version 4 does so for bicubic too.

    Args:
        images: Values 0..255, float, shape (B, C, H, W).
        size: Height and width, px.
        interpolation: One of ``INTERPOLATIONS``.

    Returns:
        float, shape (B, C, *size).
    """
    rows = resize_matrix(images.shape[2], size[0], interpolation)
    columns = resize_matrix(images.shape[3], size[1], interpolation)
    resized = rows.to(images) @ images @ columns.to(images).T  # (B, C, h, w)
    return resized.round().clamp(0, 255)


def resize_matrix(source: int, target: int, interpolation: str) -> Tensor:
    """Return how much of each source pixel goes into each target one, shape (target, source).

    The centres of pixels keep their places, and borders are continued by their last pixel.

    Args:
        source: Pixels of one axis; may be a symbol while a graph is traced.
        target: Pixels wanted.
        interpolation: One of ``INTERPOLATIONS``.
    """
    places = torch.arange(target)
    columns = torch.arange(source)
    if interpolation == "nearest":
        return (columns == (places * source // target)[:, None]).float()
    # A target's centre lies at (2 i + 1) source / (2 target) - 1/2; whole numbers keep it exact.
    numerators = (2 * places + 1) * source + target  # shifted by one pixel, so not negative
    first = numerators // (2 * target) - 1
    fraction = (numerators % (2 * target)).float() / (2 * target)
    matrix = torch.zeros(target, 1)
    for offset, weight in _weights(fraction, interpolation):
        nearest = (first + offset).clamp(min=0).clamp(max=source - 1)
        matrix = matrix + weight[:, None] * (columns == nearest[:, None]).float()
    return matrix


def _weights(fraction: Tensor, interpolation: str) -> list[tuple[int, Tensor]]:
    """Return the weight of the pixel at each offset from the one before the centre."""
    if interpolation == "bilinear":
        return [(0, 1 - fraction), (1, fraction)]
    if interpolation == "bicubic":
        inner = {offset: _cubic_inner((fraction - offset).abs()) for offset in (0, 1)}
        outer = {offset: _cubic_outer((fraction - offset).abs()) for offset in (-1, 2)}
        return sorted({**inner, **outer}.items(), key=lambda item: item[0])
    assert interpolation == "lanczos", interpolation
    found = [(o, _lanczos(fraction - o)) for o in range(1 - _LOBES, _LOBES + 1)]
    total = torch.stack([weight for _, weight in found]).sum(dim=0)
    return [(offset, weight / total) for offset, weight in found]


def _cubic_inner(x: Tensor) -> Tensor:
    return ((_CUBIC + 2) * x - (_CUBIC + 3)) * x * x + 1


def _cubic_outer(x: Tensor) -> Tensor:
    return ((_CUBIC * x - 5 * _CUBIC) * x + 8 * _CUBIC) * x - 4 * _CUBIC


def _lanczos(x: Tensor) -> Tensor:
    return torch.sinc(x) * torch.sinc(x / _LOBES)
