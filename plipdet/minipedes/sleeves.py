"""How long the sleeves are that the outermost garment is drawn with."""

from __future__ import annotations

from functools import lru_cache

from plipdet.minipedes.garment_cuts import TopCut
from plipdet.minipedes.garments import top_cloth
from plipdet.minipedes.person_spec import PersonSpec

_ELBOW = 0.6  # arm coordinate of the cuff, 0 at the shoulder and 1 at the wrist


@lru_cache(maxsize=4096)
def sleeve_length(spec: PersonSpec) -> str:
    """Return ``none``, ``short`` or ``long``.

    Shirts and dresses come with different sleeves, drawn from the person's seed when the garment
    is cut.
    """
    cut = top_cloth(spec, spec.upper, role="upper").cut
    assert isinstance(cut, TopCut)
    return "none" if cut.sleeve < 0 else "short" if cut.sleeve < _ELBOW else "long"
