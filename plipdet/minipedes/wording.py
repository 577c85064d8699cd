"""Wording: fills the gaps of caption templates with what is true of one person."""

from __future__ import annotations

import re

import numpy as np

from plipdet.minipedes import caption_templates as templates
from plipdet.minipedes import lexicon
from plipdet.minipedes import noun_phrases as np_
from plipdet.minipedes.noun_phrases import is_plural, pick, with_article
from plipdet.minipedes.person_spec import Garment, PersonSpec
from plipdet.minipedes.visibility import MOTIONS, VIEWS

_GAP = re.compile(r"\{(\w+)\}")
_OTHERS = ("umbrella", "phone", "scarf")
_JOINTS = ("{0}, {1} and {2}", "{0}, {1}, and {2}", "{0}, {1} and {2}", "{0} and {1} with {2}",
           "{0} with {1} and {2}", "{0} paired with {1} and {2}")  # fmt: skip
_PAIRS = ("{0} and {1}", "{0} and {1}", "{0} with {1}", "{0} over {1}", "{0} paired with {1}")
# Topics that a gap speaks of; any one of a tuple will do.
_NEEDS: dict[str, tuple[tuple[str, ...], ...]] = {
    "head": (("hair",),),
    "hair": (("hair",),),
    "hair_is": (("hair",),),
    "hat": (("hat",),),
    "glasses": (("glasses",),),
    "upper": (("upper",),),
    "upper_said": (("upper",),),
    "lower": (("lower",),),
    "lower_is": (("lower",),),
    "lower_said": (("lower",),),
    "shoes": (("shoes",),),
    "shoes_said": (("shoes",),),
    "outfit": (("upper",), ("lower",)),
    "legs": (("lower",), ("shoes",)),
    "full": (("upper",), ("lower",), ("shoes",)),
    "bag": (("bag",),),
    "carries": (("bag",),),
    "carrying": (("bag",),),
    "holds": (_OTHERS,),
    "holding": (_OTHERS,),
    "act": (MOTIONS,),
    "act_ing": (MOTIONS,),
    "seen": (VIEWS,),
}


class Wording:
    """One caption in the making: the topics still to be told, and the words for them.

    Args:
        spec: Who is described.
        rng: Source of wording; consumed.
        topics: Members of ``visibility.FACTS`` that the caption may tell.
        show_logo: Whether the chest shows, where logos are.
    """

    def __init__(
        self,
        spec: PersonSpec,
        rng: np.random.Generator,
        *,
        topics: frozenset[str],
        show_logo: bool,
    ) -> None:
        self.spec = spec
        self.rng = rng
        self.left = set(topics)
        self._show_logo = show_logo
        self._lower_plural = False

    def suits(self, template: str) -> bool:
        """Return whether all that a template tells is still to be told."""
        for gap in _GAP.findall(template):
            for options in _NEEDS.get(gap.rstrip("01"), ()):
                if self.left.isdisjoint(options):
                    return False
        return not (self.spec.hair_style == "bald" and "hair_is" in template)

    def topics_of(self, template: str) -> int:
        """Return how many topics a template tells."""
        return sum(len(_NEEDS.get(gap.rstrip("01"), ())) for gap in _GAP.findall(template))

    def fill(self, template: str) -> str:
        """Return a template with its gaps filled, and count its topics as told."""
        return _GAP.sub(self._fill_gap, template)

    def _fill_gap(self, match: re.Match[str]) -> str:
        gap = match[1]
        name = gap.rstrip("01")
        phrase: str = getattr(self, f"_{name}")()
        if gap == name and name in ("lower", "shoes", "upper", "bag", "hat"):
            return self._with_pair(phrase)
        return with_article(phrase) if gap.endswith("1") else phrase

    def _with_pair(self, phrase: str) -> str:
        pair = is_plural(phrase) and self.rng.uniform() < 0.2
        return f"a pair of {phrase}" if pair else with_article(phrase)

    def _choose(self, options: tuple[str, ...], **parts: str) -> str:
        return pick(self.rng, options).format(t=self._their(), **parts)

    def _tell(self, *topics: str) -> str:
        """Spend and return the first of ``topics`` that is left."""
        told = next((t for t in topics if t in self.left), topics[0])
        self.left.discard(told)
        return told

    # Persons
    def _person(self) -> str:
        return np_.person(self.spec, self.rng)

    def _gender(self) -> str:
        return np_.plain_person(self.spec, self.rng)

    def _a_person(self) -> str:
        return with_article(self._person())

    def _the_person(self) -> str:
        return f"the {self._person()}"

    def _this_person(self) -> str:
        return f"this {self._person()}"

    def _they(self) -> str:
        if self.rng.uniform() < 0.2:
            return f"the {self._gender()}"
        return "she" if self.spec.gender == "woman" else "he"

    def _their(self) -> str:
        return "her" if self.spec.gender == "woman" else "his"

    def _wears(self) -> str:
        return pick(self.rng, templates.WEARS)

    def _wearing(self) -> str:
        return pick(self.rng, templates.WEARING)

    # Head
    def _hair(self) -> str:
        self._tell("hair")
        return np_.hair(self.spec, self.rng)

    def _hair_is(self) -> str:
        self._tell("hair")
        colour = pick(self.rng, lexicon.HAIR_COLOUR_WORDS[self.spec.hair_colour])
        return pick(self.rng, lexicon.HAIR_QUALITIES[self.spec.hair_style]).format(c=colour)

    def _head(self) -> str:
        parts = [self._hair()]
        if "glasses" in self.left:
            parts.append(self._glasses())
        if "hat" in self.left:
            parts.insert(int(self.rng.integers(2)), with_article(self._hat()))
        return " and ".join(parts) if len(parts) < 3 else "{}, {} and {}".format(*parts)

    def _glasses(self) -> str:
        self._tell("glasses")
        noun = pick(self.rng, lexicon.GLASSES_NOUNS)
        return f"a pair of {noun}" if self.rng.uniform() < 0.2 else noun

    def _hat(self) -> str:
        self._tell("hat")
        return np_.hat(self.spec, self.rng)

    # Clothes
    def _upper(self) -> str:
        self._tell("upper")
        phrase = np_.upper(self.spec, self.rng, show_logo=self._show_logo)
        if "inner" in self.left and " with " not in phrase:
            self._tell("inner")
            return f"{phrase} over {with_article(np_.inner(self.spec, self.rng))}"
        return phrase

    def _lower(self) -> str:
        self._tell("lower")
        phrase = np_.lower(self.spec, self.rng)
        self._lower_plural = is_plural(phrase)
        return phrase

    def _lower_is(self) -> str:
        return "are" if self._lower_plural else "is"

    def _shoes(self) -> str:
        self._tell("shoes")
        return np_.shoes(self.spec, self.rng)

    def _upper_said(self) -> str:
        self._tell("upper")
        return self._said(self.spec.upper, lexicon.UPPER_NOUNS[self.spec.upper.kind])

    def _lower_said(self) -> str:
        self._tell("lower")
        return self._said(self.spec.lower, lexicon.LOWER_NOUNS[self.spec.lower.kind])

    def _shoes_said(self) -> str:
        self._tell("shoes")
        return self._said(self.spec.shoes, lexicon.SHOE_NOUNS[self.spec.shoes.kind])

    def _said(self, garment: Garment, nouns: tuple[str, ...]) -> str:
        """Return like "trousers are dark blue", without a determiner."""
        noun = pick(self.rng, nouns)
        colour = pick(self.rng, lexicon.COLOUR_WORDS[garment.colour])
        if garment.second_colour is not None and garment.pattern in ("striped", "colour-block"):
            colour += f" and {pick(self.rng, lexicon.COLOUR_WORDS[garment.second_colour])}"
        return f"{noun} {'are' if is_plural(noun) else 'is'} {colour}"

    def _outfit(self) -> str:
        parts = self._with_pair(self._upper()), self._with_pair(self._lower())
        options = _PAIRS if " over " not in parts[0] else _PAIRS[:2]
        return pick(self.rng, options).format(*parts)

    def _legs(self) -> str:
        parts = self._with_pair(self._lower()), self._with_pair(self._shoes())
        return pick(self.rng, _PAIRS[:3]).format(*parts)

    def _full(self) -> str:
        parts = (self._with_pair(self._upper()), self._with_pair(self._lower()),
                 self._with_pair(self._shoes()))  # fmt: skip
        return pick(self.rng, _JOINTS).format(*parts)

    # Belongings
    def _bag(self) -> str:
        self._tell("bag")
        return np_.bag(self.spec, self.rng)

    def _bag_clause(self, clauses: dict[str, tuple[str, ...]]) -> str:
        bag = with_article(self._bag())
        assert self.spec.bag is not None
        return self._choose(clauses[self.spec.bag.kind], b=bag)

    def _carries(self) -> str:
        return self._bag_clause(templates.BAG_CLAUSES)

    def _carrying(self) -> str:
        return self._bag_clause(templates.BAG_PARTICIPLES)

    def _bag_at(self) -> str:
        assert self.spec.bag is not None
        return self._choose(templates.BAG_PLACES[self.spec.bag.kind])

    def _bag_hangs(self) -> str:
        assert self.spec.bag is not None
        return self._choose(templates.BAG_POSITIONS[self.spec.bag.kind])

    def _holds(self) -> str:
        kind = self._tell(*_OTHERS)
        thing = with_article(np_.other(self.spec, kind, self.rng))
        return self._choose(templates.OTHER_CLAUSES[kind], b=thing)

    def _holding(self) -> str:
        kind = self._tell(*_OTHERS)
        thing = with_article(np_.other(self.spec, kind, self.rng))
        return self._choose(templates.OTHER_PARTICIPLES[kind], b=thing)

    # View and motion
    def _act(self) -> str:
        return self._movement(templates.MOVES)

    def _act_ing(self) -> str:
        return self._movement(templates.MOVING)

    def _movement(self, verbs: dict[str, tuple[str, ...]]) -> str:
        motion = self._tell(*MOTIONS)
        phrase = pick(self.rng, verbs[motion])
        if self.left.isdisjoint(VIEWS) or self.rng.uniform() < 0.25 or "move" in phrase:
            return phrase
        ways = templates.WAYS if motion == "walking" else templates.STANDING_WAYS
        return f"{phrase} {self._choose(ways[self._tell(*VIEWS)])}"

    def _seen(self) -> str:
        return pick(self.rng, templates.SEEN[self._tell(*VIEWS)])
