"""Shadows that people throw on the ground of a scene that is painted without them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from plipdet.compiled import compiled
from plipdet.minipedes.projection import Projection
from plipdet.minipedes.shading import shadow_at

Floats = NDArray[np.float32]
_AROUND = 0.7  # m around the feet that get less of the sky's light


@compiled(fastmath=True)
def _darken(
    image: Floats,
    window: tuple[int, int, int, int],
    rays: tuple[float, ...],
    place: Floats,
    contacts: Floats,
    shadow: Floats,
    frame: Floats,
) -> None:
    """Multiply the ground's pixels in ``window`` (top, left, bottom, right) by the light left."""
    rows, columns = image.shape[0], image.shape[1]
    cosine, sine, left, top, right, bottom = rays
    sun = place[13] * max(place[15], 0.0)
    full = place[14] + sun
    for row in range(window[0], window[2]):
        b = top + (row + 0.5) / rows * (bottom - top)
        dy, dz = -cosine * b - sine, cosine - sine * b
        if dy >= -1e-4:
            continue
        t = -place[0] / dy
        for column in range(window[1], window[3]):
            dx = left + (column + 0.5) / columns * (right - left)
            if t >= place[6] / max(dz - place[19] * dx, 1e-3):
                continue
            x, z = dx * t, dz * t
            lit = shadow_at(shadow, frame, x, 0.0, z, 0.01)
            open_sky = 1.0
            for k in range(contacts.shape[0]):
                gap = (x - contacts[k, 0]) ** 2 + (z - contacts[k, 1]) ** 2
                open_sky *= 1 - 0.55 * np.exp(-gap / 0.022) - 0.18 * np.exp(-gap / 0.2)
            share = (place[14] * open_sky + sun * lit) / full
            for c in range(3):
                image[row, column, c] *= share


def darken_ground(
    image: Floats,
    lens: Projection,
    place: Floats,
    points: Floats,
    contacts: Floats,
    shadow: tuple[Floats, Floats],
    light: Floats,
) -> None:
    """Darken the ground where a person keeps the light off.

    Args:
        image: The empty scene in linear light, shape (H, W, 3); changed.
        lens: Its projection.
        place: ``place_numbers`` of the camera.
        points: Of the person, m, shape (N, 3).
        contacts: Where the person touches the ground (x, z), m, shape (n, 2).
        shadow: The light's depth map and its projection.
        light: Direction towards the key light, shape (3,).
    """
    fallen = points - points[:, 1:2] / max(float(light[1]), 0.05) * light
    fallen = fallen[fallen[:, 2] < place[6] * 1.5][::7]
    feet = np.zeros((4 * len(contacts), 3), np.float32)
    for at, (dx, dz) in enumerate([(1, 1), (1, -1), (-1, 1), (-1, -1)]):
        corner = contacts + _AROUND * np.array([dx, dz], np.float32)
        feet[at * len(contacts) : (at + 1) * len(contacts)][:, [0, 2]] = corner
    screen = lens.screen(np.concatenate([fallen, feet]))
    screen = screen[screen[:, 2] > 0]
    if not len(screen):
        return
    rows, columns = image.shape[:2]
    low = np.floor(screen[:, :2].min(0)).astype(int)
    high = np.ceil(screen[:, :2].max(0)).astype(int) + 1
    window = (
        int(np.clip(low[1], 0, rows)),
        int(np.clip(low[0], 0, columns)),
        int(np.clip(high[1], 0, rows)),
        int(np.clip(high[0], 0, columns)),
    )
    _darken(image, window, lens.rays(), place, contacts, *shadow)
