"""Albedo of cloth, skin, hair and shoes at a point of the canonical body; numba kernels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from plipdet.compiled import compiled
from plipdet.minipedes.noise import lattice, noise3

Floats = NDArray[np.float32]
Rgb = tuple[float, float, float]


@compiled(fastmath=True)
def _mix(a: Rgb, b: Rgb, t: float) -> Rgb:
    return a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t, a[2] + (b[2] - a[2]) * t


@compiled(fastmath=True)
def _pattern_share(m: Floats, x: float, y: float, z: float, arm: float) -> float:
    """Return how much of the second colour the pattern shows here, 0-1."""
    code, scale = int(m[8]), m[9]
    if code == 0:
        return 0.0
    along, across = y, x
    if y > 2.5 or m[0] != 8:
        across = np.arctan2(x, z) * (1.5 if y > 2.5 else 1.9)
    if arm > -0.1:
        along, across = 6.5 - arm * 5.4, z
    if code == 1:
        return 1.0 if (along / scale) % 1.0 < 0.45 else 0.0
    if code == 2:
        first = 1.0 if (along / scale) % 1.0 < 0.5 else 0.0
        other = 1.0 if (across / scale) % 1.0 < 0.5 else 0.0
        return 0.5 * first + 0.5 * other
    if code == 3:
        row = np.floor(along / scale)
        u = (across / scale + 0.5 * (row % 2)) % 1.0 - 0.5
        v = (along / scale) % 1.0 - 0.5
        return 1.0 if u * u + v * v < 0.075 else 0.0
    if code == 4:
        if m[0] == 8 or m[0] == 9:
            return 1.0 if y < -2.6 else 0.0
        return 1.0 if y > 4.7 or arm > -0.02 else 0.0
    if z > 0.3 and abs(x) < 0.85 and 4.2 < y < 5.5 and arm < -0.4:
        cell = lattice(int(np.floor(x * 5)), int(np.floor(y * 3.2)), int(m[20] * 7))
        return 1.0 if cell > 0.42 else 0.0
    return 0.0


@compiled(fastmath=True)
def _tailoring(m: Floats, x: float, y: float, z: float, arm: float) -> float:
    """Return the darkening (below 1) or lightening of seams, buttons, zips, hems and pockets."""
    tone = 1.0
    closure = int(m[12])
    front = z > 0.1 and arm < -0.4
    if front and closure == 1 and y > m[13]:
        if abs(x - 0.14) < 0.022:
            tone *= 0.72
        dy = (y / 0.8) % 1.0 - 0.5
        if x * x + (dy * 0.8) ** 2 < 0.0055:
            tone *= 0.45
    elif front and closure == 2 and abs(x) < 0.045 and y > m[13]:
        tone *= 0.5 if abs(x) > 0.018 else 1.5
    if arm < -0.4 and 0.14 < y - m[13] < 0.19:
        tone *= 0.8
    if arm > 0 and 0.02 < m[14] - arm < 0.032:
        tone *= 0.8
    if (
        front
        and closure > 0
        and abs(y - 2.1 - 0.45 * (abs(x) - 1.0)) < 0.035
        and 0.75 < abs(x) < 1.3
    ):
        tone *= 0.62
    return tone


@compiled(fastmath=True)
def strap_here(m: Floats, x: float, y: float, z: float, arm: float) -> bool:
    """Return whether a bag's strap runs over the garment here."""
    kind = int(m[16])
    if kind == 0 or arm > -0.05:
        return False
    if kind == 1:
        low = max((4.9 - y) / 1.3, 0.0)
        bend = 0.98 + 0.10 * np.sin((y - 4.0) * 1.1) + 0.75 * low * low
        return 3.4 < y and abs(abs(x) - bend) < 0.19 and (z > -0.2 or y > 6.0)
    side = 1.0 if kind == 2 else -1.0
    return y > 1.5 and abs(side * x - 0.42 * (4.15 - y)) < 0.15


@compiled(fastmath=True)
def cloth_colour(m: Floats, x: float, y: float, z: float, arm: float) -> Rgb:
    """Return the albedo of cloth."""
    base = (m[2], m[3], m[4])
    colour = _mix(base, (m[5], m[6], m[7]), _pattern_share(m, x, y, z, arm))
    tone = _tailoring(m, x, y, z, arm)
    weave = noise3(x * 9 + m[20], y * 9, z * 9)[0]
    broad = noise3(x * 0.9 + m[20], y * 0.7, z * 0.9)[0]
    tone *= 1.0 + 0.05 * weave + 0.05 * broad
    if m[15] > 0:
        fade = np.exp(-(((y + 0.6) / 1.3) ** 2)) + 0.6 * np.exp(-(((y + 2.9) / 0.5) ** 2))
        fade *= max(np.sin(min(max(z + 0.9, 0.0), 1.5)), 0.0)
        tone *= 0.92 + 0.5 * fade
        if abs(z - 0.05) < 0.035 or abs(y - 2.25 + 0.4 * (abs(x) - 0.9)) < 0.03:
            tone *= 0.7
        grain = noise3(x * 22, y * 3.0, z * 22)[0]
        tone *= 1.0 + 0.10 * grain
    return colour[0] * tone, colour[1] * tone, colour[2] * tone


@compiled(fastmath=True)
def skin_colour(m: Floats, x: float, y: float, z: float, arm: float) -> Rgb:
    """Return the albedo of skin with brows, lips, cheeks, stubble and nails."""
    r, g, b = m[2], m[3], m[4]
    if y > 7.6 and abs(x) < 1.0 and arm < -0.4:
        ax = abs(x)
        if z > 0.7:
            cheek = np.exp(-((ax - 0.5) ** 2 + (y - 8.62) ** 2) / 0.06)
            r *= 1 + 0.10 * cheek
            g *= 1 - 0.08 * cheek
            lips = np.exp(-((x / 0.25) ** 4) - ((y - 8.32) / 0.075) ** 2)
            r, g, b = r * (1 - 0.18 * lips), g * (1 - 0.48 * lips), b * (1 - 0.42 * lips)
            seam = np.exp(-((x / 0.26) ** 6) - ((y - 8.325) / 0.02) ** 2)
            r, g, b = r * (1 - 0.5 * seam), g * (1 - 0.5 * seam), b * (1 - 0.5 * seam)
            arch = 9.30 + 0.06 * np.sin((ax - 0.12) * 5.5)
            brow = np.exp(-(((y - arch) / 0.052) ** 2)) * (0.13 < ax < 0.56)
            lid = np.exp(-((ax - 0.31) ** 2) / 0.03 - ((y - 9.07) / 0.10) ** 2)
            dark = max(0.72 * brow, 0.42 * lid)
            r, g, b = r * (1 - dark), g * (1 - dark), b * (1 - dark)
        if m[15] > 0 and y < 8.62 and z > 0.1:  # stubble or beard
            edge = min(max((8.62 - y + 0.25 * (ax - 0.3)) * 6, 0.0), 1.0) * min((y - 7.75) * 4, 1.0)
            share = m[15] * max(edge, 0.0)
            r, g, b = _mix((r, g, b), (m[5], m[6], m[7]), share)
    blotch = 1 + 0.04 * noise3(x * 2, y * 2, z * 2)[0]
    return r * blotch, g * blotch, b * blotch


@compiled(fastmath=True)
def hair_colour(m: Floats, x: float, y: float, along: float) -> Rgb:
    """Return the albedo of hair: locks and strands; ``x`` runs across them."""
    locks = noise3(x * 6 + m[20], along * 1.4, 0.5)[0]
    strands = noise3(x * 21 + m[20], along * 2.6, 3.5)[0]
    tone = 1.0 + 0.28 * locks + 0.22 * strands
    return m[2] * tone, m[3] * tone, m[4] * tone


@compiled(fastmath=True)
def eye_colour(x: float, y: float, z: float) -> Rgb:
    """Return the albedo of an eyeball."""
    dx, dy = abs(x) - 0.31, y - 9.05
    radius = dx * dx + dy * dy
    if radius < 0.0075:
        return 0.02, 0.015, 0.012
    return 0.42, 0.39, 0.37


@compiled(fastmath=True)
def shoe_colour(m: Floats, x: float, y: float, z: float) -> Rgb:
    """Return the albedo of a shoe: upper, sole, laces of sneakers."""
    r, g, b = m[2], m[3], m[4]
    if y < -7.98:
        return m[5], m[6], m[7]
    if (
        m[15] > 0
        and 0.7 < z < 1.5
        and y > -7.6
        and abs(abs(x) - 2.0) < 0.22
        and (z * 5.0) % 1.0 < 0.35
    ):
        return m[5], m[6], m[7]
    tone = 1 + 0.07 * noise3(x * 4, y * 4, z * 4)[0]
    return r * tone, g * tone, b * tone
