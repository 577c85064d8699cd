"""Hair and hats: shells around the head's scalp grid, curtains, tails and buns."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from plipdet.minipedes.body import Body
from plipdet.minipedes.makehuman import SCALP_COLUMNS, SCALP_ROWS
from plipdet.minipedes.materials import Material, garment_colours, jittered
from plipdet.minipedes.parts import Part, grid_faces, rigid, superellipsoid, tube
from plipdet.minipedes.person_spec import HAIR_COLOURS, PersonSpec
from plipdet.minipedes.skeleton import BONE

Array = NDArray[np.float64]
_POLAR = np.linspace(0.0, np.pi * 0.72, SCALP_ROWS)[:, None]
_AROUND = np.linspace(0, 2 * np.pi, SCALP_COLUMNS, endpoint=False)[None]
_FROM_FRONT = np.abs((_AROUND + np.pi) % (2 * np.pi) - np.pi)  # 0 face, pi back of the head


def head_size(body: Body) -> float:
    """Return the scale of the head against the mean head (children's are smaller in dm)."""
    return float((body.landmarks[0, 1] - body.joints[BONE["head"], 1]) / 1.6)


def scalp_grid(body: Body, thickness: Array | float) -> Array:
    """Return points over the scalp at ``thickness`` dm, ears smoothed over; shape (R, C, 3)."""
    points = body.vertices[body.asset.scalp].astype(np.float64)
    head = body.joints[BONE["head"]].astype(np.float64)
    centre = np.array([0.0, head[1] + 0.5 * head_size(body), head[2]])
    local = points - centre
    radius = np.linalg.norm(local, axis=-1)
    for _ in range(3):
        radius = 0.25 * (np.roll(radius, 1, 1) + np.roll(radius, -1, 1)) + 0.5 * radius
        radius[1:-1] = 0.25 * (radius[2:] + radius[:-2]) + 0.5 * radius[1:-1]
    radius[0] = radius[0].mean()
    directions = np.stack(
        [
            np.sin(_POLAR) * np.sin(_AROUND),
            np.cos(_POLAR) + 0 * _AROUND,
            np.sin(_POLAR) * np.cos(_AROUND),
        ],
        -1,
    )
    return centre + directions * (radius + thickness)[..., None]


def _hairline(style: str, fringe: float, recede: float) -> Array:
    """Return the polar angle down to which hair grows for each direction around, radians."""
    degrees = np.degrees(_FROM_FRONT[0])
    nape = 125.0 if style != "short" else 112.0
    front = 52.0 + 24.0 * fringe - 16.0 * recede
    side = 84.0 if style in ("short", "ponytail", "bun") else 112.0
    knots = np.array([0.0, 32.0, 52.0, 66.0, 92.0, 112.0, 140.0, 180.0])
    values = np.array([front, front + 2.0 - 6 * recede, 66.0, 92.0, side, 100.0, nape - 4.0, nape])
    return np.radians(np.interp(degrees, knots, values))


def _shell(
    body: Body, material: Material, thickness: Array | float, limit: Array, *, strand: bool
) -> Part:
    points = scalp_grid(body, thickness)
    cut = (limit[None] - _POLAR) * 1.2
    canonical = np.stack([_AROUND + 0 * _POLAR, _POLAR + 0 * _AROUND, 0 * _POLAR * _AROUND], -1)
    canonical = (
        canonical
        if strand
        else np.stack(
            [np.sin(_AROUND) * _POLAR, 9.5 - 1.2 * _POLAR + 0 * _AROUND, np.cos(_AROUND) * _POLAR],
            -1,
        )
    )
    return rigid(
        points.reshape(-1, 3),
        grid_faces(SCALP_ROWS, SCALP_COLUMNS, closed=True),
        material,
        bone=BONE["head"],
        canonical=canonical.reshape(-1, 3),
        cut=(cut + 0 * _AROUND).reshape(-1),
        arm=(_POLAR + 0 * _AROUND).reshape(-1),
    )


def torso_back(body: Body) -> float:
    """Return the depth (Z, dm) of the back between the shoulder blades."""
    rows = slice(body.asset.starts[3], body.asset.starts[4])
    y, x = body.asset.canonical[rows, 1], body.asset.canonical[rows, 0]
    return float(body.vertices[rows][(y > 3.0) & (y < 6.3) & (np.abs(x) < 1.2), 2].min())


def _curtain(
    body: Body, material: Material, rng: np.random.Generator, *, long: bool, clearance: float
) -> Part:
    """Return hair falling from ear height around the back of the head."""
    size = head_size(body)
    rows, columns = 14, 31
    spread = np.radians(128 + 12 * rng.uniform())
    angle = np.linspace(np.pi - spread, np.pi + spread, columns)[None]
    top = scalp_grid(body, 0.2)
    level = round(0.40 / 0.72 * (SCALP_ROWS - 1))
    ring = np.stack(
        [
            np.interp(angle[0], np.append(_AROUND[0], 2 * np.pi), np.append(line, line[0]))
            for line in (top[level, :, 0], top[level, :, 1], top[level, :, 2])
        ],
        -1,
    )
    chin = body.joints[BONE["head"], 1] - 0.55 * size
    shoulder = body.joints[BONE["upperarm.L"], 1]
    end = (shoulder - rng.uniform(0.2, 2.0)) if long else chin - rng.uniform(-0.1, 0.5)
    fall = np.linspace(0, 1, rows)[:, None]
    front = np.clip((np.abs(angle - np.pi) - 1.2) / 0.9, 0, 1)
    end = end + 0.25 * front * (ring[None, :, 1] - end) * 0.3
    y = ring[None, :, 1] + (end - ring[None, :, 1]) * fall
    neck = body.joints[BONE["neck"]]
    narrow = 1 - (0.22 if long else 0.05) * np.sin(np.pi * np.clip(fall, 0, 1)) * size
    below = np.clip((chin + 0.3 - y) / 0.9, 0, 1)
    x = ring[None, :, 0] * narrow * (1 + 0.12 * below)
    z_mid = neck[2] + 0.1
    z = z_mid + (ring[None, :, 2] - z_mid) * narrow
    back = torso_back(body) - clearance
    hanging = np.minimum(z, back + 0.25 * (1 - below)) * (1 - front) + (z + 0.4 * below) * front
    z = z + (hanging - z) * below
    wave = 0.05 * np.sin(7 * fall + 5 * angle + rng.uniform(0, 6)) * fall
    points = np.stack([x + wave, y + 0 * angle, z + wave], -1)
    bones = np.zeros((rows * columns, 4), np.int32)
    bones[:, 0], bones[:, 1] = BONE["head"], BONE["chest"]
    down = np.clip((chin - points[..., 1].reshape(-1)) / 1.6, 0, 1) * 0.85
    weights = np.zeros((rows * columns, 4), np.float32)
    weights[:, 0], weights[:, 1] = 1 - down, down
    ragged = 0.10 * np.sin(23 * angle) + 0.08 * np.sin(41 * angle + 1)
    cut = (1 - fall) * np.abs(ring[None, :, 1] - end) + ragged - 0.05
    canonical = np.stack(
        [angle * 1.0 + 0 * fall, 0.9 + 1.4 * fall + 0 * angle, 0 * fall * angle], -1
    )
    part = rigid(
        points.reshape(-1, 3),
        grid_faces(rows, columns, closed=False),
        material,
        canonical=canonical.reshape(-1, 3),
        cut=cut.reshape(-1),
        arm=(0.9 + fall + 0 * angle).reshape(-1),
    )
    part.bones, part.weights = bones, weights
    return part


def _tail(body: Body, material: Material, rng: np.random.Generator) -> Part:
    size = head_size(body)
    head = body.joints[BONE["head"]].astype(np.float64)
    root = np.array([0.0, head[1] + (0.75 + 0.3 * rng.uniform()) * size, head[2] - 0.95 * size])
    length = rng.uniform(1.8, 3.0) * size
    t = np.linspace(0, 1, 9)
    path = root + np.stack(
        [0.1 * np.sin(3 * t), 0.1 * np.sin(np.pi * t) - length * t**1.25, -0.55 * np.sin(2.4 * t)],
        1,
    )
    radius = size * (0.13 + 0.22 * np.sin(np.pi * np.clip(t * 0.85 + 0.1, 0, 1)))
    radius[-1] = 0.03
    points, faces = tube(path, radius)
    canonical = np.stack([np.tile(np.arange(8) * 0.4, 9), np.repeat(t * 2, 8), np.zeros(72)], 1)
    return rigid(points, faces, material, bone=BONE["head"], canonical=canonical, arm=np.ones(72))


def _bun(body: Body, material: Material, rng: np.random.Generator) -> Part:
    size = head_size(body)
    head = body.joints[BONE["head"]].astype(np.float64)
    high = rng.uniform(0.55, 1.5)
    centre = np.array([0.0, head[1] + high * size, head[2] - (1.08 - 0.3 * (high > 1)) * size])
    points, faces = superellipsoid(centre, (0.42 * size, 0.4 * size, 0.36 * size), 1.0)
    angle = np.arctan2(points[:, 0], points[:, 1] - centre[1])
    canonical = np.stack([angle * 2, points[:, 2], 0 * angle], 1)
    return rigid(points, faces, material, bone=BONE["head"], canonical=canonical)


def hair_parts(spec: PersonSpec, body: Body, lift: float) -> list[Part]:
    """Return the hair of ``spec``, nothing for the bald; ``lift`` clears the clothes behind, dm."""
    if spec.hair_style == "bald":
        return []
    rng = np.random.default_rng((spec.body_seed, 200))
    colour = jittered(HAIR_COLOURS[spec.hair_colour], rng, 0.7)
    material = Material("hair", "hair", colour, gloss=0.10, seed=float(rng.uniform(0, 50)))
    style = spec.hair_style
    man = spec.gender == "man"
    recede = rng.uniform(0.2, 1.0) if man and spec.age == "old" else 0.2 * rng.uniform() * man
    fringe = rng.uniform(0, 1) ** 2 * {"ponytail": 0.0, "bun": 0.0, "short": 0.6}.get(style, 1.0)
    thin = {"short": 0.10 + 0.12 * rng.uniform(), "ponytail": 0.10, "bun": 0.12}.get(style, 0.2)
    volume = thin + 0.12 * np.exp(-((_POLAR / 0.9) ** 2)) * rng.uniform(0.2, 1.2)
    if spec.hat is not None:
        volume = 0 * volume + 0.05
    size = head_size(body)
    if spec.hat is None:
        volume = volume + rng.normal(0, 0.035, (SCALP_ROWS, SCALP_COLUMNS)) * np.sin(_POLAR)
    limit = _hairline(style, fringe, recede) + rng.normal(0, 0.05, SCALP_COLUMNS)
    parts = [_shell(body, material, volume * size, limit, strand=True)]
    if style in ("medium", "long"):
        parts.append(_curtain(body, material, rng, long=style == "long", clearance=lift))
    elif style == "ponytail":
        parts.append(_tail(body, material, rng))
    elif style == "bun":
        parts.append(_bun(body, material, rng))
    return parts


def _brim(body: Body, material: Material, *, whole: bool) -> Part:
    size = head_size(body)
    rim = scalp_grid(body, 0.22 * size)
    level = round((0.36 if whole else 0.34) / 0.72 * (SCALP_ROWS - 1))
    base = rim[level]
    centre = base.mean(0)
    outward = base - centre
    outward[:, 1] = 0
    outward /= np.linalg.norm(outward, axis=1, keepdims=True)
    front = np.clip(np.cos(_AROUND[0]) * 1.6 - 0.55, 0, 1)[:, None]
    reach = (0.55 if whole else 0.75 * front**0.7) * size
    drop = (0.10 if whole else 0.16 * front) * size
    steps = np.linspace(0, 1, 5)[:, None, None]
    points = base[None] + outward * reach * steps - np.array([0, 1.0, 0]) * drop * steps**1.5
    points[..., 1] = centre[1] + (points[..., 1] - base[None, :, 1])
    return rigid(
        points.reshape(-1, 3),
        grid_faces(5, SCALP_COLUMNS, closed=True),
        material,
        bone=BONE["head"],
        canonical=points.reshape(-1, 3) * 0.2,
    )


def hat_parts(spec: PersonSpec, body: Body) -> list[Part]:
    """Return the hat of ``spec``; nothing when bare-headed."""
    if spec.hat is None or spec.hat.kind == "none":
        return []
    rng = np.random.default_rng((spec.body_seed, 201))
    first, second = garment_colours(spec.hat, rng)
    size, kind = head_size(body), spec.hat.kind
    material = Material(
        "hat",
        "knit" if kind == "beanie" else "cloth",
        first,
        second=second,
        pattern=spec.hat.pattern,
        scale=0.5,
        folds=0.25,
        seed=float(rng.uniform(0, 50)),
    )
    degrees = np.degrees(_FROM_FRONT[0])
    if kind == "beanie":
        limit = np.radians(np.interp(degrees, [0, 60, 100, 180], [60, 70, 92, 104]))
        bulge = 0.26 + 0.30 * np.exp(-((_POLAR / 0.6) ** 2)) * rng.uniform(0.2, 1)
        return [_shell(body, material, bulge * size, limit, strand=False)]
    limit = np.radians(np.interp(degrees, [0, 90, 180], [64, 70, 80 if kind == "cap" else 74]))
    crown = 0.22 + (0.25 if kind == "brimmed" else 0.10) * np.exp(-((_POLAR / 0.8) ** 4))
    shell = _shell(body, material, crown * size, limit, strand=False)
    brim = _brim(body, replace(material, folds=0.05), whole=kind == "brimmed")
    return [shell, brim]
