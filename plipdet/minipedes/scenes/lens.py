"""The whole picture of a camera, of which a crop's projection shows a part."""

from __future__ import annotations

import numpy as np

from plipdet.minipedes.backgrounds import WALL_SLOPE, place_numbers
from plipdet.minipedes.cameras import Camera
from plipdet.minipedes.projection import Projection

_HEAD = 1.9  # m, of the farthest person
_FILLS = (0.5, 0.94)  # of the picture's height, from the nearest feet to the farthest head


def scene_lens(camera: Camera, size: tuple[int, int]) -> Projection:
    """Return the projection of a camera's whole picture.

    It looks at the ground where its people walk; the camera's own lens is widened where it would
    not show the nearest of them from head to foot, and some cameras see more around them.

    Args:
        camera: Which.
        size: Height and width of the picture, px.
    """
    near, far = camera.distances
    low = np.arctan2(camera.height, near)
    high = np.arctan2(camera.height - _HEAD, far)
    pitch, half = 0.5 * (low + high), 0.5 * (low - high)
    rows, columns = size
    fills = np.random.default_rng((camera.seed, 8)).uniform(*_FILLS)
    down = max(float(np.tan(half)) / fills, 0.5 / camera.focal * rows / columns)
    across = down * columns / rows
    return Projection(camera.height, float(pitch), (-across, -down, across, down), size)


def half_width(lens: Projection, distance: float) -> float:
    """Return how far to the right of the middle a lens sees a person, m.

    Args:
        lens: Of a whole picture.
        distance: Of the person, m.
    """
    depth = np.cos(lens.pitch) * distance + np.sin(lens.pitch) * (lens.height - 0.9)
    return float(lens.window[2] * depth)


def wall_distance(camera: Camera, x: float) -> float:
    """Return the distance of the backdrop, which may run aslant, ``x`` m right of the camera."""
    slope = float(place_numbers(camera, camera.sun[1])[WALL_SLOPE])
    return camera.depth + slope * x
