"""Deferred shading of the rasterised person: labels, folds, light, shadow; numba kernels.

Numba's cache of compiled kernels watches a kernel's own file only: after a change in ``noise`` or
``surface_colours``, change (or touch) this file and ``grounds`` too.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from plipdet.compiled import compiled
from plipdet.minipedes.noise import noise3
from plipdet.minipedes.surface_colours import (
    cloth_colour,
    eye_colour,
    hair_colour,
    shoe_colour,
    skin_colour,
    strap_here,
)

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]
Bytes = NDArray[np.uint8]
FACE, TORSO, LEFT_ARM, LEFT_LEG, LEFT_SHOE, BAG = 11, 12, 13, 15, 17, 19


@compiled(fastmath=True)
def _skin_label(x: float, y: float, arm: float, leg: float) -> int:
    right = 1 if x < 0 else 0
    if arm > -0.12:
        return LEFT_ARM + right
    if leg > 0.5:
        return LEFT_LEG + right
    return FACE if y > 7.75 else TORSO


@compiled(fastmath=True)
def _fold_gradient(
    m: Floats, x: float, y: float, z: float, arm: float
) -> tuple[float, float, float]:
    """Return the slope of the cloth's wrinkles in canonical axes."""
    s = m[20]
    if arm > -0.15:
        sign = 1.0 if x > 0 else -1.0
        dx, dy = 0.62 * sign, -0.78
        bend = np.exp(-(((arm - 0.5) / 0.14) ** 2)) + 0.7 * np.exp(-(((arm + 0.02) / 0.12) ** 2))
        bend += 0.5 * np.exp(-(((arm - 0.93) / 0.08) ** 2))
        amp = 0.22 + 0.55 * bend
        t = (x * dx + y * dy) * 1.5
        n = noise3(1.0 * x + dx * t + s, 1.0 * y + dy * t, 1.3 * z)
        g = n[1] * dx * 1.5 + n[2] * dy * 1.5
        gx, gy, gz = n[1] + g * dx, n[2] + g * dy, 1.3 * n[3]
        f = noise3(2.6 * x + s, 2.6 * y + 7, 2.6 * z)
        return amp * (gx + 0.6 * f[1]), amp * (gy + 0.6 * f[2]), amp * (gz + 0.6 * f[3])
    warp = noise3(0.55 * x + s, 0.45 * y, 0.55 * z + 4)[0]
    stack = 0.0
    if y < 1.6:
        stack = np.exp(-(((y + 2.9) / 0.8) ** 2)) + np.exp(-(((y + 7.0) / 0.7) ** 2))
        stack += 0.7 * np.exp(-(((y - 0.8) / 0.6) ** 2))
        fx, fy = 0.9 + 0.3 * (1 - min(stack, 1.0)), 0.55 + 1.6 * min(stack, 1.0)
    else:
        stack = 0.6 * np.exp(-(((y - 3.0) / 0.8) ** 2)) + 0.4 * np.exp(-(((y - 1.6) / 0.5) ** 2))
        fx, fy = 1.25, 0.55 + 0.9 * stack
    amp = 0.30 + 0.38 * stack
    slant = 0.35 * (1.0 if x > 0 else -1.0)
    n = noise3(fx * x + slant * y + 1.2 * warp + s, fy * y + 0.8 * warp, fx * z)
    f = noise3(2.3 * x + 0.8 * y + s, 1.9 * y + warp, 2.3 * z + 9)
    return (
        amp * (fx * n[1] + 0.75 * f[1]),
        amp * (fy * n[2] + slant * n[1] + 0.6 * f[2]),
        amp * (fx * n[3] + 0.75 * f[3]),
    )


@compiled(fastmath=True)
def shadow_at(shadow: Floats, frame: Floats, x: float, y: float, z: float, bias: float) -> float:
    """Return how much of the key light reaches a world point, 0-1 (soft over nine taps).

    Args:
        shadow: Nearness to the light, shape (H, W), 0 where nothing is.
        frame: Rows mapping a homogeneous world point to column, row and nearness, shape (3, 4).
        x: World position, m.
        y: World position, m.
        z: World position, m.
        bias: Nearness a caster must exceed, m.
    """
    c = frame[0, 0] * x + frame[0, 1] * y + frame[0, 2] * z + frame[0, 3]
    r = frame[1, 0] * x + frame[1, 1] * y + frame[1, 2] * z + frame[1, 3]
    d = frame[2, 0] * x + frame[2, 1] * y + frame[2, 2] * z + frame[2, 3]
    height, width = shadow.shape
    lit = 0.0
    for dr in range(-1, 2):
        for dc in range(-1, 2):
            i, j = int(r + 1.1 * dr), int(c + 1.1 * dc)
            if i < 0 or j < 0 or i >= height or j >= width or shadow[i, j] < d + bias:
                lit += 1.0
    return lit / 9.0


@compiled(fastmath=True)
def shade(
    raster: tuple[Floats, Ints, Floats],
    faces: Ints,
    face_material: Ints,
    vertices: Floats,
    materials: Floats,
    lighting: Floats,
    shadow: Floats,
    frame: Floats,
) -> tuple[Floats, Bytes]:
    """Return linear colour (H, W, 3) and labels (H, W) of the drawn pixels.

    Args:
        raster: What ``rasterise`` returned.
        faces: Triangles, shape (F, 3).
        face_material: Row of ``materials`` of each, shape (F,).
        vertices: Position (m), normal, canonical point (dm), arm, leg; shape (N, 11).
        materials: ``material_table``.
        lighting: 0-2 camera position, 3-5 direction to the light, 6 key, 7 ambient, 8-9 cosine and
            sine of the heading, 10-12 colour of the light bounced from the ground.
        shadow: The light's depth map.
        frame: Its projection.
    """
    near, face, bary = raster
    height, width = near.shape
    colour = np.zeros((height, width, 3), np.float32)
    label = np.zeros((height, width), np.uint8)
    v = np.zeros(11, np.float32)
    for row in range(height):
        for column in range(width):
            f = face[row, column]
            if f < 0 or label[row, column] > 0:  # the left neighbour may have shaded it already
                continue
            b1, b2 = bary[row, column, 0], bary[row, column, 1]
            b0 = 1 - b1 - b2
            i, j, k = faces[f, 0], faces[f, 1], faces[f, 2]
            for a in range(11):
                v[a] = b0 * vertices[i, a] + b1 * vertices[j, a] + b2 * vertices[k, a]
            m = materials[face_material[f]]
            r, g, b, name = _shade_point(v, m, lighting, shadow, frame)
            if column % 2 == 0 and column + 1 < width and face[row, column + 1] >= 0:
                if face_material[face[row, column + 1]] == face_material[f] and int(m[1]) != 4:
                    ratio = near[row, column + 1] / near[row, column]
                    if 0.995 < ratio < 1.005:
                        for a in range(3):
                            colour[row, column + 1, a] = (r, g, b)[a]
                        label[row, column + 1] = name
            colour[row, column, 0], colour[row, column, 1], colour[row, column, 2] = r, g, b
            label[row, column] = name
    return colour, label


@compiled(fastmath=True)
def _albedo(m: Floats, v: Floats) -> tuple[float, float, float, int, float]:
    """Return colour, label and fold depth of a surface point."""
    kind, name, folds = int(m[1]), int(m[0]), m[10]
    x, y, z, arm = v[6], v[7], v[8], v[9]
    if kind == 0:
        c = skin_colour(m, x, y, z, arm)
        name = _skin_label(x, y, arm, v[10])
        if m[12] > 0 and v[10] > 0.5:  # sandals are drawn on the foot
            band = 0.9 < z < 1.3 or (abs(y + 7.1) < 0.13)
            if y < -7.95 or (band and y < -6.9):
                return m[17], m[18], m[19], LEFT_SHOE + (1 if x < 0 else 0), 0.0
        return c[0], c[1], c[2], name, 0.0
    if kind == 1 or kind == 6:
        if strap_here(m, x, y, z, arm):
            return m[17], m[18], m[19], BAG, 0.0
        c = cloth_colour(m, x, y, z, arm)
        return c[0], c[1], c[2], name, folds
    if kind == 2:
        c = hair_colour(m, x, y, y)
        return c[0], c[1], c[2], name, 0.0
    if kind == 4:
        c = eye_colour(x, y, z)
        return c[0], c[1], c[2], name, 0.0
    if kind == 5:
        c = shoe_colour(m, x, y, z)
        return c[0], c[1], c[2], LEFT_SHOE + (1 if x < 0 else 0), 0.0
    c = cloth_colour(m, x, y, z, -1.0)
    return c[0], c[1], c[2], name, folds


@compiled(fastmath=True)
def _shade_point(
    v: Floats, m: Floats, lighting: Floats, shadow: Floats, frame: Floats
) -> tuple[float, float, float, int]:
    r, g, b, name, folds = _albedo(m, v)
    kind = int(m[1])
    px, py, pz = v[0], v[1], v[2]
    nx, ny, nz = v[3], v[4], v[5]
    ex, ey, ez = lighting[0] - px, lighting[1] - py, lighting[2] - pz
    scale = 1 / np.sqrt(ex * ex + ey * ey + ez * ez)
    ex, ey, ez = ex * scale, ey * scale, ez * scale
    if nx * ex + ny * ey + nz * ez < 0:
        nx, ny, nz = -nx, -ny, -nz
    hollow = 1.0
    if folds > 0:
        gx, gy, gz = _fold_gradient(m, v[6], v[7], v[8], v[9])
        c, s = lighting[8], lighting[9]
        wx, wz = gx * c + gz * s, gx * s - gz * c
        dot = wx * nx + gy * ny + wz * nz
        depth = 0.66 * folds
        nx, ny, nz = (
            nx - depth * (wx - dot * nx),
            ny - depth * (gy - dot * ny),
            nz - depth * (wz - dot * nz),
        )
        hollow = 1.0 - 0.13 * folds * min(abs(gx) + abs(gy), 1.6)
    if kind == 2:
        strand = noise3(v[6] * 17 + m[20], v[7] * 1.5, 2.5)[0] + noise3(v[6] * 7, v[7], m[20])[0]
        nx, nz = nx + 0.30 * strand * nz, nz - 0.30 * strand * nx
        ny += 0.12 * strand
        hollow = 0.85 + 0.15 * strand
    if kind == 6:
        rib = noise3(v[6] * 6, v[7] * 14, v[8] * 6)
        ny -= 0.10 * rib[2] * 0.3
    scale = 1 / np.sqrt(nx * nx + ny * ny + nz * nz + 1e-9)
    nx, ny, nz = nx * scale, ny * scale, nz * scale
    lx, ly, lz = lighting[3], lighting[4], lighting[5]
    lambert = nx * lx + ny * ly + nz * lz
    lit = 0.0
    wrap = 0.25 if kind == 0 else 0.1
    direct = max((lambert + wrap) / (1 + wrap), 0.0)
    if direct > 0 and lighting[6] > 0:
        lit = shadow_at(shadow, frame, px + 0.012 * nx, py + 0.012 * ny, pz + 0.012 * nz, 0.02)
    sky = lighting[7] * (0.62 + 0.38 * ny) * hollow
    bounce = lighting[7] * 0.30 * (0.5 - 0.5 * ny)
    facing = 0.80 + 0.20 * max(nx * ex + ny * ey + nz * ez, 0.0)
    key = lighting[6] * direct * lit
    hx, hy, hz = lx + ex, ly + ey, lz + ez
    scale = 1 / np.sqrt(hx * hx + hy * hy + hz * hz + 1e-9)
    half = max((nx * hx + ny * hy + nz * hz) * scale, 0.0)
    exponent = 24.0 if kind != 0 else 12.0
    shine = m[11] * half**exponent * lighting[6] * lit
    rim = m[11] * 0.25 * lighting[7] * (1 - max(nx * ex + ny * ey + nz * ez, 0.0)) ** 4
    red = r * (sky * facing + bounce * lighting[10] + key * 1.03) + shine + rim
    green = g * (sky * facing + bounce * lighting[11] + key) + shine + rim
    blue = b * (sky * facing * 1.04 + bounce * lighting[12] + key * 0.95) + shine + rim
    return red, green, blue, name
