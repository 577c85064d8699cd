from __future__ import annotations

from dataclasses import replace

import numpy as np

from plipdet.minipedes.cameras import Camera, ViewSpec, sample_camera
from plipdet.minipedes.person_spec import Garment, PersonSpec
from plipdet.minipedes.pose import Pose

SMALL = (128, 64)


def person(**changes: object) -> PersonSpec:
    base = PersonSpec(
        person_id=1,
        gender="woman",
        age="adult",
        build="average",
        skin=0.3,
        hair_style="short",
        hair_colour="brown",
        hat=None,
        glasses=False,
        upper=Garment("t-shirt", "red"),
        inner=None,
        lower=Garment("trousers", "blue"),
        shoes=Garment("sneakers", "black"),
        bag=None,
        others=(),
        body_seed=5,
    )
    return replace(base, **changes)  # type: ignore[arg-type]


def clean_camera() -> Camera:
    return replace(
        sample_camera(1, 1),
        noise=0.0,
        blur=0.1,
        native=(1e4, 1e4),
        sharpen=0.0,
        haze=0.0,
        key=0.4,
        ambient=0.7,
        cast=(1.0, 1.0, 1.0),
        contrast=1.0,
        saturation=1.0,
        height=2.2,
    )


def view(heading: float = 0.5, **changes: object) -> ViewSpec:
    base = ViewSpec(
        camera=clean_camera(),
        position=(0.0, 7.0),
        heading=heading,
        pose=Pose(phase=0.8, stride=0.3),
        crop=(0.0, 0.0, 1.1),
        exposure=1.0,
        tint=(1.0, 1.0, 1.0),
        light_turn=0.0,
        motion=0.0,
        occluder="none",
        occluder_side=1.0,
        passers=0,
        umbrella_open=False,
        seed=3,
    )
    return replace(base, **changes)  # type: ignore[arg-type]


def area(parsing: np.ndarray, *labels: int) -> int:
    return int(np.isin(parsing, labels).sum())
