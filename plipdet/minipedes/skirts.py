"""Skirts, dress skirts and coat tails: hulls around the posed legs, built anew for each pose."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from plipdet.minipedes.materials import Material
from plipdet.minipedes.parts import Part, grid_faces, rigid

Floats = NDArray[np.float32]
COLUMNS = 56


@dataclass(frozen=True)
class Skirt:
    """A tube of cloth from the waist down.

    Args:
        top: Canonical height of its upper edge, dm.
        hem: Canonical height of its lower edge, dm.
        ease: Distance from the body, dm.
        flare: Growth of the radius a dm of fall.
        pleats: Number of folds around.
        depth: Depth of the folds at the hem, dm.
        opening: Half width of the open front at the hem, dm; negative is closed.
        material: Its surface.
        snug: Share of the ease that the upper edge has.
    """

    top: float
    hem: float
    ease: float
    flare: float
    pleats: int
    depth: float
    opening: float
    material: Material
    snug: float = 0.2


def drop_skirt(skirt: Skirt, legs: Floats, canonical: Floats, seed: float) -> Part:
    """Return the skirt hung around posed points ``legs`` (N, 3), at rest ``canonical``."""
    rows = max(int((skirt.top - skirt.hem) / 0.33), 6)
    heights = np.linspace(skirt.top, skirt.hem, rows)
    order = np.argsort(canonical[:, 1])
    posed_y = np.interp(heights, canonical[order, 1], _smooth(legs[order, 1]))
    posed_y = np.minimum.accumulate(posed_y)
    fall = (
        (skirt.top - skirt.hem)
        * (posed_y[0] - legs[:, 1].min())
        / (skirt.top - canonical[:, 1].min())
    )
    posed_y = posed_y[0] - np.linspace(0, 1, rows) * fall
    angle = np.linspace(0, 2 * np.pi, COLUMNS, endpoint=False)
    directions = np.stack([np.sin(angle), np.cos(angle)], 1)
    top_points = legs[np.abs(legs[:, 1] - posed_y[0]) < 0.6]
    centre = 0.5 * (top_points.min(0) + top_points.max(0))[[0, 2]]
    reach = (legs[:, [0, 2]] - centre) @ directions.T  # (N, COLUMNS)
    support = np.zeros((rows, COLUMNS))
    for r, y in enumerate(posed_y):
        band = np.abs(legs[:, 1] - y) < 0.45
        if band.any():
            support[r] = reach[band].max(0)
        if r:
            support[r] = np.maximum(support[r], support[r - 1] - 0.02 + skirt.flare * fall / rows)
    support = (support + np.roll(support, 1, 1) + np.roll(support, -1, 1)) / 3
    slope = (np.roll(support, -1, 1) - np.roll(support, 1, 1)) * COLUMNS / (4 * np.pi)
    down = np.linspace(0, 1, rows)[:, None]
    wave = np.sin(angle * skirt.pleats + seed + 0.8 * np.sin(2 * angle + seed))
    wave = wave + 0.5 * np.sin(angle * (skirt.pleats * 1.7 // 1) + 2.3 * seed)
    radius = (
        support + skirt.ease * np.clip(down * 5 + skirt.snug, 0, 1) + skirt.depth * down**1.3 * wave
    )
    x = radius * directions[:, 0] + slope * directions[:, 1] + centre[0]
    z = radius * directions[:, 1] - slope * directions[:, 0] + centre[1]
    hem_wave = 0.05 * down * np.sin(angle * 3 + seed)
    points = np.stack([x, posed_y[:, None] + hem_wave, z], -1)
    reach_out = 1.5 + skirt.flare * (skirt.top - skirt.hem) * down
    grid = np.stack(
        [
            reach_out * np.sin(angle) + 0 * down,
            heights[:, None] + 0 * angle,
            reach_out * np.cos(angle) + 0 * down,
        ],
        -1,
    )
    cut = np.ones((rows, COLUMNS))
    if skirt.opening > 0:
        gap = skirt.opening * (0.5 + 0.6 * down)
        cut = np.where(np.cos(angle) > 0, np.abs(grid[..., 0]) - gap, 9.0)
    return rigid(
        points.reshape(-1, 3),
        grid_faces(rows, COLUMNS, closed=True),
        skirt.material,
        canonical=grid.reshape(-1, 3),
        cut=cut.reshape(-1),
    )


def _smooth(values: Floats) -> NDArray[np.float64]:
    width = max(len(values) // 40, 1)
    kernel = np.ones(width) / width
    padded = np.pad(values.astype(np.float64), (width, width), mode="edge")
    return np.convolve(padded, kernel, mode="same")[width:-width]
