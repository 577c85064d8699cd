"""Shoes: the feet of the tights helper, thickened, soled and cut at the ankle or shin."""

from __future__ import annotations

import numpy as np

from plipdet.minipedes.body import Body
from plipdet.minipedes.garments import tights_part
from plipdet.minipedes.materials import Colour, Material, garment_colours
from plipdet.minipedes.parts import Part, rigid, superellipsoid
from plipdet.minipedes.person_spec import PersonSpec
from plipdet.minipedes.rasteriser import vertex_normals
from plipdet.minipedes.skeleton import BONE

_TOPS = {"sneakers": -7.1, "boots": -5.6, "leather shoes": -7.3, "high heels": -7.72}


def shoe_colours(spec: PersonSpec) -> tuple[Colour, Colour, bool]:
    """Return the shoe's colour, the sole's, and whether laces show."""
    rng = np.random.default_rng((spec.body_seed, 104))
    first, second = garment_colours(spec.shoes, rng)
    if spec.shoes.kind == "sneakers":
        if rng.uniform() < 0.6 and spec.shoes.second_colour in (None, spec.shoes.colour):
            second = (0.62, 0.62, 0.6)
        return first, second, True
    dark = (first[0] * 0.4, first[1] * 0.4, first[2] * 0.4)
    return first, dark, False


def shoe_parts(spec: PersonSpec, body: Body) -> list[Part]:
    """Return the shoes; sandals are only soles here, their straps are drawn on the skin."""
    kind = spec.shoes.kind
    if kind == "sandals":
        return []
    first, second, laces = shoe_colours(spec)
    rng = np.random.default_rng((spec.body_seed, 105))
    material = Material(
        label="left-shoe",
        kind="shoe",
        colour=first,
        second=second,
        gloss=0.05 if laces else 0.25,
        denim=float(laces),
        hem=-20.0,
    )
    part = tights_part(body, material)
    y, z = part.canonical[:, 1], part.canonical[:, 2]
    normals = vertex_normals(part.points, part.faces)
    sturdy = {"sneakers": 0.13, "boots": 0.13, "leather shoes": 0.07, "high heels": 0.03}[kind]
    normals[:, 1] *= 0.6
    foot = np.clip((-6.9 - y) / 0.4, 0.0, 1.0)
    part.points = part.points + normals * (0.05 + sturdy * foot)[:, None].astype(np.float32)
    floor = part.points[y < -7.9, 1].min() if (y < -7.9).any() else part.points[:, 1].min()
    low = y < -7.95
    part.points[low, 1] = floor - (0.08 if laces else 0.03)
    top = _TOPS[kind] + (rng.uniform(0, 1.9) if kind == "boots" else rng.uniform(-0.1, 0.1))
    part.cut = (top - y).astype(np.float32)
    if kind == "high heels":
        part.cut = np.minimum(part.cut, np.where(z > 0.6, -7.95 + 0.5 * (z - 1.2) - y + 0.3, 9.0))
        part.cut = part.cut.astype(np.float32)
        return [part, *_heels(body, material)]
    return [part]


def _heels(body: Body, material: Material) -> list[Part]:
    found = []
    for side in ("L", "R"):
        ankle = body.joints[BONE[f"foot.{side}"]]
        bottom = body.vertices[: body.asset.starts[1], 1].min()
        centre = np.array([ankle[0], bottom - 0.28, ankle[2] - 0.42])
        points, faces = superellipsoid(centre, (0.10, 0.42, 0.10), 0.5)
        points[:, 2] -= (points[:, 1] - centre[1]) * 0.35
        canonical = points * 0 + np.array([np.sign(ankle[0]), -7.8, 0.0])
        found.append(
            rigid(points, faces, material, bone=BONE[f"foot.{side}"], canonical=canonical)
        )
    return found
