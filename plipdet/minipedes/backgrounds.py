"""What surrounds the person: the camera's scene, street furniture, passers-by, occluders."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from plipdet.minipedes.camera_site import BACKDROPS, GROUNDS
from plipdet.minipedes.cameras import Camera, ViewSpec
from plipdet.minipedes.grounds import paint_scene
from plipdet.minipedes.materials import to_linear
from plipdet.minipedes.passers import paste_passer
from plipdet.minipedes.person_spec import COLOURS
from plipdet.minipedes.projection import Projection

Floats = NDArray[np.float32]
Place: TypeAlias = tuple[float, float]
WALL_SLOPE = 19  # column of ``place_numbers``: m of the backdrop's distance for one to the right
_GROUND_COLOURS = {
    "paving": ((134, 128, 122), (150, 142, 132), (128, 128, 130), (160, 132, 118)),
    "asphalt": ((88, 88, 92), (104, 104, 106), (74, 76, 80)),
    "tiles": ((176, 172, 164), (198, 190, 176), (140, 144, 150)),
    "grass": ((92, 112, 58), (110, 118, 66)),
    "zebra": ((86, 86, 90), (96, 96, 98)),
    "carpet": ((120, 104, 92), (96, 100, 116), (140, 130, 120)),
}
_WALL_COLOURS = (
    (176, 162, 142),
    (142, 112, 98),
    (190, 188, 182),
    (134, 136, 138),
    (206, 194, 166),
    (110, 120, 128),
)


def place_numbers(camera: Camera, elevation: float) -> Floats:
    """Return what ``paint_scene`` calls the scene: a camera's place in numbers.

    Args:
        camera: Which.
        elevation: Of the key light, radians.
    """
    rng = np.random.default_rng((camera.seed, 1))
    grounds = _GROUND_COLOURS[camera.ground]
    ground = to_linear(grounds[rng.integers(len(grounds))])
    first, second = rng.choice(len(_WALL_COLOURS), 2, replace=False)
    wall, trim = to_linear(_WALL_COLOURS[first]), to_linear(_WALL_COLOURS[second])
    sky = np.array([0.62, 0.68, 0.78]) * camera.ambient * 1.2
    return np.array(
        [
            camera.height,
            GROUNDS.index(camera.ground),
            *ground,
            BACKDROPS.index(camera.backdrop),
            camera.depth,
            *wall,
            *trim,
            camera.key,
            camera.ambient * 0.95,
            np.sin(elevation),
            *sky,
            rng.uniform(-0.5, 0.5),
        ],
        np.float32,
    )


def object_light(camera: Camera) -> float:
    """Return how bright a camera's light makes things that are not shaded."""
    return camera.ambient * 0.8 + 0.5 * camera.key


def street_furniture(camera: Camera) -> Iterator[tuple[str, Place, NDArray[np.float64]]]:
    """Yield what stands at a camera's place: kind, where (x, z in m), and its linear colour."""
    rng = np.random.default_rng((camera.seed, 2))
    light = object_light(camera)
    for _ in range(int(rng.integers(2, 6))):
        kind = str(rng.choice(["post", "box", "car", "sign"]))
        place = (float(rng.uniform(-7, 7)), float(rng.uniform(9, camera.depth - 1)))
        colour = np.array(to_linear(COLOURS[str(rng.choice(list(COLOURS)))]))
        colour = 0.35 * colour + 0.65 * colour.mean() * 0.7
        yield kind, place, 0.5 * colour * light


def paint_background(
    view: ViewSpec,
    projection: Projection,
    contacts: Floats,
    shadow: tuple[Floats, Floats],
    elevation: float,
) -> Floats:
    """Return the scene behind the person in linear light, shape (H, W, 3).

    Args:
        view: The picture.
        projection: Its crop.
        contacts: Where the person touches the ground (x, z), m, shape (N, 2).
        shadow: The light's depth map and its projection.
        elevation: Of the key light, radians.
    """
    camera = view.camera
    scene = place_numbers(camera, elevation)
    image = paint_scene(
        projection.size, projection.rays(), scene, camera.seed % 9973, contacts, *shadow
    )
    light = object_light(camera)
    for kind, place, colour in street_furniture(camera):
        if place[1] > view.position[1] + 0.8:
            draw_furniture(image, projection, kind, place, colour)
    moment = np.random.default_rng((view.seed, 3))
    for _ in range(view.passers):
        spread = 0.16 * view.position[1]
        x = view.position[0] + float(moment.choice([-1, 1]) * moment.uniform(0.3, 1.0)) * spread * 2
        z = view.position[1] + float(moment.uniform(1.2, 7.0))
        paste_passer(image, projection, (x, min(z, camera.depth - 0.6)), moment, light)
    sigma = 0.8 + 0.004 * projection.size[0]
    return cv2.GaussianBlur(image, (0, 0), sigma).astype(np.float32, copy=False)


def _quad(projection: Projection, points: list[tuple[float, float, float]]) -> NDArray[np.int32]:
    return projection.screen(np.array(points))[:, :2].round().astype(np.int32)


def draw_furniture(
    image: Floats,
    projection: Projection,
    kind: str,
    place: Place,
    colour: NDArray[np.float64],
) -> None:
    """Draw a thing of :func:`street_furniture` into ``image``."""
    x, z = place
    w, low, high = {
        "post": (0.07, 0.0, 3.6),
        "box": (0.5, 0.0, 1.1),
        "car": (2.1, 0.25, 0.85),
        "sign": (0.4, 1.9, 2.6),
    }[kind]
    shade = tuple(float(c) for c in colour)
    corners = [(x - w, low, z), (x + w, low, z), (x + w, high, z), (x - w, high, z)]
    if kind == "sign":
        pole = [(x - 0.04, 0.0, z), (x + 0.04, 0.0, z), (x + 0.04, 2.0, z), (x - 0.04, 2.0, z)]
        cv2.fillPoly(image, [_quad(projection, pole)], (0.12, 0.12, 0.12))
    if kind == "car":
        roof = [(x - 1.3, high, z), (x + 1.2, high, z), (x + 0.8, 1.4, z), (x - 0.8, 1.4, z)]
        under = [(x - 2, 0, z), (x + 2, 0, z), (x + 2, 0.3, z), (x - 2, 0.3, z)]
        cv2.fillPoly(image, [_quad(projection, under)], (0.015, 0.015, 0.018))
        cv2.fillPoly(image, [_quad(projection, roof)], (0.05, 0.06, 0.07))
    cv2.fillPoly(image, [_quad(projection, corners)], shade)
    if kind == "car":
        for dx in (-1.25, 1.25):
            centre = projection.screen(np.array([[x + dx, 0.32, z], [x + dx, 0.0, z]]))
            radius = max(int(centre[1, 1] - centre[0, 1]), 1)
            middle = (int(centre[0, 0]), int(centre[0, 1]))
            cv2.circle(image, middle, radius, (0.01, 0.01, 0.012), -1)


def draw_occluder(
    image: Floats, parsing: NDArray[np.uint8], view: ViewSpec, projection: Projection
) -> None:
    """Draw what stands between camera and person, and clear the labels it hides."""
    if view.occluder == "none":
        return
    rng = np.random.default_rng((view.seed, 4))
    rows, columns = projection.size
    cover = np.zeros((rows, columns), np.uint8)
    light = view.camera.ambient * 0.8 + 0.4 * view.camera.key
    x, z = view.position[0], max(view.position[1] - 0.9, 1.5)
    x = x * z / view.position[1] + 0.36 * view.occluder_side
    colour = np.array(to_linear(COLOURS[str(rng.choice(list(COLOURS)))]))
    if view.occluder == "person":
        place = (x + 0.12 * view.occluder_side, z)
        cover[paste_passer(image, projection, place, rng, light)] = 1
    else:
        for points in occluder_shapes(view.occluder, x, view.occluder_side):
            world = [(px, py, z) for px, py in points]
            cv2.fillPoly(cover, [_quad(projection, world)], 1)
        image[cover > 0] = 0.7 * colour * light
    edge = cv2.GaussianBlur(image, (0, 0), 1.0)
    rim = cv2.dilate(cover, np.ones((3, 3), np.uint8)) > 0
    image[rim] = edge[rim]
    parsing[cover > 0] = 0


def occluder_shapes(kind: str, x: float, side: float) -> list[list[tuple[float, float]]]:
    """Return the outlines (x, height in m) of an occluder that is no person.

    Args:
        kind: Member of ``OCCLUDERS``.
        x: Where it stands, m right of the camera.
        side: To which side a car reaches, -1 left or 1 right.
    """

    def box(left: float, low: float, right: float, high: float) -> list[tuple[float, float]]:
        return [(left, low), (right, low), (right, high), (left, high)]

    if kind == "pole":
        return [box(x - 0.05, 0, x + 0.05, 4)]
    if kind == "bench":
        return [
            box(x - 0.7, 0.38, x + 0.7, 0.46),
            box(x - 0.6, 0, x - 0.52, 0.4),
            box(x - 0.7, 0.6, x + 0.7, 0.72),
        ]
    if kind == "car":
        far = x + side * 3
        return [box(min(x, far), 0.1, max(x, far), 0.75)]
    shapes = []
    for dx in (-0.5, 0.5):
        for a in np.linspace(0, 2 * np.pi, 17)[:-1]:
            b = a + 2 * np.pi / 16
            inner, outer = 0.30, 0.34
            shapes.append(
                [
                    (x + dx + r * np.cos(t), 0.34 + r * np.sin(t))
                    for r, t in ((inner, a), (outer, a), (outer, b), (inner, b))
                ]
            )
    frame = [(x - 0.5, 0.32), (x - 0.5, 0.37), (x + 0.35, 0.88), (x + 0.35, 0.83)]
    return [*shapes, frame, box(x - 0.3, 0.6, x - 0.26, 0.98), box(x + 0.3, 0.34, x + 0.34, 1.05)]
