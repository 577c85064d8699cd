"""Belongings: bags, umbrella, phone, scarf, glasses, hood and collar."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from plipdet.minipedes.body import Body
from plipdet.minipedes.garments import Cloth
from plipdet.minipedes.hair import head_size, torso_back
from plipdet.minipedes.materials import Colour, Material, garment_colours
from plipdet.minipedes.parts import Part, grid_faces, rigid, superellipsoid, tube
from plipdet.minipedes.person_spec import Garment, PersonSpec
from plipdet.minipedes.skeleton import BONE

Array = NDArray[np.float64]
_DARK = (0.02, 0.02, 0.022)


def _material(spec: PersonSpec, garment: Garment, label: str, *, kind: str = "cloth") -> Material:
    rng = np.random.default_rng((spec.body_seed, 300, len(garment.kind), len(garment.colour)))
    first, second = garment_colours(garment, rng)
    return Material(
        label,
        kind,
        first,
        second=second,
        pattern=garment.pattern,
        scale=0.6,
        folds=0.3,
        gloss=0.12,
        hem=-20.0,
        seed=float(rng.uniform(0, 50)),
    )


def _strap_side(spec: PersonSpec) -> int:
    return 2 + spec.body_seed % 2


def bag_straps(spec: PersonSpec) -> tuple[int, Colour]:
    """Return which straps run over the trunk's garment (``Material.strap``) and their colour."""
    if spec.bag is None or spec.bag.kind not in ("backpack", "shoulder bag"):
        return 0, _DARK
    colour = _material(spec, spec.bag, "bag").colour
    dim = (colour[0] * 0.8, colour[1] * 0.8, colour[2] * 0.8)
    return (1 if spec.bag.kind == "backpack" else _strap_side(spec)), dim


def _backpack(spec: PersonSpec, body: Body, lift: float) -> list[Part]:
    assert spec.bag is not None
    rng = np.random.default_rng((spec.body_seed, 301))
    material = _material(spec, spec.bag, "bag")
    big = rng.uniform(0.85, 1.15)
    scale = float(body.joints[BONE["neck"], 1] - body.joints[BONE["pelvis"], 1]) / 5.8
    half = np.array([1.35, 2.05, 0.75]) * big * scale
    neck = body.joints[BONE["neck"], 1]
    back = torso_back(body)
    centre = np.array([0.0, neck - 0.75 * scale - half[1], back - lift - half[2] * 0.8])
    found = []
    for shift, size in (((0, 0, 0), half), ((0, -0.45 * half[1], -0.75 * half[2]), half * 0.55)):
        points, faces = superellipsoid(
            centre + np.asarray(shift), (float(size[0]), float(size[1]), float(size[2])), 0.55
        )
        found.append(rigid(points, faces, material, bone=BONE["chest"]))
    return found


def _collar(body: Body, cloth: Cloth, height: float, spread: float) -> Part:
    """Return a collar standing around the neck, open in front by ``spread`` radians."""
    neck, rows, columns = body.joints[BONE["neck"]].astype(np.float64), 4, 25
    scale = head_size(body)
    angle = np.linspace(spread, 2 * np.pi - spread, columns)[None]
    up = np.linspace(0, 1, rows)[:, None]
    front = np.cos(angle)
    radius = scale * (0.95 - 0.16 * up) * (1 + 0.06 * np.abs(np.sin(angle)))
    x = radius * np.sin(angle)
    z = radius * 0.92 * front + neck[2] + 0.12 * scale
    y = neck[1] - 0.28 * scale - 0.42 * scale * front + height * scale * up * (1 - 0.25 * front)
    points = np.stack([x, y, z], -1).reshape(-1, 3)
    canonical = points * 0.9 + np.array([0, 0.5, 0])
    return rigid(
        points,
        grid_faces(rows, columns, closed=False),
        cloth.material,
        bone=BONE["chest"],
        canonical=canonical,
    )


def _hood(body: Body, cloth: Cloth) -> Part:
    """Return a hood lying folded behind the neck."""
    neck, scale = body.joints[BONE["neck"]].astype(np.float64), head_size(body)
    angle = np.linspace(-2.35, 2.35, 21)
    path = np.stack(
        [
            1.0 * np.sin(angle),
            -0.30 - 0.55 * (np.cos(angle) < 0) * np.abs(np.cos(angle)),
            -0.15 - 0.85 * np.cos(angle),
        ],
        -1,
    )
    points, faces = tube(neck + path * scale, scale * (0.17 + 0.26 * np.clip(np.cos(angle), 0, 1)))
    return rigid(points, faces, cloth.material, bone=BONE["chest"])


def _scarf(spec: PersonSpec, body: Body, garment: Garment) -> list[Part]:
    material = _material(spec, garment, "scarf", kind="knit")
    neck, scale = body.joints[BONE["neck"]].astype(np.float64), head_size(body)
    angle = np.linspace(0, 2 * np.pi, 25)
    ring = np.stack(
        [0.88 * np.sin(angle), 0.12 - 0.30 * np.cos(angle), 0.18 + 0.80 * np.cos(angle)], -1
    )
    points, faces = tube(neck + ring * scale, 0.30 * scale)
    found = [rigid(points, faces, material, bone=BONE["chest"])]
    front = _torso_front(body)
    t = np.linspace(0, 1, 7)
    side = 1.0 if spec.body_seed % 2 else -1.0
    tail = np.stack(
        [
            side * (0.25 + 0.1 * t),
            neck[1] - 0.2 - 3.0 * t * scale,
            np.minimum(neck[2] + 1.0 + 1.2 * t, front + 0.42),
        ],
        -1,
    )
    points, faces = tube(tail, 0.36 * scale, flat=0.35)
    return [*found, rigid(points, faces, material, bone=BONE["chest"])]


def _torso_front(body: Body) -> float:
    rows = slice(body.asset.starts[3], body.asset.starts[4])
    y, x = body.asset.canonical[rows, 1], body.asset.canonical[rows, 0]
    mask = (y > 3.5) & (y < 6.0) & (np.abs(x) < 1.0)
    return float(body.vertices[rows][mask, 2].max())


def _glasses(body: Body) -> list[Part]:
    size, found = head_size(body), []
    material = Material("glasses", "hard", _DARK, gloss=0.4, folds=0.0)
    angle = np.linspace(0, 2 * np.pi, 15)
    for sign, eye in ((1.0, body.landmarks[1]), (-1.0, body.landmarks[2])):
        ring = np.stack(
            [0.24 * np.sin(angle), 0.17 * np.cos(angle), 0.20 - 0.05 * sign * np.sin(angle)], -1
        )
        found.append(tube(eye + ring * size, 0.042 * size))
        temple = np.array(
            [[0.24 * sign, 0.05, 0.12], [0.48 * sign, 0.06, -0.3], [0.5 * sign, 0.04, -1]]
        )
        found.append(tube(eye + temple * size, 0.035 * size))
    middle = 0.5 * (body.landmarks[1] + body.landmarks[2])
    bridge = np.array([[-0.09, 0.02, 0.25], [0, 0.05, 0.28], [0.09, 0.02, 0.25]])
    found.append(tube(middle + bridge * size, 0.035 * size))
    return [rigid(points, faces, material, bone=BONE["head"]) for points, faces in found]


def worn_parts(spec: PersonSpec, body: Body, top: Cloth) -> list[Part]:
    """Return what is fixed to the body: backpack, scarf, glasses, collar, hood."""
    found: list[Part] = []
    lift = top.fit.offset if top.fit is not None else 0.1
    if spec.bag is not None and spec.bag.kind == "backpack":
        found += _backpack(spec, body, lift)
    for other in spec.others:
        if other.kind == "scarf":
            found += _scarf(spec, body, other)
    if spec.glasses:
        found += _glasses(body)
    kind = top.garment.kind
    if kind in ("shirt", "jacket", "coat"):
        found.append(_collar(body, top, 0.5 if kind == "shirt" else 0.65, 0.35))
    elif kind == "hoodie":
        found.append(_hood(body, top))
    return found


def _hand(side: str, body: Body, transforms: Array) -> Array:
    bone = BONE[f"fingers.{side}"]
    return transforms[bone, :, :3] @ body.joints[bone] + transforms[bone, :, 3]


def _box(centre: Array, half: tuple[float, float, float], yaw: float, power: float) -> tuple:
    points, faces = superellipsoid(np.zeros(3), half, power)
    c, s = np.cos(yaw), np.sin(yaw)
    turned = points @ np.array([[c, 0, -s], [0, 1, 0], [s, 0, c]])
    return turned + centre, faces, points


def _hand_bag(spec: PersonSpec, hand: Array, elbow: Array, hooked: bool) -> list[Part]:
    assert spec.bag is not None
    material = _material(spec, spec.bag, "bag")
    shopping = spec.bag.kind == "shopping bag"
    half = (0.5, 1.55, 1.15) if shopping else (0.5, 0.95, 1.35)
    drop = 0.7 if shopping else 0.9
    grip = 0.5 * (hand + elbow) if hooked else hand + np.array([0, -0.25, 0])
    out = 0.15 * np.sign(hand[0])
    centre = grip + np.array([out, -drop - half[1], 0.1])
    points, faces, local = _box(centre, half, 0.1, 0.35 if shopping else 0.6)
    if not shopping:
        points[:, 2] += (points[:, 2] - centre[2]) * -0.18 * (local[:, 1] / half[1])
    found = [rigid(points, faces, material, canonical=local)]
    t = np.linspace(0, np.pi, 11)
    for shift in (-0.28, 0.28):
        path = np.stack(
            [0 * t + shift, -drop + drop * np.sin(t) * 1.1 - 0.05, 0.65 * half[2] * np.cos(t)], -1
        )
        loop, loop_faces = tube(grip + np.array([out, 0, 0.1]) + path, 0.06)
        found.append(rigid(loop, loop_faces, material))
    return found


def _shoulder_bag(spec: PersonSpec, body: Body, transforms: Array) -> list[Part]:
    assert spec.bag is not None
    material = _material(spec, spec.bag, "bag")
    side = 1.0 if _strap_side(spec) == 3 else -1.0
    pelvis = transforms[BONE["pelvis"]]
    rest = body.joints[BONE["pelvis"]] + np.array([side * 2.05, -0.2, -0.15])
    centre = pelvis[:, :3] @ rest + pelvis[:, 3]
    points, faces, local = _box(centre, (0.42, 1.05, 1.35), 0.12 * side, 0.45)
    return [rigid(points, faces, material, canonical=local)]


def _suitcase(spec: PersonSpec, hand: Array, floor: float) -> list[Part]:
    assert spec.bag is not None
    material = _material(spec, spec.bag, "bag", kind="hard")
    tilt, half = 0.55, np.array([1.9, 2.6, 1.05])
    points, faces = superellipsoid(np.zeros(3), (half[0], half[1], half[2]), 0.3)
    c, s = np.cos(tilt), np.sin(tilt)
    turn = np.array([[1, 0, 0], [0, c, s], [0, -s, c]])
    foot = np.array([hand[0] * 1.15, floor + 0.3, hand[2] - 4.6 * s - 0.9])
    centre = foot + turn.T @ np.array([0.0, half[1], 0.0])
    up = turn.T @ np.array([0.0, 1.0, 0.0])
    body_part = rigid(points @ turn + centre, faces, material, canonical=points)
    dark = Material("bag", "hard", (0.05, 0.05, 0.05), gloss=0.3, folds=0.0)
    found = [body_part]
    grip = hand + np.array([0, -0.1, 0])
    for side in (-0.6, 0.6):
        shift = np.array([side, 0.0, 0.0])
        bar = np.stack([centre + up * half[1] * 0.9 + shift, grip + 0.7 * shift])
        found.append(rigid(*tube(np.linspace(bar[0], bar[1], 5), 0.07), dark))
    cross = np.linspace(grip - np.array([0.5, 0, 0]), grip + np.array([0.5, 0, 0]), 4)
    found.append(rigid(*tube(cross, 0.11), dark))
    for side in (-1.4, 1.4):
        wheel, wheel_faces = superellipsoid(
            foot + np.array([side, -0.05, -0.1]), (0.12, 0.26, 0.26), 0.8
        )
        found.append(rigid(wheel, wheel_faces, dark))
    return found


def _umbrella(material: Material, hand: Array, floor: float, *, opened: bool) -> list[Part]:
    dark = Material("umbrella", "hard", (0.03, 0.03, 0.03), gloss=0.3, folds=0.0)
    if not opened:
        tip = np.array([hand[0], max(floor + 0.2, hand[1] - 6.5), hand[2] + 0.9])
        path = np.linspace(hand + np.array([0, 0.9, -0.1]), tip, 9)
        radius = np.array([0.10, 0.10, 0.16, 0.3, 0.34, 0.3, 0.24, 0.16, 0.05])
        return [rigid(*tube(path, radius), material)]
    top = hand + np.array([-0.25 * np.sign(hand[0]) * 2, 6.2, -0.7])
    rows, columns, reach = 9, 32, 4.9
    angle = np.linspace(0, 2 * np.pi, columns, endpoint=False)[None]
    t = np.linspace(0, 1, rows)[:, None]
    scallop = 0.16 * t**2 * np.abs(np.sin(4 * angle))
    radius = reach * np.sin(t * 1.25) / np.sin(1.25) * (1 - 0.05 * t * np.abs(np.sin(4 * angle)))
    y = top[1] - 1.9 * (1 - np.cos(t * 1.25)) / (1 - np.cos(1.25)) + scallop
    points = np.stack([top[0] + radius * np.sin(angle), y, top[2] + radius * np.cos(angle)], -1)
    canopy = rigid(
        points.reshape(-1, 3),
        grid_faces(rows, columns, closed=True),
        material,
        canonical=(points - top).reshape(-1, 3) * 0.7,
    )
    pole = tube(np.linspace(hand + np.array([0, -0.8, 0.1]), top + np.array([0, 0.5, 0]), 6), 0.07)
    return [canopy, rigid(*pole, dark)]


def held_parts(
    spec: PersonSpec, body: Body, transforms: Array, *, hooked: bool, umbrella_open: bool
) -> list[Part]:
    """Return what is carried and hangs by its weight, built in the posed frame.

    Args:
        spec: Who carries.
        body: The rest body.
        transforms: Rest-to-posed transforms of the bones, shape (27, 3, 4).
        hooked: Whether a handbag hangs from the bent forearm.
        umbrella_open: Whether an umbrella is up.
    """
    found: list[Part] = []
    floor = _floor(body, transforms)
    right, left = _hand("R", body, transforms), _hand("L", body, transforms)
    kind = spec.bag.kind if spec.bag is not None else "none"
    if kind in ("handbag", "shopping bag"):
        bone = BONE["lowerarm.R"]
        elbow = transforms[bone, :, :3] @ body.joints[bone] + transforms[bone, :, 3]
        found += _hand_bag(spec, right, elbow, hooked)
    elif kind == "shoulder bag":
        found += _shoulder_bag(spec, body, transforms)
    elif kind == "suitcase":
        found += _suitcase(spec, right, floor)
    for other in spec.others:
        if other.kind == "umbrella":
            material = _material(spec, other, "umbrella")
            found += _umbrella(material, left, floor, opened=umbrella_open)
        elif other.kind == "phone":
            bone = BONE["hand.L"]
            points, faces = superellipsoid(np.zeros(3), (0.42, 0.80, 0.09), 0.3)
            head = transforms[BONE["head"]]
            points = points @ head[:, :3].T + left + np.array([0, 0.35, 0.15])
            case = Material("phone", "hard", _material(spec, other, "phone").colour, gloss=0.5)
            found.append(rigid(points, faces, case))
    return found


def _floor(body: Body, transforms: Array) -> float:
    """Return the height of the lower sole in the posed frame, dm."""
    lowest = []
    for side in ("L", "R"):
        bone = BONE[f"toes.{side}"]
        joint = transforms[bone, :, :3] @ body.joints[bone] + transforms[bone, :, 3]
        lowest.append(joint[1] - 0.3)
        bone = BONE[f"foot.{side}"]
        joint = transforms[bone, :, :3] @ body.joints[bone] + transforms[bone, :, 3]
        lowest.append(joint[1] - 0.8)
    return float(min(lowest))
