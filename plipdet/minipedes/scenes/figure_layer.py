"""A person of a scene, drawn in a small window that lies on the scene's pixels."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from plipdet.minipedes.cameras import ViewSpec
from plipdet.minipedes.dressing import dress_person
from plipdet.minipedes.figure import (
    SUPERSAMPLING,
    Soup,
    draw_figure,
    key_light,
    posed_soup,
    shadow_map,
    to_world,
)
from plipdet.minipedes.parts import drawn_faces
from plipdet.minipedes.person_spec import PersonSpec
from plipdet.minipedes.photograph import motion_blur
from plipdet.minipedes.projection import Projection
from plipdet.minipedes.scenes.layer import Layer

Floats = NDArray[np.float32]
_MARGIN = 3  # px
_FINE_BELOW = 110  # px tall: smaller people are drawn twice as fine, or garments would break up


@dataclass(frozen=True)
class Figure:
    """A posed person in the world.

    Args:
        soup: The person's triangles.
        points: Their corners in the world, m, shape (N, 3).
        normals: Of these, shape (N, 3).
        used: Corners of triangles that are drawn, shape (N,).
        view: Pose, place and camera.
        light: Direction towards the key light, shape (3,).
        shadow: The light's depth map and its projection.
    """

    soup: Soup
    points: Floats
    normals: Floats
    used: NDArray[np.bool_]
    view: ViewSpec
    light: Floats
    shadow: tuple[Floats, Floats]


def pose_figure(spec: PersonSpec, view: ViewSpec, *, lifted: float = 0.0) -> Figure:
    """Return a person in the world.

    Args:
        spec: Who.
        view: Where and in which pose.
        lifted: Height of what the person stands on, m.
    """
    soup = posed_soup(dress_person(spec), view)
    points, normals = to_world(soup, view)
    points[:, 1] += lifted
    used = np.zeros(len(points), bool)
    used[soup.faces[drawn_faces(soup.faces, soup.cut)].ravel()] = True
    light, _ = key_light(view)
    return Figure(soup, points, normals, used, view, light, shadow_map(points, soup, light))


def figure_layer(figure: Figure, lens: Projection) -> tuple[Layer, NDArray[np.uint8]]:
    """Return the cut-out of a person, and the label of each pixel of its window.

    The window holds the whole person, and may reach beyond the picture.

    Args:
        figure: Who and where.
        lens: Of the whole picture.
    """
    screen = lens.screen(figure.points[figure.used])[:, :2]
    left, top = np.floor(screen.min(0)).astype(int) - _MARGIN
    right, bottom = np.ceil(screen.max(0)).astype(int) + _MARGIN
    part = lens.part(int(top), int(left), int(bottom - top), int(right - left))
    fine = 2 if bottom - top < _FINE_BELOW else 1
    colour, label = draw_figure(
        figure.soup,
        figure.points,
        figure.normals,
        figure.view,
        part.scaled(fine),
        figure.shadow,
        figure.light,
    )
    rows, columns = part.size
    both = np.dstack([colour, (label > 0).astype(np.float32)])
    both = cv2.resize(both, (columns, rows), interpolation=cv2.INTER_AREA)
    length = figure.view.motion * rows / 180
    both = motion_blur(both.astype(np.float32, copy=False), length, figure.view.heading)
    step = SUPERSAMPLING * fine
    labels = label[step // 2 :: step, step // 2 :: step].copy()
    distance = figure.view.position[1]
    return Layer(distance, int(top), int(left), both[..., :3], both[..., 3]), labels
