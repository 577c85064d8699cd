"""What stands before a camera all the time: the empty place, its furniture, and what looks human.

Statues and posters are there because they look like people and are none: a detector has to learn
to leave them alone.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from plipdet.minipedes.backgrounds import (
    draw_furniture,
    object_light,
    occluder_shapes,
    place_numbers,
    street_furniture,
)
from plipdet.minipedes.cameras import Camera, sample_view
from plipdet.minipedes.grounds import paint_scene
from plipdet.minipedes.materials import to_linear
from plipdet.minipedes.passers import SPRITES, passer_sprite, paste_passer
from plipdet.minipedes.person_spec import COLOURS, Garment, PersonSpec
from plipdet.minipedes.projection import Projection
from plipdet.minipedes.sample_person import sample_person
from plipdet.minipedes.scenes.figure_layer import figure_layer, pose_figure
from plipdet.minipedes.scenes.layer import Box, Layer, soft_layer
from plipdet.minipedes.scenes.lens import half_width, scene_lens, wall_distance
from plipdet.minipedes.scenes.scene_spec import Obstacle

Floats = NDArray[np.float32]
_SCULPTED = 90211  # a population apart: nobody whom a statue shows walks about
_PLINTH = (0.34, 0.7)  # half width and height, m
_STONE = ((150, 146, 138), (92, 96, 92), (120, 98, 70))
_POSTER = (0.62, 0.35, 2.25)  # half width, lower and upper edge, m


@dataclass(frozen=True)
class Street:
    """A camera's place without people.

    Args:
        lens: Projection of the whole picture.
        place: ``place_numbers`` of the camera.
        ground: Linear light of ground and backdrop, shape (H, W, 3).
        things: What stands there.
    """

    lens: Projection
    place: Floats
    ground: Floats
    things: tuple[Layer, ...]


@functools.lru_cache(maxsize=16)
def street_of(camera: Camera, size: tuple[int, int]) -> Street:
    """Return a camera's place; it is always the same, whoever walks there.

    Args:
        camera: Which.
        size: Height and width of the picture, px.
    """
    lens = scene_lens(camera, size)
    place = place_numbers(camera, camera.sun[1])
    nothing = (np.zeros((0, 2), np.float32), np.zeros((1, 1), np.float32), np.eye(3, 4))
    ground = paint_scene(
        size,
        lens.rays(),
        place,
        camera.seed % 9973,
        nothing[0],
        nothing[1],
        nothing[2].astype(np.float32),
    )
    ground = cv2.GaussianBlur(ground, (0, 0), 0.7).astype(np.float32, copy=False)
    things = [
        *_furniture(camera, lens),
        *_posters(camera, lens),
        *_statues(camera, lens),
    ]
    inside = [thing.clipped(size) for thing in things]
    return Street(lens, place, ground, tuple(thing for thing in inside if thing.cover.size))


def _furniture(camera: Camera, lens: Projection) -> Iterator[Layer]:
    for kind, at, colour in street_furniture(camera):
        if at[1] > wall_distance(camera, at[0]) - 0.3:
            continue  # behind the backdrop
        canvas = np.full((*lens.size, 3), -1, np.float32)
        draw_furniture(canvas, lens, kind, at, colour)
        layer = soft_layer(canvas, canvas[..., 0] >= 0, at[1])
        if layer is not None:
            yield layer


def _spot(camera: Camera, lens: Projection, rng: np.random.Generator) -> tuple[float, float]:
    """Return a place beside the middle, where statues and posters leave room for people."""
    distance = float(rng.uniform(camera.distances[0] + 1.5, camera.depth - 0.7))
    x = float(rng.choice([-1, 1]) * rng.uniform(0.45, 0.9)) * half_width(lens, distance)
    return x, min(distance, wall_distance(camera, x) - 0.7)


def _statues(camera: Camera, lens: Projection) -> Iterator[Layer]:
    rng = np.random.default_rng((camera.seed, 6))
    if rng.uniform() > 0.45:
        return
    x, z = _spot(camera, lens, rng)
    stone = np.array(to_linear(_STONE[rng.integers(len(_STONE))]), np.float32)
    spec = _hewn(sample_person(_SCULPTED, int(rng.integers(1, 10_000))))
    view = replace(sample_view(spec, camera, rng), position=(x, z), light_turn=0.0, motion=0.0)
    half, height = _PLINTH
    canvas, cover = np.zeros((*lens.size, 3), np.float32), np.zeros(lens.size, np.uint8)
    corners = [(x - half, 0, z), (x + half, 0, z), (x + half, height, z), (x - half, height, z)]
    cv2.fillPoly(cover, [_quad(lens, corners)], 1)
    canvas[:] = stone * object_light(camera) * 0.8
    plinth = soft_layer(canvas, cover > 0, z + 0.01)
    if plinth is not None:
        yield plinth
    layer, _ = figure_layer(pose_figure(spec, view, lifted=height), lens)
    # Cloth, skin and hair are hewn from one stone: only their light and shade is left.
    tone = layer.colour.mean(-1, keepdims=True)
    level = float(tone.sum() / max(float(layer.cover.sum()), 1.0))
    shaped = 0.75 * object_light(camera) * (0.35 + 0.65 * tone / max(level, 1e-3))
    yield replace(layer, colour=(stone * shaped * layer.cover[..., None]).astype(np.float32))


def _hewn(spec: PersonSpec) -> PersonSpec:
    """Return a person all of one colour, without what no sculptor would hew."""

    def plain(garment: Garment) -> Garment:
        return Garment(garment.kind, "white")

    return replace(
        spec,
        upper=plain(spec.upper),
        lower=plain(spec.lower),
        shoes=plain(spec.shoes),
        inner=None,
        skin=0.0,
        bag=None,
        others=(),
        glasses=False,
    )


def _posters(camera: Camera, lens: Projection) -> Iterator[Layer]:
    rng = np.random.default_rng((camera.seed, 7))
    for _ in range(int(rng.choice([0, 1, 2], p=(0.45, 0.4, 0.15)))):
        x, z = _spot(camera, lens, rng)
        layer = _poster(camera, lens, (x, z), rng)
        if layer is not None:
            yield layer


def _poster(
    camera: Camera, lens: Projection, at: tuple[float, float], rng: np.random.Generator
) -> Layer | None:
    """Return a board with a person printed on it, cut where larger than life."""
    (x, z), (half, low, high) = at, _POSTER
    light = object_light(camera)
    corners = [(x - half, low, z), (x + half, low, z), (x + half, high, z), (x - half, high, z)]
    board, paper = np.zeros(lens.size, np.uint8), np.zeros(lens.size, np.uint8)
    cv2.fillPoly(board, [_quad(lens, corners)], 1)
    rim = 0.06
    inner = [
        (cx + (rim if cx < x else -rim), cy + (rim if cy < 1 else -rim), z) for cx, cy, _ in corners
    ]
    cv2.fillPoly(paper, [_quad(lens, inner)], 1)
    tint = np.array(to_linear(COLOURS[str(rng.choice(list(COLOURS)))]), np.float32)
    canvas = np.full((*lens.size, 3), 0.03 * light, np.float32)
    canvas[paper > 0] = 0.9 * light * (0.4 * tint + 0.25)
    tall = float(rng.uniform(1.5, 3.2))
    foot = low + 0.1 if tall < 1.9 else high - 0.15 - tall
    _print_sprite(canvas, lens, (x, foot, z), tall, int(rng.integers(SPRITES)), paper, light)
    return soft_layer(canvas, board > 0, z)


def _print_sprite(
    canvas: Floats,
    lens: Projection,
    foot: tuple[float, float, float],
    tall: float,
    index: int,
    paper: NDArray[np.uint8],
    light: float,
) -> None:
    sprite = np.ascontiguousarray(passer_sprite(index))
    rows, columns = sprite.shape[:2]
    x, y, z = foot
    half = 0.5 * tall * columns / rows
    world = np.array([[x - half, y + tall, z], [x + half, y + tall, z], [x - half, y, z]])
    source = np.array([[0, 0], [columns, 0], [0, rows]], np.float32)
    matrix = cv2.getAffineTransform(source, lens.screen(world)[:, :2].astype(np.float32))
    printed = cv2.warpAffine(sprite, matrix, lens.size[::-1], flags=cv2.INTER_AREA)
    inside = paper[..., None] > 0
    canvas *= np.where(inside, 1 - printed[..., 3:], 1)
    canvas += np.where(inside, printed[..., :3] * 1.15 * light, 0)


def obstacle_layer(thing: Obstacle, camera: Camera, lens: Projection) -> Layer | None:
    """Return the cut-out of an obstacle, ``None`` where it is out of the picture."""
    canvas = np.full((*lens.size, 3), -1, np.float32)
    colour = 0.7 * np.array(to_linear(COLOURS[thing.colour])) * object_light(camera)
    if thing.kind == "car":
        centre = thing.x + 2.1 * thing.side  # its end stands where the obstacle does
        draw_furniture(canvas, lens, "car", (centre, thing.distance), colour)
    else:
        for outline in occluder_shapes(thing.kind, thing.x, thing.side):
            corners = _quad(lens, [(x, y, thing.distance) for x, y in outline])
            cv2.fillPoly(canvas, [corners], colour.tolist())
    return soft_layer(canvas, canvas[..., 0] >= 0, thing.distance)


def crowd_layer(
    at: tuple[float, float], camera: Camera, lens: Projection, rng: np.random.Generator
) -> tuple[Layer, Box] | None:
    """Return a blurred group that nobody tells apart, and the box around it.

    Args:
        at: Where its middle stands (x, distance), m.
        camera: Before which camera.
        lens: Of the whole picture.
        rng: Of who is in it; consumed.
    """
    canvas = np.zeros((*lens.size, 3), np.float32)
    cover = np.zeros(lens.size, bool)
    light = object_light(camera)
    for _ in range(int(rng.integers(6, 12))):
        x = at[0] + float(rng.normal(0, 0.75))
        cover |= paste_passer(canvas, lens, (x, at[1] + float(rng.uniform(-0.2, 0.4))), rng, light)
    layer = soft_layer(canvas, cover, at[1], blur=0.006 * lens.size[0])
    box = None if layer is None else layer.box(0.3)
    return None if layer is None or box is None else (layer, box)


def _quad(lens: Projection, points: list[tuple[float, float, float]]) -> NDArray[np.int32]:
    screen = lens.screen(np.array(points))[:, :2]
    return np.clip(screen, -4000, 8000).round().astype(np.int32)
