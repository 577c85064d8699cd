"""Value noise with its gradient, for folds, weaves and grounds."""

from __future__ import annotations

import numpy as np

from plipdet.compiled import compiled


@compiled(inline="always")
def lattice(i: int, j: int, k: int) -> float:
    """Return the pseudo-random value 0-1 of a lattice point."""
    h = np.uint32(i * 374761393 + j * 668265263 + k * 1274126177)
    h = np.uint32((h ^ (h >> np.uint32(13))) * np.uint32(1274126177))
    return np.float32((h ^ (h >> np.uint32(16))) & np.uint32(0xFFFFFF)) * np.float32(5.9604645e-08)


@compiled(fastmath=True)
def noise3(x: float, y: float, z: float) -> tuple[float, float, float, float]:
    """Return smooth noise in -1..1 at a point, and its gradient."""
    fx, fy, fz = np.floor(x), np.floor(y), np.floor(z)
    i, j, k = int(fx), int(fy), int(fz)
    x, y, z = x - fx, y - fy, z - fz
    u, v, w = x * x * (3 - 2 * x), y * y * (3 - 2 * y), z * z * (3 - 2 * z)
    du, dv, dw = 6 * x * (1 - x), 6 * y * (1 - y), 6 * z * (1 - z)
    a, b = lattice(i, j, k), lattice(i + 1, j, k)
    c, d = lattice(i, j + 1, k), lattice(i + 1, j + 1, k)
    e, f = lattice(i, j, k + 1), lattice(i + 1, j, k + 1)
    g, h = lattice(i, j + 1, k + 1), lattice(i + 1, j + 1, k + 1)
    k1, k2, k3 = b - a, c - a, e - a
    k4, k5, k6 = a - b - c + d, a - c - e + g, a - b - e + f
    k7 = -a + b + c - d + e - f - g + h
    value = a + k1 * u + k2 * v + k3 * w + k4 * u * v + k5 * v * w + k6 * w * u + k7 * u * v * w
    return (
        2 * value - 1,
        2 * du * (k1 + k4 * v + k6 * w + k7 * v * w),
        2 * dv * (k2 + k5 * w + k4 * u + k7 * w * u),
        2 * dw * (k3 + k6 * u + k5 * v + k7 * u * v),
    )


@compiled(fastmath=True)
def noise2(x: float, y: float, seed: int) -> float:
    """Return smooth noise in 0..1 over a plane."""
    fx, fy = np.floor(x), np.floor(y)
    i, j = int(fx), int(fy)
    x, y = x - fx, y - fy
    u, v = x * x * (3 - 2 * x), y * y * (3 - 2 * y)
    low = lattice(i, j, seed) * (1 - u) + lattice(i + 1, j, seed) * u
    high = lattice(i, j + 1, seed) * (1 - u) + lattice(i + 1, j + 1, seed) * u
    return low * (1 - v) + high * v
