"""Other people of the street: sprites of whole figures, drawn once and pasted by the projection."""

from __future__ import annotations

import functools
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from plipdet.minipedes.cameras import sample_camera, sample_view
from plipdet.minipedes.dressing import dress_person
from plipdet.minipedes.figure import draw_figure, key_light, posed_soup, shadow_map, to_world
from plipdet.minipedes.projection import Projection
from plipdet.minipedes.sample_person import sample_person

Floats = NDArray[np.float32]
SPRITES = 24
_WORLD = 90210  # a population apart from every world's own
_HEIGHT, _WIDTH, _METRES = 192, 96, 2.1


@functools.lru_cache(maxsize=SPRITES)
def passer_sprite(index: int) -> Floats:
    """Return a figure with coverage, linear light, shape (192, 96, 4); 2.1 m tall, feet below."""
    spec = replace(sample_person(_WORLD, index), others=())
    camera = replace(sample_camera(_WORLD, 1), height=2.6, key=0.45, ambient=0.75, sun=(0.6, 0.9))
    rng = np.random.default_rng((_WORLD, index))
    view = replace(sample_view(spec, camera, rng), position=(0.0, 9.0))
    soup = posed_soup(dress_person(spec), view)
    points, normals = to_world(soup, view)
    half = 0.5 * _METRES * _WIDTH / _HEIGHT / 9.0
    window = (-half, (2.6 - _METRES) / 9.0, half, 2.6 / 9.0)
    projection = Projection(2.6, 0.0, window, (_HEIGHT // 2, _WIDTH // 2))
    light, _ = key_light(view)
    colour, label = draw_figure(
        soup, points, normals, view, projection, shadow_map(points, soup, light), light
    )
    return np.concatenate([colour, (label > 0).astype(np.float32)[..., None]], -1)


def paste_passer(
    image: Floats,
    projection: Projection,
    place: tuple[float, float],
    rng: np.random.Generator,
    light: float,
) -> NDArray[np.bool_]:
    """Draw a random figure standing at ``place`` (x, z in m); return where it covers the image."""
    sprite = passer_sprite(int(rng.integers(SPRITES)))
    if rng.uniform() < 0.5:
        sprite = sprite[:, ::-1]
    x, z = place
    half = 0.5 * _METRES * _WIDTH / _HEIGHT
    world = np.array([[x - half, _METRES, z], [x + half, _METRES, z], [x - half, 0.0, z]])
    corners = projection.screen(world)[:, :2]
    source = np.array([[0, 0], [_WIDTH, 0], [0, _HEIGHT]], np.float32)
    matrix = cv2.getAffineTransform(source, corners.astype(np.float32))
    rows, columns = projection.size
    layer = cv2.warpAffine(
        np.ascontiguousarray(sprite), matrix, (columns, rows), flags=cv2.INTER_AREA
    )
    cover = layer[..., 3:4]
    image *= 1 - cover
    image += layer[..., :3] * light
    return layer[..., 3] > 0.5
