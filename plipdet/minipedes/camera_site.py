"""CameraSite: where the cameras of a world hang, and in what light."""

from __future__ import annotations

from dataclasses import dataclass

GROUNDS = ("paving", "asphalt", "tiles", "grass", "zebra", "carpet")
BACKDROPS = ("facade", "shops", "hedge", "concrete", "glass", "park", "hall")
Range = tuple[float, float]


@dataclass(frozen=True)
class CameraSite:
    """Ranges that the cameras of a world are drawn from; see ``Camera`` for what they mean.

    Args:
        indoor: Share of cameras in halls.
        grounds: Outdoor grounds, some more than once for a larger share.
        backdrops: Outdoor backdrops, likewise.
        height: Above the ground, m.
        near: Distance of the nearest person, m.
        depth_of_field: From the nearest to the farthest person, m.
        focal: Focal length over the frame's width, no unit.
        native: Height of the nearest person before upscaling, px.
        sun: Strengths of the key light, and the share of each.
        elevation: Of the key light, radians.
        ambient: Strength of the sky light.
        warmth: Mean of the colour cast: above 0 reddish, below bluish.
        contrast: Exponent of the response.
        saturation: 1 is neutral.
        haze: Added grey.
        noise: Of the sensor, 0-1 of full scale.
        blur: Defocus, native px.
    """

    indoor: float = 0.2
    grounds: tuple[str, ...] = GROUNDS[:5]
    backdrops: tuple[str, ...] = BACKDROPS[:-1]
    height: Range = (2.2, 4.6)
    near: Range = (4.5, 8.0)
    depth_of_field: Range = (4, 9)
    focal: Range = (0.9, 1.8)
    native: Range = (110, 260)
    sun: tuple[tuple[float, float], ...] = ((0.0, 0.35), (0.7, 0.35), (1.3, 0.3))
    elevation: Range = (0.5, 1.15)
    ambient: Range = (0.62, 0.95)
    warmth: float = 0.0
    contrast: Range = (0.9, 1.2)
    saturation: Range = (0.66, 0.98)
    haze: Range = (0.0, 0.05)
    noise: Range = (0.003, 0.012)
    blur: Range = (0.25, 0.75)
