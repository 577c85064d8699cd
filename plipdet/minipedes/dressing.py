"""Putting a person together: body, garments, hair and belongings as one triangle soup."""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from plipdet.minipedes.accessories import bag_straps, worn_parts
from plipdet.minipedes.body import Body, make_body
from plipdet.minipedes.footwear import shoe_colours, shoe_parts
from plipdet.minipedes.garment_cuts import BottomCut, TopCut
from plipdet.minipedes.garments import (
    Cloth,
    bottom_cloth,
    lay_bottom,
    lay_top,
    top_cloth,
    tucks_in,
)
from plipdet.minipedes.hair import hair_parts, hat_parts
from plipdet.minipedes.materials import Material, jittered, to_linear
from plipdet.minipedes.parts import Part, pruned
from plipdet.minipedes.person_spec import HAIR_COLOURS, PersonSpec
from plipdet.minipedes.skirts import Skirt

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]
_LIGHT_SKIN, _DARK_SKIN = np.array([228.0, 184.0, 158.0]), np.array([82.0, 54.0, 40.0])
OUTER = ("jacket", "coat")


@dataclass(frozen=True)
class DressedPerson:
    """A person ready to be posed.

    Args:
        spec: Who it is.
        body: The rest body.
        parts: Skinned parts in the rest pose.
        skirts: Skirts, dress skirts and coat tails to be hung once posed.
    """

    spec: PersonSpec
    body: Body
    parts: tuple[Part, ...]
    skirts: tuple[Skirt, ...]


def skin_tone(spec: PersonSpec) -> tuple[float, float, float]:
    """Return the skin's colour in linear light."""
    rng = np.random.default_rng((spec.body_seed, 9))
    t = float(np.clip(spec.skin, 0, 1))
    tone = _LIGHT_SKIN + (_DARK_SKIN - _LIGHT_SKIN) * t**0.85 + rng.normal(0, 4, 3)
    return to_linear((tone[0], tone[1], tone[2]))


def _skin_material(spec: PersonSpec) -> Material:
    rng = np.random.default_rng((spec.body_seed, 10))
    beard = 0.0
    if spec.gender == "man" and spec.age != "child":
        beard = float(rng.choice([0.12, 0.35, 0.75], p=[0.6, 0.25, 0.15]))
    strap = shoe_colours(spec)[0]
    return Material(
        label="face",
        kind="skin",
        colour=skin_tone(spec),
        second=jittered(HAIR_COLOURS[spec.hair_colour], rng, 0.5),
        gloss=0.05,
        denim=beard,
        closure="buttons" if spec.shoes.kind == "sandals" else "none",
        strap_colour=strap,
    )


def _cloths(spec: PersonSpec) -> tuple[list[Cloth], Cloth | None]:
    """Return the trunk garments from the outermost inwards, and the lower garment."""
    outer = spec.upper.kind in OUTER
    role = "dress" if spec.upper.kind == "dress" else "outer" if outer else "upper"
    tops = [top_cloth(spec, spec.upper, role=role)]
    if spec.inner is not None:
        tops.append(top_cloth(spec, spec.inner, role="inner"))
    lower = bottom_cloth(spec) if spec.lower.kind != "none" else None
    return tops, lower


def _skirts(spec: PersonSpec, tops: list[Cloth], lower: Cloth | None) -> list[Skirt]:
    rng = np.random.default_rng((spec.body_seed, 106))
    found = []
    if lower is not None and "skirt" in lower.garment.kind:
        assert isinstance(lower.cut, BottomCut)
        style = rng.uniform()
        top_hem = tops[0].cut.hem if tops[0].garment.kind != "coat" else tops[-1].cut.hem
        tucked = tucks_in(spec)
        found.append(
            Skirt(
                lower.cut.waist if tucked else min(lower.cut.waist, top_hem + 0.3),
                lower.cut.hem,
                0.26 if tucked else 0.10,
                (0.02 + 0.55 * style) * min(1.0, 4.5 / (lower.cut.waist - lower.cut.hem)),
                int(rng.integers(6, 13)),
                0.03 + 0.14 * style,
                -1.0,
                lower.material,
            )
        )
    top = tops[0]
    assert isinstance(top.cut, TopCut)
    if top.garment.kind == "dress":
        length = rng.choice([-1.9, -3.1, -5.8], p=[0.45, 0.35, 0.2]) + rng.uniform(-0.5, 0.3)
        style = rng.uniform()
        material = replace(top.material, hem=float(length))
        pleats = int(rng.integers(6, 12))
        found.append(
            Skirt(
                2.9,
                length,
                0.14,
                (0.1 + 0.5 * style) * min(1.0, 5.0 / (2.9 - length)),
                pleats,
                0.04 + 0.13 * style,
                -1,
                material,
            )
        )
    if top.garment.kind == "coat":
        length = float(rng.uniform(-3.6, -0.9))
        material = replace(top.material, hem=length)
        opening = top.cut.opening if top.cut.opening > 0 else -1.0
        found.append(
            Skirt(2.3, length, 0.36, rng.uniform(0.12, 0.3), 7, 0.06, opening, material, 1.0)
        )
    return found


def _skin_part(body: Body, material: Material, covers: list[Floats]) -> Part:
    asset, end = body.asset, body.asset.starts[1]
    cut = np.ones(end, np.float32)
    for inside in covers:
        cut = np.minimum(cut, 0.32 - inside)
    return Part(
        body.vertices[:end],
        asset.skin_faces,
        material,
        asset.canonical[:end],
        asset.bone_indices[:end],
        asset.bone_weights[:end],
        cut,
        asset.arm[:end],
    )


def _eye_part(body: Body) -> Part:
    asset = body.asset
    rows = slice(asset.starts[1], asset.starts[2])
    count = rows.stop - rows.start
    return Part(
        body.vertices[rows],
        asset.eye_faces - asset.starts[1],
        Material("face", "eye", (0.4, 0.4, 0.4), gloss=0.2),
        asset.canonical[rows],
        asset.bone_indices[rows],
        asset.bone_weights[rows],
        np.ones(count, np.float32),
        np.full(count, -1, np.float32),
    )


def _strapped(tops: list[Cloth], spec: PersonSpec) -> list[Cloth]:
    strap, colour = bag_straps(spec)
    if not strap:
        return tops
    return [replace(top, material=top.material.with_straps(strap, colour)) for top in tops]


@functools.lru_cache(maxsize=16)
def dress_person(spec: PersonSpec) -> DressedPerson:
    """Return ``spec`` dressed in the rest pose (kept for the next pictures of the same person)."""
    body = make_body(spec)
    asset = body.asset
    skin = slice(0, asset.starts[1])
    tops, lower = _cloths(spec)
    tops = _strapped(tops, spec)
    parts, covers = [], []
    rng = np.random.default_rng((spec.body_seed, 107))
    for depth, cloth in enumerate(tops):
        over_skirt = 0.12 * ("skirt" in spec.lower.kind and not tucks_in(spec))
        part = lay_top(body, cloth, extra=0.10 * (len(tops) - 1 - depth), hips=over_skirt)
        if tucks_in(spec) and isinstance(lower, Cloth):
            assert isinstance(lower.cut, BottomCut)
            tuck = part.canonical[:, 1] - lower.cut.waist + 0.35
            part.cut = np.minimum(part.cut, np.where(part.arm > -0.6, 9.0, tuck))
        for outer in tops[:depth]:
            part.cut = np.minimum(part.cut, 0.55 - outer.cut.inside(part.canonical, part.arm))
        parts.append(part)
        covers.append(cloth.cut.inside(asset.canonical[skin], asset.arm[skin]))
    if lower is not None and "skirt" not in lower.garment.kind:
        part = lay_bottom(body, lower, rng)
        for top in tops:
            part.cut = np.minimum(part.cut, 0.6 - top.cut.inside(part.canonical, part.arm))
        parts.append(part)
        covers.append(lower.cut.inside(asset.canonical[skin], asset.arm[skin]))
    parts += shoe_parts(spec, body)
    covers.append(_shod(spec, asset.canonical[skin]))
    parts.append(_skin_part(body, _skin_material(spec), covers))
    parts.append(_eye_part(body))
    parts += (
        hair_parts(spec, body, 0.18 + (tops[0].fit.offset if tops[0].fit else 0.0))
        + hat_parts(spec, body)
        + worn_parts(spec, body, tops[0])
    )
    kept = tuple(pruned(part) for part in parts if (part.cut >= 0).any())
    return DressedPerson(spec, body, kept, tuple(_skirts(spec, tops, lower)))


def _shod(spec: PersonSpec, canonical: Floats) -> Floats:
    """Return how deep the skin lies inside the shoes, dm."""
    if spec.shoes.kind == "sandals":
        return np.full(len(canonical), -1.0, np.float32)
    y, z = canonical[:, 1], canonical[:, 2]
    top = np.where(z > 0.9, -7.45, -7.25) if spec.shoes.kind != "high heels" else -7.75 + 0 * z
    return (top - y).astype(np.float32)
