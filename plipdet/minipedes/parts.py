"""Pieces of a person's surface with skin weights, canonical coordinates and a cut; primitives."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from plipdet.minipedes.materials import Material
from plipdet.minipedes.skeleton import BONES

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]
WORLD = len(BONES)  # the pseudo-bone of parts that are built in the posed frame


@dataclass
class Part:
    """A piece of surface before skinning.

    Args:
        points: Positions, dm; rest pose, or posed when bound to ``WORLD``; shape (N, 3).
        faces: Triangles, shape (F, 3).
        material: What it is made of.
        canonical: Position on the mean body that patterns and folds live in, shape (N, 3).
        bones: Bones a vertex, shape (N, 4).
        weights: Their weights, shape (N, 4).
        cut: Distance inside the border, dm; drawn where >= 0; shape (N,).
        arm: Arm coordinate (hair: position along the strand), shape (N,).
    """

    points: Floats
    faces: Ints
    material: Material
    canonical: Floats
    bones: Ints
    weights: Floats
    cut: Floats
    arm: Floats


def rigid(
    points: NDArray,
    faces: NDArray,
    material: Material,
    *,
    bone: int = WORLD,
    canonical: NDArray | None = None,
    cut: NDArray | None = None,
    arm: NDArray | None = None,
) -> Part:
    """Return a part bound to one bone."""
    count = len(points)
    bones = np.zeros((count, 4), np.int32)
    bones[:, 0] = bone
    weights = np.zeros((count, 4), np.float32)
    weights[:, 0] = 1
    return Part(
        points.astype(np.float32),
        faces.astype(np.int32),
        material,
        (points if canonical is None else canonical).astype(np.float32),
        bones,
        weights,
        (np.ones(count) if cut is None else cut).astype(np.float32),
        (np.full(count, -1.0) if arm is None else arm).astype(np.float32),
    )


def drawn_faces(faces: Ints, cut: Floats) -> NDArray[np.bool_]:
    """Return which triangles have a corner inside the border, shape (F,)."""
    inside = cut >= 0
    return inside[faces[:, 0]] | inside[faces[:, 1]] | inside[faces[:, 2]]


def pruned(part: Part) -> Part:
    """Return the part without triangles that are wholly cut away, nor their vertices."""
    faces = part.faces[drawn_faces(part.faces, part.cut)]
    mask = np.zeros(len(part.points), bool)
    mask[faces.ravel()] = True
    used = np.flatnonzero(mask)
    number = np.cumsum(mask) - 1
    return Part(
        part.points[used],
        number[faces].astype(np.int32),
        part.material,
        part.canonical[used],
        part.bones[used],
        part.weights[used],
        part.cut[used],
        part.arm[used],
    )


def grid_faces(rows: int, columns: int, *, closed: bool) -> Ints:
    """Return the triangles of a grid of vertices; ``closed`` joins the last column to the first."""
    r, c = np.meshgrid(
        np.arange(rows - 1), np.arange(columns if closed else columns - 1), indexing="ij"
    )
    right = (c + 1) % columns
    a, b = r * columns + c, r * columns + right
    d, e = a + columns, b + columns
    faces = np.concatenate([np.stack([a, d, b], -1), np.stack([b, d, e], -1)], axis=0)
    return faces.reshape(-1, 3).astype(np.int32)


def superellipsoid(
    centre: NDArray, radii: tuple[float, float, float], power: float
) -> tuple[Floats, Ints]:
    """Return a rounded box: ``power`` 1 is an ellipsoid, towards 0 a box."""
    rows, columns = 13, 20
    polar = np.linspace(0.001, np.pi - 0.001, rows)[:, None]
    around = np.linspace(0, 2 * np.pi, columns, endpoint=False)[None]

    def lame(value: NDArray) -> NDArray:
        return np.sign(value) * np.abs(value) ** power

    points = np.stack(
        [
            lame(np.sin(polar)) * lame(np.sin(around)),
            lame(np.cos(polar)) + 0 * around,
            lame(np.sin(polar)) * lame(np.cos(around)),
        ],
        -1,
    )
    points = points * np.asarray(radii) + np.asarray(centre)
    return points.reshape(-1, 3).astype(np.float32), grid_faces(rows, columns, closed=True)


def tube(path: NDArray, radius: float | NDArray, *, flat: float = 1.0) -> tuple[Floats, Ints]:
    """Return a tube along ``path`` (P, 3); ``flat`` scales its thickness front to back."""
    path = np.asarray(path, np.float64)
    sides = 8
    tangent = np.gradient(path, axis=0)
    tangent /= np.linalg.norm(tangent, axis=1, keepdims=True) + 1e-9
    reference = np.where(np.abs(tangent[:, 2:3]) > 0.9, [[1.0, 0, 0]], [[0, 0, 1.0]])
    across = np.cross(tangent, reference)
    across /= np.linalg.norm(across, axis=1, keepdims=True) + 1e-9
    normal = np.cross(across, tangent)
    angle = np.linspace(0, 2 * np.pi, sides, endpoint=False)
    ring = (
        np.cos(angle)[None, :, None] * across[:, None]
        + flat * np.sin(angle)[None, :, None] * (normal[:, None])
    )
    size = np.broadcast_to(np.asarray(radius, np.float64), (len(path),))
    points = path[:, None] + ring * size[:, None, None]
    return points.reshape(-1, 3).astype(np.float32), grid_faces(len(path), sides, closed=True)
