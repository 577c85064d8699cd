"""The colour that a transform fills a part of a picture with."""

from __future__ import annotations

from collections.abc import Sequence

from plipdet.errors import InputError


def check_color(fill: Sequence[int], name: str) -> tuple[int, int, int]:
    """Return three bytes.

    Raises:
        InputError: If these are none.
    """
    whole = all(isinstance(v, int) and 0 <= v <= 255 for v in fill)
    if len(fill) != 3 or not whole:
        raise InputError(f"fill = {fill} of {name}; expected R, G and B, whole, 0..255")
    return fill[0], fill[1], fill[2]
