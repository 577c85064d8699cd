"""Grounds and backdrops of the scenes: procedural textures in world metres; numba kernels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from plipdet.compiled import compiled
from plipdet.minipedes.noise import lattice, noise2
from plipdet.minipedes.shading import shadow_at

Floats = NDArray[np.float32]
Rgb = tuple[float, float, float]


@compiled(fastmath=True)
def _ground_tone(kind: int, x: float, z: float, seed: int) -> float:
    """Return the brightness of the ground relative to its colour."""
    broad = (
        0.82
        + 0.3 * noise2(x * 0.35, z * 0.35, seed)
        + 0.12 * (noise2(x * 1.7, z * 1.7, seed) - 0.5)
    )
    fine = noise2(x * 16, z * 16, seed + 1) - 0.5
    if kind == 0:  # paving stones
        row = np.floor(z / 0.42)
        u, v = (x / 0.6 + 0.5 * (row % 2)) % 1.0, (z / 0.42) % 1.0
        stone = lattice(int(np.floor(x / 0.6 + 0.5 * (row % 2))), int(row), seed)
        joint = 0.72 if u < 0.035 or v < 0.05 else 1.0
        return broad * joint * (0.86 + 0.24 * stone) * (1 + 0.12 * fine)
    if kind == 1:  # asphalt
        return (
            broad * (1 + 0.35 * fine) * (0.75 if noise2(x * 0.8, z * 2, seed + 5) > 0.86 else 1.0)
        )
    if kind == 2:  # tiles
        u, v = (x / 0.9) % 1.0, (z / 0.9) % 1.0
        tile = lattice(int(np.floor(x / 0.9)), int(np.floor(z / 0.9)), seed)
        return (0.9 + 0.14 * tile) * (0.8 if u < 0.02 or v < 0.02 else 1.0) * (0.9 + 0.12 * broad)
    if kind == 3:  # grass
        return broad * (1 + 0.8 * fine + 0.5 * (noise2(x * 6, z * 6, seed + 3) - 0.5))
    if kind == 4:  # zebra crossing on asphalt
        stripe = (x / 1.0 + 0.3) % 1.0 < 0.5 and 6.0 < z % 14.0 < 10.5
        worn = noise2(x * 5, z * 5, seed + 2)
        paint = 3.2 if stripe and worn > 0.22 else 1.0
        return broad * (1 + 0.3 * fine) * paint
    return (0.9 + 0.2 * noise2(x * 1.1, z * 1.1, seed)) * (1 + 0.25 * fine)


@compiled(fastmath=True)
def _shop_colour(x: float, y: float, seed: int, c1: Rgb, c2: Rgb) -> Rgb:
    """Return the colour of a row of shops: lit windows, signs, wall above."""
    stain = 0.85 + 0.3 * noise2(x * 0.6, y * 0.35, seed)
    bay = np.floor(x / 3.1)
    u, v = (x / 3.1) % 1.0, (y / 3.3) % 1.0
    pick = lattice(int(bay), int(np.floor(y / 3.3)), seed)
    if y < 3.0 and 0.06 < u < 0.94 and 0.12 < v < 0.9:
        goods = noise2(x * 2.6, y * 2.2, seed + 4)
        tint = lattice(int(np.floor(x * 1.9)), int(np.floor(y * 1.4)), seed + 9)
        glow = 0.10 + 0.55 * goods * goods
        return glow * (0.6 + 0.6 * tint), glow * (0.75 + 0.2 * pick), glow * (1.1 - 0.6 * tint)
    if 3.0 <= y < 3.9:
        letter = lattice(int(np.floor(x * 2.3)), int(np.floor(y * 3)), seed + 2) > 0.55
        sign = lattice(int(bay), 77, seed)
        if letter and 3.2 < y < 3.7:
            return 0.7, 0.68, 0.62
        return c2[0] * (0.4 + sign), c2[1] * (1.2 - sign), c2[2] * (0.5 + 0.6 * pick)
    return c1[0] * stain, c1[1] * stain, c1[2] * stain


@compiled(fastmath=True)
def _wall_colour(kind: int, x: float, y: float, seed: int, c1: Rgb, c2: Rgb) -> Rgb:
    """Return the colour of the backdrop at ``x``, ``y`` metres on it."""
    stain = 0.85 + 0.3 * noise2(x * 0.6, y * 0.35, seed)
    bay, storey = np.floor(x / 3.1), np.floor(y / 3.3)
    u, v = (x / 3.1) % 1.0, (y / 3.3) % 1.0
    pick = lattice(int(bay), int(storey), seed)
    dark = (0.035 + 0.05 * pick, 0.04 + 0.05 * pick, 0.05 + 0.06 * pick)
    if kind == 0:  # house front with windows
        if 0.25 < u < 0.75 and 0.3 < v < 0.82:
            frame = u < 0.28 or u > 0.72 or v < 0.33 or v > 0.79 or abs(u - 0.5) < 0.012
            return c2 if frame else dark
        course = 0.93 if (y * 6) % 1.0 < 0.12 else 1.0
        return c1[0] * stain * course, c1[1] * stain * course, c1[2] * stain * course
    if kind == 1:
        return _shop_colour(x, y, seed, c1, c2)
    if kind == 2 or kind == 5:  # hedge, park
        leaf = noise2(x * 7, y * 7, seed) * 0.7 + noise2(x * 1.6, y * 1.6, seed + 1)
        tone = 0.35 + 0.75 * leaf
        if kind == 5 and abs((x / 5.0) % 1.0 - 0.5) < 0.045 and y < 5:
            return 0.07 * tone, 0.055 * tone, 0.04 * tone
        return 0.07 * tone, 0.12 * tone, 0.04 * tone
    if kind == 3:  # concrete panels
        seam = 0.75 if u < 0.012 or v < 0.012 else 1.0
        t = stain * seam * (0.92 + 0.1 * pick)
        return c1[0] * t, c1[1] * t, c1[2] * t
    if kind == 4:  # glass front
        mullion = (x / 1.5) % 1.0 < 0.04 or (y / 2.4) % 1.0 < 0.03
        if mullion:
            return c2[0] * 0.5, c2[1] * 0.5, c2[2] * 0.5
        sky = 0.18 + 0.4 * noise2(x * 0.35, y * 0.5, seed + 3) + 0.12 * pick
        return 0.75 * sky, 0.9 * sky, 1.0 * sky
    stripe = 0.8 if (x / 2.4) % 1.0 < 0.03 else 1.0  # hall
    if 1.1 < y < 2.6 and (x / 4.8) % 1.0 < 0.3:
        poster = lattice(int(np.floor(x / 4.8)), 3, seed)
        blob = noise2(x * 3, y * 3, seed + 6)
        return 0.2 + 0.6 * blob * poster, 0.25 + 0.4 * blob, 0.3 + 0.5 * blob * (1 - poster)
    return c1[0] * stripe * stain, c1[1] * stripe * stain, c1[2] * stripe * stain


@compiled(fastmath=True)
def paint_scene(
    size: tuple[int, int],
    rays: tuple[float, ...],
    scene: Floats,
    seed: int,
    contacts: Floats,
    shadow: Floats,
    frame: Floats,
) -> Floats:
    """Return the empty scene in linear light, shape (H, W, 3).

    Args:
        size: Height and width, px.
        rays: ``Projection.rays``.
        scene: 0 camera height, 1 ground kind, 2-4 ground colour, 5 wall kind, 6 wall depth, 7-9 and
            10-12 wall colours, 13 key light, 14 ambient, 15 height of the light's direction,
            16-18 sky colour, 19 wall's turn (slope of depth over x).
        seed: Of the textures.
        contacts: Points where the person touches the ground: x, z, m, shape (N, 2).
        shadow: The light's depth map.
        frame: Its projection.
    """
    rows, columns = size
    out = np.empty((rows, columns, 3), np.float32)
    cosine, sine, left, top, right, bottom = rays
    ground, wall = (scene[2], scene[3], scene[4]), (scene[7], scene[8], scene[9])
    trim = (scene[10], scene[11], scene[12])
    for row in range(rows):
        b = top + (row + 0.5) / rows * (bottom - top)
        dy, dz = -cosine * b - sine, cosine - sine * b
        for column in range(columns):
            dx = left + (column + 0.5) / columns * (right - left)
            t_wall = scene[6] / max(dz - scene[19] * dx, 1e-3)
            t_ground = -scene[0] / dy if dy < -1e-4 else 1e9
            if t_ground < t_wall:
                x, z = dx * t_ground, dz * t_ground
                tone = _ground_tone(int(scene[1]), x, z, seed)
                lit = shadow_at(shadow, frame, x, 0.0, z, 0.01)
                open_sky = 1.0
                for k in range(contacts.shape[0]):
                    gap = (x - contacts[k, 0]) ** 2 + (z - contacts[k, 1]) ** 2
                    open_sky *= 1 - 0.55 * np.exp(-gap / 0.022) - 0.18 * np.exp(-gap / 0.2)
                light = scene[14] * open_sky + scene[13] * lit * max(scene[15], 0.0)
                for c in range(3):
                    out[row, column, c] = ground[c] * tone * light
            else:
                x, y = dx * t_wall, scene[0] + dy * t_wall
                if y > 9.5:
                    for c in range(3):
                        out[row, column, c] = scene[16 + c]
                    continue
                colour = _wall_colour(int(scene[5]), x, y, seed, wall, trim)
                foot = 0.75 + 0.25 * min(y * 1.5, 1.0)
                light = (scene[14] * 0.85 + 0.45 * scene[13]) * foot
                for c in range(3):
                    out[row, column, c] = colour[c] * light
    return out
