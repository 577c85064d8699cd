"""Surveillance cameras with a fixed place and character, and the views they take of people."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from plipdet.minipedes.camera_site import BACKDROPS
from plipdet.minipedes.person_spec import PersonSpec
from plipdet.minipedes.pose import Pose
from plipdet.minipedes.world import STREET, World

OCCLUDERS = ("none", "pole", "bench", "bicycle", "car", "person")


@dataclass(frozen=True)
class Camera:
    """One camera of a world: where it hangs, what it looks at, and how it sees.

    Args:
        camera_id: Number from 1.
        seed: Seed of its scene.
        height: Above the ground, m.
        distances: Nearest and farthest person, m.
        focal: Focal length over the frame's width, no unit.
        heading: Main walking direction (radians; 0 faces the camera) and its spread.
        ground: Member of ``GROUNDS``.
        backdrop: Member of ``BACKDROPS``.
        depth: Distance of the backdrop, m.
        sun: Azimuth and elevation of the key light, radians, azimuth 0 behind the camera.
        key: Strength of the key light; 0 is overcast.
        ambient: Strength of the sky light.
        cast: Gain of red, green, blue.
        contrast: Exponent of the response around mid-grey; 1 is neutral.
        saturation: 1 is neutral.
        haze: Added grey, 0-0.1.
        native: Height in px of a person at the near and far distance before upscaling.
        noise: Standard deviation of the sensor noise, 0-1 of full scale.
        blur: Defocus in native px.
        sharpen: Over-sharpening of the camera, 0-1.
    """

    camera_id: int
    seed: int
    height: float
    distances: tuple[float, float]
    focal: float
    heading: tuple[float, float]
    ground: str
    backdrop: str
    depth: float
    sun: tuple[float, float]
    key: float
    ambient: float
    cast: tuple[float, float, float]
    contrast: float
    saturation: float
    haze: float
    native: tuple[float, float]
    noise: float
    blur: float
    sharpen: float


@dataclass(frozen=True)
class ViewSpec:
    """One picture of one person.

    Args:
        camera: Which camera takes it.
        position: Of the person on the ground, m, right of and before the camera.
        heading: Where the person walks, radians; 0 faces the camera, pi/2 walks to the right.
        pose: What the body does.
        crop: Shift (right, down) of the crop over the person's size, and its zoom (1 is tight).
        exposure: Gain of the picture.
        tint: Gains of red, green, blue of this moment.
        light_turn: Turn of the key light at this moment, radians.
        motion: Motion blur in native px.
        occluder: Member of ``OCCLUDERS``.
        occluder_side: Where it stands, -1 left to 1 right of the person.
        passers: Number of blurred passers-by in the background.
        umbrella_open: Whether an umbrella, if any, is up.
        seed: Seed of noise and passers-by.
    """

    camera: Camera
    position: tuple[float, float]
    heading: float
    pose: Pose
    crop: tuple[float, float, float]
    exposure: float
    tint: tuple[float, float, float]
    light_turn: float
    motion: float
    occluder: str
    occluder_side: float
    passers: int
    umbrella_open: bool
    seed: int


def sample_camera(world_seed: int, camera_id: int, world: World = STREET) -> Camera:
    """Return camera ``camera_id`` of a world; the same arguments give the same camera."""
    site = world.site
    rng = np.random.default_rng((world_seed, camera_id, 31, *world.stream))
    indoor = rng.uniform() < site.indoor
    backdrop = BACKDROPS[-1] if indoor else str(rng.choice(site.backdrops))
    ground = str(rng.choice(("tiles", "carpet") if indoor else site.grounds))
    warmth, tint = rng.normal(site.warmth, 0.11), rng.normal(0, 0.04)
    near = rng.uniform(*site.near)
    far = near + rng.uniform(*site.depth_of_field)
    native = rng.uniform(*site.native)
    strengths, shares = zip(*site.sun, strict=True)
    sunny = 0.0 if indoor else rng.choice(strengths, p=shares)
    return Camera(
        camera_id=camera_id,
        seed=int(rng.integers(2**31)),
        height=float(rng.uniform(*site.height)),
        distances=(float(near), float(far)),
        focal=float(rng.uniform(*site.focal)),
        heading=(float(rng.uniform(-np.pi, np.pi)), float(rng.uniform(0.25, 0.8))),
        ground=ground,
        backdrop=backdrop,
        depth=float(far + rng.uniform(1.0, 8.0)),
        sun=(float(rng.uniform(-2.4, 2.4)), float(rng.uniform(*site.elevation))),
        key=float(sunny * rng.uniform(0.8, 1.2) + 0.25),
        ambient=float(rng.uniform(*site.ambient)),
        cast=(float(1 + warmth), float(1 + tint), float(1 - warmth)),
        contrast=float(rng.uniform(*site.contrast)),
        saturation=float(rng.uniform(*site.saturation)),
        haze=float(rng.uniform(*site.haze)),
        native=(float(native), float(native * rng.uniform(0.5, 0.8))),
        noise=float(rng.uniform(*site.noise)),
        blur=float(rng.uniform(*site.blur)),
        sharpen=float(rng.choice([0.0, 0.3, 0.8])),
    )


def _arms(spec: PersonSpec, rng: np.random.Generator, walking: bool) -> tuple[str, str]:
    free = "swing" if walking else str(rng.choice(["hang", "pocket"], p=[0.75, 0.25]))
    left = right = free
    bag = spec.bag.kind if spec.bag is not None else "none"
    side = bool(np.random.default_rng((spec.body_seed, 77)).integers(2))
    if bag == "suitcase":
        right = "pull"
    elif bag == "shopping bag":
        right = "hang"
    elif bag == "handbag":
        right = "hook" if side else "hang"
    elif bag in ("backpack", "shoulder bag") and rng.uniform() < 0.12:
        right = "strap"
    carried = [other.kind for other in spec.others]
    if "umbrella" in carried:
        left = "pole"
    elif "phone" in carried:
        left = "phone" if rng.uniform() < 0.7 else "phone-ear"
    elif rng.uniform() < 0.07:
        left = "pocket"
    return left, right


def sample_pose(spec: PersonSpec, rng: np.random.Generator) -> Pose:
    """Return a street pose that fits what ``spec`` carries."""
    walking = rng.uniform() < 0.8
    left, right = _arms(spec, rng, walking)
    looks_down = "phone" == left
    slow = {"old": 0.75, "child": 0.95}.get(spec.age, 1.0)
    narrow = 0.8 if spec.lower.kind == "long skirt" else 1.0
    return Pose(
        phase=float(rng.uniform(0, 2 * np.pi)),
        stride=float(rng.uniform(0.22, 0.5)) * slow * narrow if walking else 0.02,
        lean=float(rng.normal(0.05, 0.03) + 0.12 * (spec.age == "old")),
        twist=float(rng.normal(0, 0.08)),
        gaze=(
            float(np.clip(rng.normal(0, 0.3), -0.9, 0.9)),
            float(0.35 if looks_down else rng.normal(0.08, 0.1)),
        ),
        left_arm=left,
        right_arm=right,
        sway=(float(rng.uniform()), float(rng.uniform()), float(rng.uniform())),
    )


def _crop(rng: np.random.Generator) -> tuple[float, float, float]:
    kind = rng.uniform()
    if kind < 0.06:  # feet cut
        return float(rng.normal(0, 0.03)), float(rng.uniform(-0.2, -0.1)), 0.95
    if kind < 0.10:  # a loose, shifted box
        return float(rng.normal(0, 0.08)), float(rng.normal(0, 0.05)), float(rng.uniform(1.2, 1.4))
    if kind < 0.13:  # the head cut
        return float(rng.normal(0, 0.03)), float(rng.uniform(0.06, 0.12)), 0.97
    return float(rng.normal(0, 0.025)), float(rng.normal(0, 0.015)), float(rng.uniform(1.03, 1.16))


def sample_view(spec: PersonSpec, camera: Camera, rng: np.random.Generator) -> ViewSpec:
    """Return a picture that ``camera`` takes of ``spec``; consumes ``rng``."""
    near, far = camera.distances
    distance = float(rng.uniform(near, far))
    main, spread = camera.heading
    way = main if rng.uniform() < 0.6 else main + np.pi
    heading = (
        float(rng.normal(way, spread)) if rng.uniform() < 0.8 else float(rng.uniform(-3.1, 3.1))
    )
    tint = 1 + rng.normal(0, 0.02, 3)
    occluder = str(rng.choice(OCCLUDERS, p=(0.86, 0.03, 0.02, 0.03, 0.02, 0.04)))
    return ViewSpec(
        camera=camera,
        position=(float(rng.uniform(-0.28, 0.28)) * distance / camera.focal, distance),
        heading=heading,
        pose=sample_pose(spec, rng),
        crop=_crop(rng),
        exposure=float(np.exp(rng.normal(0.0, 0.16))),
        tint=(float(tint[0]), float(tint[1]), float(tint[2])),
        light_turn=float(rng.normal(0, 0.25)),
        motion=float(max(rng.normal(0, 0.8), 0)),
        occluder=occluder,
        occluder_side=float(rng.choice([-1, 1]) * rng.uniform(0.55, 1.0)),
        passers=int(rng.choice([0, 1, 2, 3], p=(0.4, 0.3, 0.2, 0.1))),
        umbrella_open=bool(rng.uniform() < 0.5),
        seed=int(rng.integers(2**31)),
    )
