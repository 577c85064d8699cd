"""Where garments end: signed distances (dm) inside their borders, on the mean body."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
ARM_LENGTH = 5.4  # shoulder to wrist on the mean body, dm


@dataclass(frozen=True)
class TopCut:
    """Borders of a garment of the trunk.

    Args:
        hem: Height of the lower edge, dm.
        sleeve: Arm coordinate of the cuff; below 0 leaves the shoulder bare.
        neck: Radius of the neck hole, dm; smaller is higher up the neck.
        vee: Depth of a V in front, dm; 0 for none.
        opening: Half width of an open front at the hem, dm; negative is closed.
        straps: Half width of a tank top's shoulder straps, dm; 0 for none.
    """

    hem: float
    sleeve: float
    neck: float = 0.9
    vee: float = 0.0
    opening: float = -1.0
    straps: float = 0.0

    def inside(self, canonical: Floats, arm: Floats) -> Floats:
        """Return the distance inside the garment at each point, shape (N,)."""
        x, y, z = canonical[:, 0], canonical[:, 1], canonical[:, 2]
        on_arm = arm > -0.6
        hem = np.where(on_arm, 9.0, y - self.hem)
        cuff = np.where(on_arm, (self.sleeve - arm) * ARM_LENGTH, 9.0)
        slope = y - 7.45 + 0.45 * (z - 0.2)
        radial = np.sqrt(x**2 + 0.7 * (z - 0.15) ** 2)
        neck = np.maximum(np.minimum(radial - self.neck, 9.0), 0.35 - slope - 0.4 * self.neck)
        inside = np.minimum(np.minimum(hem, cuff), np.minimum(neck, 7.85 - y))
        if self.vee > 0:
            width = np.clip((y - (7.0 - self.vee)) * 0.5, -9.0, 9.0)
            inside = np.minimum(inside, np.where(z > 0, np.abs(x) - width, 9.0))
        if self.opening > 0:
            grow = np.clip((6.6 - y) / 6.0, 0.0, 1.3)
            edge = 0.30 + self.opening * (0.25 + 0.75 * grow)
            inside = np.minimum(inside, np.where(z > 0, np.abs(x) - edge, 9.0))
        if self.straps > 0:
            line = self.straps - np.abs(np.abs(x) - 1.0)
            inside = np.minimum(inside, np.maximum(line, 5.9 - y))
        return inside.astype(np.float32)


@dataclass(frozen=True)
class BottomCut:
    """Borders of trousers or a skirt: waist and hem as canonical heights, dm."""

    waist: float
    hem: float

    def inside(self, canonical: Floats, arm: Floats) -> Floats:
        """Return the distance inside the garment at each point, shape (N,)."""
        y = canonical[:, 1]
        trunk = np.where(arm > -0.6, -9.0, 9.0)
        return np.minimum(np.minimum(self.waist - y, y - self.hem), trunk).astype(np.float32)
