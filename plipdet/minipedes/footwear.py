"""Shoes lofted from heel to toe around each foot, shafts of boots, and high heels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from plipdet.minipedes.body import Body
from plipdet.minipedes.garments import tights_part
from plipdet.minipedes.materials import Colour, Material, garment_colours
from plipdet.minipedes.parts import Part, grid_faces, rigid, superellipsoid
from plipdet.minipedes.person_spec import PersonSpec
from plipdet.minipedes.rasteriser import vertex_normals
from plipdet.minipedes.skeleton import BONE

Array = NDArray[np.float64]
# Height of the upper at heel, instep and toe box (dm), and thickness of the sole.
_UPPERS = {
    "sneakers": (0.92, 0.98, 0.46, 0.26),
    "boots": (1.10, 1.15, 0.50, 0.24),
    "leather shoes": (0.80, 0.84, 0.38, 0.16),
    "high heels": (0.66, 0.34, 0.30, 0.08),
    "sandals": (0.14, 0.14, 0.12, 0.12),
}
CANONICAL_FLOOR = -8.22


def shoe_colours(spec: PersonSpec) -> tuple[Colour, Colour, bool]:
    """Return the shoe's colour, the sole's, and whether laces show."""
    rng = np.random.default_rng((spec.body_seed, 104))
    first, second = garment_colours(spec.shoes, rng)
    if spec.shoes.kind == "sneakers":
        if rng.uniform() < 0.6 and spec.shoes.second_colour in (None, spec.shoes.colour):
            second = (0.60, 0.60, 0.58)
        return first, second, True
    dark = (first[0] * 0.4, first[1] * 0.4, first[2] * 0.4)
    return first, dark, False


def _foot_frame(body: Body, side: str) -> tuple[Array, Array, Array, Array]:
    """Return the heel's ground point, the directions along and across, and (length, half width)."""
    asset = body.asset
    rows = slice(0, asset.starts[1])
    canonical, sign = asset.canonical[rows], 1.0 if side == "L" else -1.0
    points = body.vertices[rows][(canonical[:, 1] < -7.55) & (canonical[:, 0] * sign > 0)]
    along = (body.joints[BONE[f"toes.{side}"]] - body.joints[BONE[f"foot.{side}"]]).astype(float)
    along[1] = 0
    along /= np.linalg.norm(along)
    across = np.array([along[2], 0.0, -along[0]])
    forward, sideways = points @ along, points @ across
    middle = 0.5 * (sideways.min() + sideways.max())
    heel = along * forward.min() + across * middle + np.array([0, points[:, 1].min(), 0])
    extent = np.array([np.ptp(forward), 0.5 * np.ptp(sideways)])
    return heel, along, across, extent


def _loft(body: Body, side: str, material: Material, kind: str) -> Part:
    heel, along, across, (length, half) = _foot_frame(body, side)
    tall, instep, toe, sole = (value * length / 2.6 for value in _UPPERS[kind])
    pointed = kind in ("high heels", "leather shoes")
    spare = 0.22 if not pointed else 0.26
    start, total = -0.10, length + 0.10 + spare
    rows, columns = 19, 20
    way = np.linspace(0, 1, rows)[:, None]
    around = np.linspace(0, 2 * np.pi, columns, endpoint=False)[None]
    nose = 1 - np.clip((way - 0.80) / 0.2, 0, 1) ** (2.2 if not pointed else 1.5)
    back = 1 - np.clip((0.10 - way) / 0.10, 0, 1) ** 2
    rounding = np.sqrt(np.clip(nose * back, 0.0, 1))
    grip = {"sneakers": 1.10, "boots": 1.10, "sandals": 1.02}.get(kind, 0.96)
    width = half * grip * np.interp(way, [0, 0.25, 0.45, 0.72, 1], [0.72, 0.76, 0.82, 1.0, 0.9])
    height = np.interp(
        way, [0, 0.2, 0.42, 0.72, 0.9, 1.0], [tall, tall, instep, toe * 1.15, toe, toe]
    )
    s, c = np.sin(around), np.cos(around)
    sideways = width * rounding * np.sign(c) * np.abs(c) ** 0.75
    up = np.where(s > 0, np.abs(s) ** 0.8 * height * (0.55 + 0.45 * rounding), 0.0) - 0.06
    up = np.where(s < 0, -0.06 - 0.05 * np.abs(s), up)
    spread = np.where((up < sole) & (s > -0.2), 1.05, 1.0)
    forward = start + way * total + 0 * around
    points = heel + forward[..., None] * along + (sideways * spread)[..., None] * across
    points = points + up[..., None] * np.array([0.0, 1.0, 0.0])
    sign = 1.0 if side == "L" else -1.0
    canonical = np.stack(
        [
            sign * (2.0 + 0.8 * sideways),
            np.where(up < sole, CANONICAL_FLOOR, CANONICAL_FLOOR + 0.3 + up),
            forward - 0.6,
        ],
        -1,
    )
    part = rigid(
        points.reshape(-1, 3),
        grid_faces(rows, columns, closed=True),
        material,
        bone=BONE[f"foot.{side}"],
        canonical=canonical.reshape(-1, 3),
    )
    ball = np.clip((way - 0.62) / 0.12, 0, 1) + 0 * around
    part.bones[:, 1] = BONE[f"toes.{side}"]
    part.weights[:, 0], part.weights[:, 1] = 1 - ball.ravel(), ball.ravel()
    return part


def _shafts(body: Body, material: Material, top: float) -> Part:
    part = tights_part(body, material)
    normals = vertex_normals(part.points, part.faces)
    y = part.canonical[:, 1]
    part.points = (part.points + normals * 0.14).astype(np.float32)
    part.cut = np.minimum(top - y, y + 7.75).astype(np.float32)
    return part


def _heel(body: Body, side: str, material: Material) -> Part:
    heel, along, _, (length, _) = _foot_frame(body, side)
    drop = 0.40 * length / 2.2
    centre = heel + along * 0.22 + np.array([0, -0.5 * drop, 0])
    points, faces = superellipsoid(centre, (0.11, drop * 0.75, 0.11), 0.5)
    sign = 1.0 if side == "L" else -1.0
    canonical = points * 0 + np.array([sign * 2.0, -7.8, 0.0])
    return rigid(points, faces, material, bone=BONE[f"foot.{side}"], canonical=canonical)


def shoe_parts(spec: PersonSpec, body: Body) -> list[Part]:
    """Return the shoes; the straps of sandals are drawn on the skin."""
    kind = spec.shoes.kind
    first, second, laces = shoe_colours(spec)
    material = Material(
        label="left-shoe",
        kind="shoe",
        colour=first,
        second=second,
        gloss=0.03 if laces else 0.16,
        denim=float(laces),
        hem=-20.0,
    )
    found = [_loft(body, side, material, kind) for side in ("L", "R")]
    if kind == "boots":
        rng = np.random.default_rng((spec.body_seed, 105))
        found.append(_shafts(body, material, -6.8 + 2.0 * rng.uniform()))
    if kind == "high heels":
        found += [_heel(body, side, material) for side in ("L", "R")]
    return found
