"""Layer: something in front of the background, cut out, that nearer things may hide."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Box = tuple[int, int, int, int]
_MARGIN = 4  # px around what is drawn, for its soft edge


@dataclass(frozen=True)
class Layer:
    """A cut-out in a window of the picture.

    Args:
        distance: From the camera, m.
        top: First row of the window in the picture, px.
        left: First column.
        colour: Linear light, already multiplied by ``cover``, shape (h, w, 3).
        cover: How much of what is behind it hides, 0-1, shape (h, w).
    """

    distance: float
    top: int
    left: int
    colour: Floats
    cover: Floats

    def clipped(self, size: tuple[int, int]) -> Layer:
        """Return the part inside a picture of ``size``; it may be empty."""
        part = self.slices(size)
        return Layer(
            self.distance,
            max(self.top, 0),
            max(self.left, 0),
            self.colour[part],
            self.cover[part],
        )

    def slices(self, size: tuple[int, int]) -> tuple[slice, slice]:
        """Return rows and columns of the window that are inside a picture of ``size``."""
        rows, columns = self.cover.shape
        return (
            slice(max(-self.top, 0), max(min(rows, size[0] - self.top), 0)),
            slice(max(-self.left, 0), max(min(columns, size[1] - self.left), 0)),
        )

    def window(self) -> tuple[slice, slice]:
        """Return rows and columns of the picture that a clipped layer is in."""
        rows, columns = self.cover.shape
        return slice(self.top, self.top + rows), slice(self.left, self.left + columns)

    def draw(self, image: Floats) -> None:
        """Put a clipped layer over ``image``."""
        part = image[self.window()]
        part *= 1 - self.cover[..., None]
        part += self.colour

    def box(self, least: float = 0.5) -> Box | None:
        """Return left, top, right, bottom of what covers ``least`` or more; px of the picture."""
        return box_of(self.cover >= least, self.top, self.left)


def box_of(mask: NDArray[np.bool_], top: int, left: int) -> Box | None:
    """Return left, top, right, bottom of a mask's true pixels, ``None`` without any.

    Args:
        mask: Of a window, shape (h, w).
        top: First row of the window.
        left: First column.
    """
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    if not len(rows):
        return None
    return (
        int(columns[0]) + left,
        int(rows[0]) + top,
        int(columns[-1]) + 1 + left,
        int(rows[-1]) + 1 + top,
    )


def soft_layer(
    canvas: Floats, cover: NDArray[np.bool_], distance: float, *, blur: float = 0.8
) -> Layer | None:
    """Return what was drawn with hard edges, cut out and softened; ``None`` if nothing was.

    Args:
        canvas: Linear light where ``cover`` is true, of a whole picture, shape (H, W, 3).
        cover: Where something was drawn, shape (H, W).
        distance: Of it, m.
        blur: Of its edges and of itself, px.
    """
    found = box_of(cover, 0, 0)
    if found is None:
        return None
    margin = _MARGIN + int(3 * blur)
    left, top = max(found[0] - margin, 0), max(found[1] - margin, 0)
    part = (slice(top, found[3] + margin), slice(left, found[2] + margin))
    solid = cover[part].astype(np.float32)
    both = np.dstack([canvas[part] * solid[..., None], solid])
    both = cv2.GaussianBlur(both, (0, 0), blur, borderType=cv2.BORDER_REPLICATE)
    return Layer(distance, top, left, both[..., :3].copy(), both[..., 3].copy())
