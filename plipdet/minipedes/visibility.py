"""What a picture shows of a person: only that may be said of it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from plipdet.errors import InputError, near
from plipdet.minipedes.cameras import ViewSpec
from plipdet.minipedes.materials import LABEL
from plipdet.minipedes.person_spec import PersonSpec

PARTS = (
    "face",
    "hair",
    "hat",
    "glasses",
    "upper",
    "inner",
    "lower",
    "shoes",
    "bag",
    "umbrella",
    "phone",
    "scarf",
)
VIEWS = ("front", "back", "side")
MOTIONS = ("walking", "standing")
FACTS = (*PARTS, *VIEWS, *MOTIONS)

# Labels of the parsing that show a part, and the share of the picture that it must fill.
_SHOWN_BY: dict[str, tuple[tuple[str, ...], float]] = {
    "face": (("face",), 0.0015),
    "hair": (("hair",), 0.0015),
    "hat": (("hat",), 0.0015),
    "glasses": (("glasses",), 0.0003),
    "upper": (("upper", "outer", "dress"), 0.01),
    "inner": (("inner",), 0.003),
    "lower": (("lower", "skirt"), 0.01),
    "shoes": (("left-shoe", "right-shoe"), 0.0015),
    "bag": (("bag",), 0.003),
    "umbrella": (("umbrella",), 0.0015),
    "phone": (("phone",), 0.0003),
    "scarf": (("scarf",), 0.002),
}
_STANDS_BELOW = 0.1  # stride, radians


def what_shows(parsing: NDArray[np.uint8], view: ViewSpec) -> frozenset[str]:
    """Return the members of ``FACTS`` that hold for one picture.

    Args:
        parsing: Label of each pixel, shape (H, W), from :class:`RenderedPerson`.
        view: How the picture was taken.
    """
    shares = np.bincount(parsing.ravel(), minlength=len(LABEL)) / parsing.size
    shown = {
        part
        for part, (labels, least) in _SHOWN_BY.items()
        if sum(shares[LABEL[name]] for name in labels) >= least
    }
    shown.add(side_of(view))
    shown.add("standing" if view.pose.stride < _STANDS_BELOW else "walking")
    return frozenset(shown)


def side_of(view: ViewSpec) -> str:
    """Return the member of ``VIEWS`` that a picture shows of a person."""
    towards = np.cos(view.heading)  # 1 walks towards the camera
    return "front" if towards > 0.6 else "back" if towards < -0.6 else "side"


def facts_of(spec: PersonSpec, visible: frozenset[str] | None) -> frozenset[str]:
    """Return what may be said of a person: parts they have that show, views and motions.

    Args:
        spec: Who it is.
        visible: Members of ``FACTS``; ``None`` stands for all parts, and no view or motion.

    Raises:
        InputError: If ``visible`` has a member that is not in ``FACTS``.
    """
    if visible is None:
        visible = frozenset(PARTS)
    for name in visible:
        if name not in FACTS:
            raise InputError(f"visible has no fact {name!r}{near(name, FACTS)}; facts are {FACTS}")
    facts = visible - lacking(spec)
    # A bald head shows as skin.
    return facts | {"hair"} if spec.hair_style == "bald" and "face" in facts else facts


def lacking(spec: PersonSpec) -> frozenset[str]:
    """Return the parts that a person does not have."""
    has = {
        "hat": spec.hat is not None,
        "glasses": spec.glasses,
        "inner": spec.inner is not None,
        "lower": spec.lower.kind != "none",
        "bag": spec.bag is not None,
        **{
            kind: any(o.kind == kind for o in spec.others)
            for kind in ("umbrella", "phone", "scarf")
        },
    }
    return frozenset(part for part, present in has.items() if not present)
