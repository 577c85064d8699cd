"""Where the parts of a caption start, from the lengths of the parts of its lumps.

A lump is what stands between blanks, like ``shirt,`` or ``T-shirt``. A language has endless
captions but few lumps, so what is known of a lump is remembered, and a caption is put together.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import accumulate, chain

_LUMP = re.compile(r"\S+")


def steps(lengths: Iterable[int]) -> tuple[int, ...]:
    """Return how far it is from the start of each part of a lump to the start of the next.

    Args:
        lengths: Of the parts, which together make the whole lump, characters.

    Returns:
        The lengths, with one blank behind the last part.
    """
    *inner, last = lengths
    return (*inner, last + 1)


def part_starts(
    caption: str, lumps: Sequence[str], steps_of_lumps: Sequence[tuple[int, ...]]
) -> list[int]:
    """Return the first character of each part, and one place more: two past the last character.

    Args:
        caption: The text.
        lumps: ``caption.split()``.
        steps_of_lumps: :func:`steps` of each of the lumps, or of the first ones.
    """
    regular = list(accumulate(chain.from_iterable(steps_of_lumps), initial=0))
    # The sum tells: a blank between any two lumps, and no other. Where it is of the first lumps
    # only, it does not tell.
    if regular[-1] == len(caption) + 1 or " ".join(lumps) == caption:
        return regular
    starts: list[int] = []
    at = 0
    for match, (*inner, last) in zip(_LUMP.finditer(caption), steps_of_lumps, strict=False):
        starts += accumulate(inner, initial=match.start())
        at = starts[-1] + last
    return [*starts, at]
