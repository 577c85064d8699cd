"""Garments as layers of the smoothed tights: offset, draped, and cut at their borders."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from plipdet.minipedes.body import Body
from plipdet.minipedes.garment_cuts import BottomCut, TopCut
from plipdet.minipedes.materials import Colour, Material, garment_colours
from plipdet.minipedes.parts import Part
from plipdet.minipedes.person_spec import Garment, PersonSpec
from plipdet.minipedes.rasteriser import vertex_normals
from plipdet.minipedes.skeleton import BONE

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Fit:
    """How a garment of the trunk hangs: offset, sleeve width, cling (0 falls straight), folds."""

    offset: float
    sleeve_width: float
    cling: float
    folds: float
    gathered: float = 0.0


FITS = {
    "t-shirt": Fit(0.10, 0.30, 0.06, 0.6),
    "tank top": Fit(0.05, 0.0, 0.35, 0.45),
    "shirt": Fit(0.14, 0.14, 0.06, 0.8),
    "long-sleeved top": Fit(0.08, 0.08, 0.16, 0.6),
    "sweater": Fit(0.17, 0.15, 0.12, 0.6, 0.14),
    "hoodie": Fit(0.22, 0.20, 0.05, 0.75, 0.2),
    "jacket": Fit(0.24, 0.10, 0.05, 0.6, 0.06),
    "coat": Fit(0.30, 0.13, 0.02, 0.5),
    "dress": Fit(0.07, 0.14, 0.42, 0.5),
}
# Ease at the thigh and at the hem, folds, gloss.
BOTTOM_FITS = {
    "trousers": (0.16, 0.32, 0.9, 0.0),
    "jeans": (0.10, 0.18, 0.9, 0.0),
    "leggings": (0.03, 0.03, 0.15, 0.03),
    "shorts": (0.20, 0.42, 0.8, 0.0),
}


@dataclass(frozen=True)
class Cloth:
    """A garment ready to be laid on a body.

    Args:
        garment: What the specification says.
        cut: Its borders.
        material: Its surface.
        fit: How it hangs, for garments of the trunk.
    """

    garment: Garment
    cut: TopCut | BottomCut
    material: Material
    fit: Fit | None = None


def _top_cut(kind: str, woman: bool, opened: bool, rng: np.random.Generator) -> TopCut:
    wob = rng.uniform(-1, 1)
    neck = 0.92 + 0.12 * rng.uniform() + 0.15 * woman * rng.uniform()
    opening = 0.25 + 0.5 * rng.uniform() if opened else -1.0
    table = {
        "t-shirt": TopCut(1.45 + 0.25 * wob, 0.33 + 0.07 * wob, neck),
        "tank top": TopCut(1.5 + 0.3 * wob, -0.1, 1.0, 0.0, -1.0, 0.42),
        "shirt": TopCut(1.25 + 0.3 * wob, 0.98 if rng.uniform() < 0.75 else 0.38, 0.8, 0.35),
        "long-sleeved top": TopCut(1.5 + 0.3 * wob, 0.97, neck),
        "sweater": TopCut(1.35 + 0.2 * wob, 1.0, 0.86 if rng.uniform() < 0.7 else 0.6),
        "hoodie": TopCut(1.15 + 0.2 * wob, 1.0, 0.85),
        "jacket": TopCut(1.2 + 0.35 * wob, 1.02, 0.8, 0.0 if not opened else 0.9, opening),
        "coat": TopCut(1.75, 1.03, 0.8, 0.7, opening * 0.8),
        "dress": TopCut(2.2, (-0.2, 0.3, 0.95)[rng.choice(3, p=(0.4, 0.4, 0.2))], neck + 0.15),
    }
    return table[kind]


def tucks_in(spec: PersonSpec) -> bool:
    """Return whether the top is worn inside the skirt."""
    light = ("t-shirt", "tank top", "shirt", "long-sleeved top")
    return "skirt" in spec.lower.kind and spec.upper.kind in light


def top_cloth(spec: PersonSpec, garment: Garment, *, role: str) -> Cloth:
    """Return the trunk garment of ``spec``; ``role`` is its label: upper, inner, outer or dress."""
    slot = {"upper": 1, "outer": 1, "dress": 1, "inner": 2}[role]
    rng = np.random.default_rng((spec.body_seed, 100 + slot))
    opened = role in ("outer", "upper") and spec.inner is not None
    cut = _top_cut(garment.kind, spec.gender == "woman", opened, rng)
    first, second = garment_colours(garment, rng)
    closure = {"shirt": "buttons", "coat": "buttons", "jacket": "zip"}.get(garment.kind, "none")
    fit = FITS[garment.kind]
    leather = garment.kind == "jacket" and garment.colour in ("black", "brown")
    material = Material(
        label=role,
        kind="knit" if garment.kind == "sweater" else "cloth",
        colour=first,
        second=second,
        pattern=garment.pattern,
        scale=float(rng.uniform(0.55, 1.0)),
        folds=fit.folds,
        gloss=0.22 if leather and rng.uniform() < 0.5 else 0.0,
        closure="open" if opened else closure,
        hem=-20.0 if garment.kind in ("coat", "dress") else cut.hem,
        sleeve=cut.sleeve,
        seed=float(rng.uniform(0, 50)),
    )
    return Cloth(garment, cut, material, fit)


def _washed(colour: Colour) -> Colour:
    """Return the colour of denim dyed in ``colour``: greyer."""
    r, g, b = colour
    return 0.6 * r + 0.030, 0.6 * g + 0.042, 0.6 * b + 0.066


def bottom_cloth(spec: PersonSpec) -> Cloth:
    """Return the lower garment of ``spec``, whose kind is not ``none``."""
    rng = np.random.default_rng((spec.body_seed, 103))
    kind = spec.lower.kind
    hems = {
        "trousers": -7.35 - 0.35 * rng.uniform(),
        "jeans": -7.25 - 0.4 * rng.uniform(),
        "leggings": -7.0 if rng.uniform() < 0.75 else -4.6,
        "shorts": -1.6 - 1.3 * rng.uniform() + 0.9 * (spec.gender == "woman"),
        "skirt": -1.9 - 1.0 * rng.uniform() + 0.3,
        "long skirt": -5.6 - 1.3 * rng.uniform(),
    }
    first, second = garment_colours(spec.lower, rng)
    if kind == "jeans" and spec.lower.colour != "black":
        first = _washed(first)
    cut = BottomCut(2.75 + 0.5 * rng.uniform(), hems[kind])
    skirt = "skirt" in kind
    folds, gloss = (0.4, 0.05) if skirt else BOTTOM_FITS[kind][2:]
    material = Material(
        label="skirt" if skirt else "lower",
        kind="cloth",
        colour=first,
        second=second,
        pattern=spec.lower.pattern,
        scale=float(rng.uniform(0.5, 0.9)),
        folds=folds,
        gloss=gloss,
        hem=cut.hem,
        denim=float(kind == "jeans"),
        seed=float(rng.uniform(0, 50)),
    )
    return Cloth(spec.lower, cut, material)


def tights_part(body: Body, material: Material) -> Part:
    """Return the smoothed tights of ``body`` as an uncut part, legs loosened from the hips."""
    asset = body.asset
    rows = slice(asset.starts[3], asset.starts[4])
    return Part(
        body.vertices[rows].copy(),
        asset.tights_faces,
        material,
        asset.canonical[rows],
        asset.bone_indices[rows],
        asset.bone_weights[rows],
        np.ones(rows.stop - rows.start, np.float32),
        asset.arm[rows],
    )


def drape(part: Part, cling: float, amount: float) -> None:
    """Let the trunk of ``part`` hang from chest and shoulder blades instead of hugging the waist.

    Going down, the radius around the trunk's axis may shrink by at most ``cling`` dm a dm.
    """
    y, trunk = part.canonical[:, 1], part.arm < -0.6
    x, z = part.points[:, 0], part.points[:, 2] - 0.1
    radius, angle = np.hypot(x, z), np.arctan2(x, z)
    rows, columns, low, high = 40, 32, -1.0, 6.0
    row = np.clip(((high - y) / (high - low) * (rows - 1)).round().astype(int), 0, rows - 1)
    column = ((angle / (2 * np.pi) + 1) * columns).round().astype(int) % columns
    table = np.zeros((rows, columns))
    chosen = trunk & (y < high) & (y > 0.6)
    np.maximum.at(table, (row[chosen], column[chosen]), radius[chosen])
    step = (high - low) / (rows - 1) * cling
    for r in range(1, rows):
        side = 0.5 * (np.roll(table[r - 1], 1) + np.roll(table[r - 1], -1))
        table[r] = np.maximum(table[r], np.maximum(table[r - 1], side) - step)
    padded = (table + np.roll(table, 1, 1) + np.roll(table, -1, 1)) / 3
    padded[1:-1] = (padded[2:] + padded[1:-1] + padded[:-2]) / 3
    wanted = padded[row, column]
    share = np.clip((5.6 - y) / 1.2, 0, 1) * amount * trunk
    grow = np.where(wanted > radius, 1 + share * (wanted / np.maximum(radius, 1e-3) - 1), 1.0)
    grow = np.minimum(grow, 1.6)
    part.points[:, 0] = (x * grow).astype(np.float32)
    part.points[:, 2] = (z * grow + 0.1).astype(np.float32)


def _hips_follow_pelvis(part: Part, hem: float) -> None:
    """Bind the skirt of a top to the pelvis, so that walking legs do not split it."""
    share = np.clip((2.6 - part.canonical[:, 1]) / 1.2, 0, 1) * 0.55 * (part.arm < -0.6)
    part.weights = part.weights * (1 - share[:, None]).astype(np.float32)
    last = part.weights.argmin(1)
    rows = np.arange(len(last))
    freed = share > 0
    part.bones = part.bones.copy()
    part.bones[rows[freed], last[freed]] = BONE["pelvis"]
    part.weights[rows, last] += share.astype(np.float32)


def lay_top(body: Body, cloth: Cloth, *, extra: float = 0.0, hips: float = 0.0) -> Part:
    """Return the trunk garment as a part, lifted ``extra`` dm, and at the hips ``hips`` dm more."""
    assert isinstance(cloth.cut, TopCut) and cloth.fit is not None
    part, fit = tights_part(body, cloth.material), cloth.fit
    drape(part, fit.cling, 0.9)
    normals = vertex_normals(part.points, part.faces)
    arm, y = part.arm, part.canonical[:, 1]
    sleeve = np.clip(arm / max(cloth.cut.sleeve, 0.3), 0, 1)
    bare_cuff = cloth.cut.sleeve < 0.6
    widen = sleeve if bare_cuff else np.sin(np.pi * np.clip(sleeve, 0, 0.93)) ** 0.7
    offset = (
        fit.offset + extra + fit.sleeve_width * widen * (arm > 0) * (0.55 if bare_cuff else 0.5)
    )
    near_hem = np.clip(1 - np.abs(y - cloth.cut.hem - 0.2) / 0.5, 0, 1) * (arm < -0.6)
    blouse = np.clip(1 - np.abs(y - cloth.cut.hem - 0.9) / 0.6, 0, 1) * (arm < -0.6)
    offset = offset + fit.gathered * (blouse - 0.6 * near_hem)
    collar = np.clip((y - 6.9) / 0.5, 0, 1) * (arm < -0.6)
    offset = offset * (1 - 0.45 * collar)
    offset = offset + (hips + 0.10 * (cloth.garment.kind not in ("coat", "dress"))) * np.clip(
        (2.6 - y) / 1.0, 0, 1
    ) * (arm < -0.6)
    offset = offset * body.scale
    part.points = (part.points + normals * offset[:, None]).astype(np.float32)
    _hips_follow_pelvis(part, cloth.cut.hem)
    part.cut = cloth.cut.inside(part.canonical, arm)
    return part


def lay_bottom(body: Body, cloth: Cloth, rng: np.random.Generator) -> Part:
    """Return trousers, jeans, leggings or shorts as a part."""
    part = tights_part(body, cloth.material)
    thigh, hem, _, _ = BOTTOM_FITS[cloth.garment.kind]
    if cloth.garment.kind in ("trousers", "jeans"):
        wide = 0.75 + 1.1 * rng.uniform() ** 2
        thigh, hem = thigh * min(wide, 1.3), hem * wide
    normals = vertex_normals(part.points, part.faces)
    y = part.canonical[:, 1]
    down = np.clip((0.5 - y) / (0.5 - cloth.cut.hem), 0, 1)
    hip = np.clip((1.6 - y) / 1.1, 0, 1)
    offset = np.where(y > 0.5, 0.03 + (thigh - 0.03) * hip, thigh + (hem - thigh) * down)
    knee = np.exp(-(((y + 2.9) / 0.7) ** 2))
    offset = (offset - 0.25 * hem * knee) * body.scale
    part.points = (part.points + normals * offset[:, None]).astype(np.float32)
    part.cut = cloth.cut.inside(part.canonical, part.arm)
    return part
