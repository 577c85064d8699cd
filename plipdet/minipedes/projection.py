"""From a camera's frame to the pixels of one crop."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from plipdet.minipedes.cameras import Camera

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Projection:
    """A pinhole camera and the window of its image that the crop shows.

    World: X right, Y up, Z away from the camera, m; the camera stands at (0, height, 0).

    Args:
        height: Of the camera, m.
        pitch: Downward tilt, radians.
        window: Left, top, right, bottom of the crop on the plane at distance 1.
        size: Height and width of the crop, px.
    """

    height: float
    pitch: float
    window: tuple[float, float, float, float]
    size: tuple[int, int]

    def screen(self, points: NDArray) -> NDArray[np.float32]:
        """Return column, row (px) and nearness (1/m) of world points, shape (N, 3)."""
        plane, depth = on_plane(points, self.height, self.pitch)
        left, top, right, bottom = self.window
        rows, columns = self.size
        return np.stack(
            [
                (plane[:, 0] - left) / (right - left) * columns,
                (plane[:, 1] - top) / (bottom - top) * rows,
                np.where(depth > 0.3, 1 / np.maximum(depth, 0.3), 0.0),
            ],
            1,
        ).astype(np.float32)

    def scaled(self, factor: int) -> Projection:
        """Return the same window with ``factor`` times the pixels each way."""
        rows, columns = self.size
        return Projection(self.height, self.pitch, self.window, (rows * factor, columns * factor))

    def part(self, top: int, left: int, rows: int, columns: int) -> Projection:
        """Return the projection of a part of the picture; px, may lie outside of it.

        Args:
            top: First row.
            left: First column.
            rows: Height.
            columns: Width.
        """
        x0, y0, x1, y1 = self.window
        across, down = (x1 - x0) / self.size[1], (y1 - y0) / self.size[0]
        window = (
            x0 + left * across,
            y0 + top * down,
            x0 + (left + columns) * across,
            y0 + (top + rows) * down,
        )
        return Projection(self.height, self.pitch, window, (rows, columns))

    def rays(self) -> tuple[float, ...]:
        """Return pitch's cosine and sine, and the window, as the background's kernel reads them."""
        return (float(np.cos(self.pitch)), float(np.sin(self.pitch)), *self.window)


def camera_pitch(camera: Camera) -> float:
    """Return the tilt that brings a person at the middle distance to the middle of the frame."""
    middle = 0.5 * (camera.distances[0] + camera.distances[1])
    return float(np.arctan2(camera.height - 0.9, middle))


def on_plane(points: NDArray, height: float, pitch: float) -> tuple[Array, Array]:
    """Return plane coordinates (right, down) at distance 1, and depth (m), of world points."""
    c, s = np.cos(pitch), np.sin(pitch)
    y, z = points[:, 1] - height, points[:, 2]
    depth = c * z - s * y
    down = -(c * y + s * z)
    safe = np.maximum(depth, 0.3)
    return np.stack([points[:, 0] / safe, down / safe], 1), depth
