"""Binary attributes of a person, read from the six phrases of SYNTH-PEDES."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from plipdet.structures import PHRASE_SLOTS

from .canonical import canonical

UNKNOWN, NO, YES = -1, 0, 1
_WORD = re.compile(r"[a-z]+(?:-[a-z]+)*")
_GENDER, _HEAD, _UPPER, _LOWER, _SHOES, _BELONGINGS = range(len(PHRASE_SLOTS))

# Words of a phrase that name a colour; those of shades ("navy blue") give way to what they shade.
_COLOURS = {
    "black": "black blackish charcoal ebony jet jet-black pitch-black",
    "white": "white whitish ivory cream off-white",
    "grey": "grey greyish silver ash slate",
    "red": "red reddish maroon burgundy crimson scarlet wine ruby cherry",
    "orange": "orange rust amber apricot ochre",
    "yellow": "yellow yellowish gold golden mustard lemon",
    "green": "green greenish olive lime emerald mint",
    "blue": "blue bluish navy cyan turquoise azure cobalt indigo teal aqua",
    "purple": "purple purplish violet lavender lilac plum mauve aubergine",
    "pink": "pink pinkish magenta fuchsia rose coral peach salmon",
    "brown": "brown brownish beige tan khaki camel chocolate coffee caramel taupe sand",
}
_HAIR_COLOURS = {
    "black": "black dark jet jet-black raven",
    "brown": "brown brunette chestnut auburn brownish",
    "blond": "blond golden flaxen yellow",
    "grey": "grey white silver greying",
    "red": "red ginger orange",
}


_HAIR = (
    "hair haircut hairstyle hairdo ponytail pigtail bun braid plait bob curl afro locks fringe "
    "dreadlock topknot head brunette blond bald"
)


@dataclass(frozen=True)
class _Group:
    """Attributes that one phrase decides together.

    Args:
        slot: Index into ``PHRASE_SLOTS``.
        words: The words for each attribute, by its name.
        exclusive: Whether the phrase tells nothing of any of them unless it has one of their words;
            else a phrase without the word says "no".
        left_open: An attribute that is not denied by another, as trousers are not by jeans.
        only_of: Words without which a part of the phrase is about something else.
    """

    slot: int
    words: dict[str, frozenset[str]]
    exclusive: bool = True
    left_open: tuple[str, str] | None = None
    only_of: frozenset[str] | None = None


def _group(slot: int, words: dict[str, str], **options: Any) -> _Group:
    return _Group(slot, {name: _listed(text) for name, text in words.items()}, **options)


def _listed(text: str) -> frozenset[str]:
    """Return the words of a list; those with an underscore are of two, or of one form only."""
    return frozenset(w if "_" in w else canonical(w) for w in text.split())


def _colours(slot: int, prefix: str, colours: dict[str, str], **options: Any) -> _Group:
    named = {f"{prefix} {name}": words for name, words in colours.items()}
    return _group(slot, named, **options)


_MEN = "man male boy guy lad dude bloke schoolboy businessman father grandfather sir"
_WOMEN = "woman female girl lady gal lass schoolgirl businesswoman mother grandmother madam"
_GROUPS = (
    _group(_GENDER, {"male": _MEN, "female": _WOMEN}),
    _group(_GENDER, {"child": "boy girl child kid schoolboy schoolgirl toddler"}, exclusive=False),
    _group(
        _HEAD,
        {
            "hair long": "long waist-length shoulder-length chest-length flowing shoulder-long",
            "hair short": "short short-cut cropped crew crewcut bob buzz buzzed chin-length pixie",
            "hair tied": "ponytail pigtail pony-tail bun braid braided plait topknot tied tied-up",
            "bald": "bald balding shaved shaven bareheaded",
        },
    ),
    _colours(_HEAD, "hair", _HAIR_COLOURS, only_of=_listed(_HAIR)),
    _group(
        _HEAD,
        {
            "hat": "hat cap beanie helmet beret fedora bonnet hood headscarf turban hijab",
            "glasses": "glass glasses sunglass sunglasses eyeglass goggle bespectacled",
        },
        exclusive=False,
    ),
    _group(
        _UPPER,
        {
            "upper t-shirt": "t-shirt tank singlet camisole polo undershirt",
            "upper shirt": "shirt blouse",
            "upper sweater": "sweater hoodie sweatshirt cardigan turtleneck fleece jersey",
            "upper jacket": "jacket blazer windbreaker parka anorak vest waistcoat gilet",
            "upper coat": "coat overcoat topcoat raincoat trench peacoat",
            "dress": "dress gown sundress robe jumpsuit",
            "suit": "suit tuxedo uniform tracksuit",
        },
    ),
    _group(
        _UPPER,
        {
            "sleeves long": "long-sleeved long-sleeve",
            "sleeves short": "short-sleeved short-sleeve half-sleeve half-sleeved",
            "sleeveless": "sleeveless strapless tank singlet camisole",
        },
    ),
    _group(
        _UPPER,
        {
            "upper striped": "striped stripe pinstriped",
            "upper checked": "checked check gingham tartan",
            "upper dotted": "dotted spotted polka polka-dot",
            "upper floral": "floral flowered flowery",
            "upper printed": "logo print printed printing graphic lettering letter patterned",
        },
        exclusive=False,
    ),
    _colours(_UPPER, "upper", _COLOURS),
    _group(
        _LOWER,
        {
            "trousers": "pant legging sweatpant jogger chino tights_ jegging khakis",
            "jeans": "jean denim",
            "shorts": "shorts_ bermuda bermudas cutoff trunk",
            "skirt": "skirt miniskirt dress gown skort",
        },
        left_open=("trousers", "jeans"),
    ),
    _colours(_LOWER, "lower", _COLOURS),
    _group(
        _SHOES,
        {
            "sneakers": "sneaker running sport sports athletic tennis plimsoll canvas training",
            "boots": "boot bootie wellington",
            "sandals": "sandal slipper flip-flop flop clog",
            "leather shoes": "leather heel loafer oxford brogue pump stiletto dress_ formal",
        },
    ),
    _colours(_SHOES, "shoes", _COLOURS),
    _group(
        _BELONGINGS,
        {
            "backpack": "backpack schoolbag back-pack",
            "handbag": "handbag hand-bag hand_bag purse_bag clutch tote",
            "shoulder bag": "shoulder_bag crossbody cross-body messenger satchel sling",
            "suitcase": "suitcase luggage trolley",
            "shopping bag": "shopping_bag plastic_bag grocery_bag carrier_bag paper_bag",
            "umbrella": "umbrella parasol",
            "phone": "phone cellphone smartphone telephone mobile",
        },
        exclusive=False,
    ),
)
ATTRIBUTE_NAMES: tuple[str, ...] = tuple(name for group in _GROUPS for name in group.words)
"""What :func:`phrase_labels` tells, in its order."""
_PART = re.compile(r"\b(?:and|with|under|in|plus|wearing)\b|[,;&/]")
_DENIAL = re.compile(r"\b(?:no|not|without|lacking)\b")
_GARMENT = _listed("shirt pant trouser jean short shoe boot skirt coat jacket sock slack code")
_BAG = _listed("bag purse sack")
_SLEEVE = re.compile(r"\b(long|short|half) sleeve[sd]?\b")  # one word with its hyphen
_COLOUR_WORDS = frozenset(canonical(w) for words in _COLOURS.values() for w in words.split())
_SHADES = _COLOUR_WORDS | _listed(" ".join(_HAIR_COLOURS.values()))
_ADJECTIVES = _listed("long short curly straight wavy thick thin dark light neat cropped tied")
_RULE_WORDS = frozenset(w for group in _GROUPS for words in group.words.values() for w in words)


def phrase_labels(phrases: Sequence[str | None]) -> list[int]:
    """Return the attributes that six phrases tell: 1 yes, 0 no, -1 where they do not say.

    Of attributes that exclude each other, such as kinds of trousers, a phrase that names none
    tells nothing; of others, such as a hat, a phrase about the head without it says "no". A slot
    without a phrase tells nothing. A garment of two colours has both.

    Args:
        phrases: In the order of ``PHRASE_SLOTS``, ``None`` where unknown.

    Returns:
        One label for each of :data:`ATTRIBUTE_NAMES`.
    """
    assert len(phrases) == len(PHRASE_SLOTS), "a phrase or None for each slot"
    slots = enumerate(group.slot for group in _GROUPS)
    return [label for number, slot in slots for label in _labels_of(number, phrases[slot])]


@lru_cache(maxsize=1 << 18)
def _labels_of(number: int, phrase: str | None) -> tuple[int, ...]:
    """Return the labels of one group of attributes."""
    group = _GROUPS[number]
    parts = [] if phrase is None else _parts_of(phrase, group.only_of)
    found = frozenset().union(*map(words_of, parts))
    labels = {name: int(bool(words & found)) for name, words in group.words.items()}
    if not found or (group.exclusive and not any(labels.values())):
        return (UNKNOWN,) * len(labels)
    if group.left_open is not None:
        spared, other = group.left_open
        if labels[other] == YES and labels[spared] == NO:
            labels[spared] = UNKNOWN
    return tuple(labels.values())


def _parts_of(phrase: str, only_of: frozenset[str] | None) -> list[str]:
    """Return the parts of a phrase that name things, or one of some things only.

    "Brown hair and a black cap" has two; "black and brown hair" has one, as adjectives go with
    what follows.
    """
    text = _SLEEVE.sub(r"\1-sleeve", phrase.lower())
    if only_of is None:
        return [text]
    parts: list[str] = []
    begun = ""
    for piece in _PART.split(text):
        begun = f"{begun} and {piece}" if begun else piece
        last = words_of(piece.split()[-1]) if piece.split() else frozenset()
        if last and not last <= _COLOUR_WORDS and not last <= _ADJECTIVES:
            parts.append(begun)
            begun = ""
    parts.append(begun)
    return [part for part in parts if words_of(part) & only_of]


def words_of(phrase: str) -> frozenset[str]:
    """Return the words of a phrase as the rules know them: singular, without words of shade.

    A hyphenated word that no rule knows counts in its parts. Of two colours in a row ("mustard
    yellow") only the last is one, and so it is with "dark". What stands behind "no" or "without"
    is left out. "Shorts", "tights" and a modifying "dress" have forms of their own, with an
    underscore, and so have kinds of bags: "hand_bag".
    """
    text = _SLEEVE.sub(r"\1-sleeve", phrase.lower())
    raw = _WORD.findall(_DENIAL.split(text)[0])
    found: set[str] = {"_"} if _DENIAL.search(text) else set()
    for word, following in zip(raw, [*raw, ""][1:], strict=True):
        own, after = canonical(word), canonical(following)
        if own in _SHADES and after in _SHADES:
            continue
        if word in ("shorts", "tights") or (word == "short" and not following):
            found.add("tights_" if word == "tights" else "shorts_")
        elif own == "dress" and after in _GARMENT:
            found.add("dress_")
        else:
            found.add(own)
        if after in _BAG:
            found.add(f"{canonical(word.split('-')[-1])}_bag")
        if own not in _RULE_WORDS:
            found.update(map(canonical, word.split("-")))
    return frozenset(found)
