"""Numba kernels: skinning, normals and a z-buffer whose triangles are cut per pixel."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from plipdet.compiled import compiled

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]


@compiled(fastmath=True)
def skin_vertices(rest: Floats, bones: Ints, weights: Floats, transforms: Floats) -> Floats:
    """Return linear blend skinning of ``rest`` (N, 3) by ``transforms`` (bones, 3, 4)."""
    out = np.empty_like(rest)
    for i in range(rest.shape[0]):
        x, y, z = rest[i, 0], rest[i, 1], rest[i, 2]
        a = b = c = np.float32(0)
        for k in range(4):
            w = weights[i, k]
            if w > 0:
                t = transforms[bones[i, k]]
                a += w * (t[0, 0] * x + t[0, 1] * y + t[0, 2] * z + t[0, 3])
                b += w * (t[1, 0] * x + t[1, 1] * y + t[1, 2] * z + t[1, 3])
                c += w * (t[2, 0] * x + t[2, 1] * y + t[2, 2] * z + t[2, 3])
        out[i, 0], out[i, 1], out[i, 2] = a, b, c
    return out


@compiled(fastmath=True)
def vertex_normals(vertices: Floats, faces: Ints) -> Floats:
    """Return area-weighted unit normals, shape (N, 3)."""
    out = np.zeros_like(vertices)
    for f in range(faces.shape[0]):
        i, j, k = faces[f, 0], faces[f, 1], faces[f, 2]
        ax = vertices[j, 0] - vertices[i, 0]
        ay = vertices[j, 1] - vertices[i, 1]
        az = vertices[j, 2] - vertices[i, 2]
        bx = vertices[k, 0] - vertices[i, 0]
        by = vertices[k, 1] - vertices[i, 1]
        bz = vertices[k, 2] - vertices[i, 2]
        nx, ny, nz = ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx
        for v in (i, j, k):
            out[v, 0] += nx
            out[v, 1] += ny
            out[v, 2] += nz
    for i in range(out.shape[0]):
        n = np.sqrt(out[i, 0] ** 2 + out[i, 1] ** 2 + out[i, 2] ** 2) + np.float32(1e-12)
        out[i, 0] /= n
        out[i, 1] /= n
        out[i, 2] /= n
    return out


@compiled(fastmath=True)
def rasterise(
    screen: Floats, faces: Ints, cut: Floats, shape: tuple[int, int]
) -> tuple[Floats, Ints, Floats]:
    """Draw triangles into a z-buffer; a pixel whose interpolated ``cut`` is negative is left out.

    Args:
        screen: Column, row (px) and nearness (greater wins) of each vertex, shape (N, 3).
        faces: Vertex indices, shape (F, 3).
        cut: Signed distance inside the garment's border, any unit, shape (N,).
        shape: Height and width in px.

    Returns:
        Nearness (H, W), 0 where empty; face (H, W), -1 where empty; barycentric weights of the
        face's second and third corner (H, W, 2).
    """
    height, width = shape
    near = np.zeros((height, width), np.float32)
    face = np.full((height, width), -1, np.int32)
    bary = np.zeros((height, width, 2), np.float32)
    for f in range(faces.shape[0]):
        i, j, k = faces[f, 0], faces[f, 1], faces[f, 2]
        c0, c1, c2 = cut[i], cut[j], cut[k]
        if c0 < 0 and c1 < 0 and c2 < 0:
            continue
        x0, y0, z0 = screen[i, 0], screen[i, 1], screen[i, 2]
        x1, y1, z1 = screen[j, 0], screen[j, 1], screen[j, 2]
        x2, y2, z2 = screen[k, 0], screen[k, 1], screen[k, 2]
        if z0 <= 0 or z1 <= 0 or z2 <= 0:
            continue
        area = (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0)
        if abs(area) < 1e-9:
            continue
        left = max(int(np.ceil(min(x0, x1, x2) - 0.5)), 0)
        right = min(int(np.floor(max(x0, x1, x2) - 0.5)), width - 1)
        top = max(int(np.ceil(min(y0, y1, y2) - 0.5)), 0)
        bottom = min(int(np.floor(max(y0, y1, y2) - 0.5)), height - 1)
        inverse = 1.0 / area
        trimmed = c0 < 0 or c1 < 0 or c2 < 0
        for row in range(top, bottom + 1):
            py = row + 0.5
            for column in range(left, right + 1):
                px = column + 0.5
                b1 = ((px - x0) * (y2 - y0) - (x2 - x0) * (py - y0)) * inverse
                b2 = ((x1 - x0) * (py - y0) - (px - x0) * (y1 - y0)) * inverse
                b0 = 1.0 - b1 - b2
                if b0 < 0 or b1 < 0 or b2 < 0:
                    continue
                z = b0 * z0 + b1 * z1 + b2 * z2
                if z <= near[row, column]:
                    continue
                if trimmed and b0 * c0 + b1 * c1 + b2 * c2 < 0:
                    continue
                near[row, column] = z
                face[row, column] = f
                bary[row, column, 0] = b1
                bary[row, column, 1] = b2
    return near, face, bary
