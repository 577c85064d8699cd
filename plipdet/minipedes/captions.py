"""Sentences about a person: true of the specification, different every time."""

from __future__ import annotations

import re

import numpy as np

from plipdet.errors import InputError, near
from plipdet.minipedes import caption_templates as templates
from plipdet.minipedes.noun_phrases import pick
from plipdet.minipedes.person_spec import PersonSpec
from plipdet.minipedes.prompt_captions import prompt_caption
from plipdet.minipedes.visibility import MOTIONS, VIEWS, facts_of
from plipdet.minipedes.wording import Wording

__all__ = ["CAPTION_STYLES", "prompt_caption", "write_captions"]

CAPTION_STYLES = ("long", "short")
# How often people mention a thing that they see.
_MENTIONED = {"hair": 0.82, "shoes": 0.75, "lower": 0.93, "glasses": 0.75, "inner": 0.75}
_MENTIONED |= {name: 0.4 for name in (*VIEWS, *MOTIONS)}
_ENOUGH_WORDS = 28
_JOINING = 0.3
_CONJUNCTIONS = (", and ", ", and ", "; ", ", while ")
_FEWEST_WORDS = 8
_AFTERTHOUGHTS = ("{shoes0}", "{lower0}", "{bag0}", "{hair}", "{glasses}", "{hat0}", "{act_ing}")
_SENTENCE_START = re.compile(r"(?:^|(?<=[.?] ))[a-z]")


def write_captions(
    spec: PersonSpec, rng: np.random.Generator, *, style: str, visible: frozenset[str] | None = None
) -> str:
    """Return one caption.

    Args:
        spec: Who it is about.
        rng: Source of wording; consumed.
        style: ``long``, a description of some sentences, or ``short``, a note, request or
            headline of some words.
        visible: Members of ``visibility.FACTS`` that hold for the picture; ``None`` for all
            parts, and no view or motion. What does not show is not told.

    Raises:
        InputError: If the style or a fact is unknown.
    """
    if style not in CAPTION_STYLES:
        raise InputError(
            f"no caption style {style!r}{near(style, CAPTION_STYLES)}; styles are {CAPTION_STYLES}"
        )
    facts = facts_of(spec, visible)
    topics = facts - {"face"}
    mentioned = frozenset(t for t in sorted(topics) if rng.uniform() < _MENTIONED.get(t, 0.95))
    if "upper" in topics:
        mentioned |= {"upper"}
    wording = Wording(spec, rng, topics=mentioned, show_logo="back" not in facts)
    return _short(wording) if style == "short" else _long(wording)


def _long(wording: Wording) -> str:
    opening = _choose(wording, templates.OPENINGS) or "this is {a_person}."
    text = wording.fill(opening)
    while len(text.split()) < _ENOUGH_WORDS:
        follow_up = _choose(wording, templates.FOLLOW_UPS)
        if follow_up is None:
            break
        sentence = wording.fill(follow_up)
        if wording.rng.uniform() < _JOINING:
            text = f"{text[:-1]}{pick(wording.rng, _CONJUNCTIONS)}{sentence}"
        else:
            text = f"{text} {sentence}"
    return _SENTENCE_START.sub(lambda m: m[0].upper(), text)


def _short(wording: Wording) -> str:
    text = wording.fill(_choose(wording, templates.SHORT) or "{a_person}")
    while len(text.split()) < _FEWEST_WORDS:
        more = _choose(wording, _AFTERTHOUGHTS)
        if more is None:
            break
        end = "?" if text.endswith("?") else ""
        text = f"{text.removesuffix('?')}, {wording.fill(more)}{end}"
    if not text.endswith("?") and wording.rng.uniform() < 0.5:
        text += "."
    return text[0].upper() + text[1:] if wording.rng.uniform() < 0.7 else text


def _choose(wording: Wording, options: tuple[str, ...]) -> str | None:
    """Return a template that suits, the likelier the more it tells."""
    suited = [template for template in options if wording.suits(template)]
    if not suited:
        return None
    weights = np.array([wording.topics_of(template) ** 1.5 + 0.05 for template in suited])
    return suited[int(wording.rng.choice(len(suited), p=weights / weights.sum()))]
