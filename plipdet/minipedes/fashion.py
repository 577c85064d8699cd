"""Fashion: what the people of a world wear more and less of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Fashion:
    """How the shares of clothes differ from those in ``sample_person``.

    Args:
        kinds: Factor on the share of garments, shoes, hats and bags by their kind.
        colours: Factor on the share of the clothes' colours.
        scarf: Chance of a scarf with a coat or jacket, and with anything else.
        umbrella: Chance of an umbrella.
    """

    kinds: Mapping[str, float] = field(default_factory=dict)
    colours: Mapping[str, float] = field(default_factory=dict)
    scarf: tuple[float, float] = (0.22, 0.02)
    umbrella: float = 0.07
