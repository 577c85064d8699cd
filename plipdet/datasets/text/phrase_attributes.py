"""Binary attributes of a person, read from the six phrases of SYNTH-PEDES."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

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


@dataclass(frozen=True)
class _Group:
    """Attributes that one phrase decides together.

    Args:
        slot: Index into ``PHRASE_SLOTS``.
        words: The words for each attribute, by its name.
        exclusive: Whether the phrase tells nothing of any of them unless it has one of their words;
            else a phrase without the word says "no".
    """

    slot: int
    words: dict[str, frozenset[str]]
    exclusive: bool = True


def _group(slot: int, words: dict[str, str], *, exclusive: bool = True) -> _Group:
    found = {name: frozenset(map(canonical, listed.split())) for name, listed in words.items()}
    return _Group(slot, found, exclusive)


def _colours(slot: int, prefix: str, colours: dict[str, str]) -> _Group:
    return _group(slot, {f"{prefix} {name}": words for name, words in colours.items()})


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
    _colours(_HEAD, "hair", _HAIR_COLOURS),
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
            "trousers": "pant legging sweatpant jogger chino tight jegging khakis",
            "jeans": "jean denim",
            "shorts": "short bermuda bermudas cutoff trunk",
            "skirt": "skirt miniskirt dress gown skort",
        },
    ),
    _colours(_LOWER, "lower", _COLOURS),
    _group(
        _SHOES,
        {
            "sneakers": "sneaker running sport sports athletic tennis plimsoll canvas training",
            "boots": "boot bootie wellington",
            "sandals": "sandal slipper flip-flop flop clog",
            "leather shoes": "leather heel loafer oxford brogue pump stiletto dress formal",
        },
    ),
    _colours(_SHOES, "shoes", _COLOURS),
    _group(
        _BELONGINGS,
        {
            "backpack": "backpack schoolbag back-pack",
            "handbag": "handbag hand-bag hand clutch tote",
            "shoulder bag": "shoulder crossbody cross-body messenger satchel sling",
            "suitcase": "suitcase luggage trolley",
            "shopping bag": "shopping plastic grocery carrier",
            "umbrella": "umbrella parasol",
            "phone": "phone cellphone smartphone telephone mobile",
        },
        exclusive=False,
    ),
)
ATTRIBUTE_NAMES: tuple[str, ...] = tuple(name for group in _GROUPS for name in group.words)
"""What :func:`phrase_labels` tells, in its order."""
_SLEEVE = re.compile(r"\b(long|short|half) sleeve[sd]?\b")  # one word with its hyphen
_COLOUR_WORDS = frozenset(canonical(w) for words in _COLOURS.values() for w in words.split())
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
    found = frozenset() if phrase is None else words_of(phrase)
    labels = tuple(int(bool(words & found)) for words in group.words.values())
    if not found or (group.exclusive and not any(labels)):
        return (UNKNOWN,) * len(labels)
    return labels


def words_of(phrase: str) -> frozenset[str]:
    """Return the words of a phrase as the rules know them: singular, without words of shade.

    A hyphenated word that no rule knows counts in its parts. Of two colours in a row ("mustard
    yellow") only the last is one.
    """
    raw = _WORD.findall(_SLEEVE.sub(r"\1-sleeve", phrase.lower()))
    found: set[str] = set()
    for word, following in zip(raw, [*raw[1:], ""], strict=True):
        own = canonical(word)
        if own in _COLOUR_WORDS and canonical(following) in _COLOUR_WORDS:
            continue
        found.add(own)
        if own not in _RULE_WORDS:
            found.update(map(canonical, word.split("-")))
    return frozenset(found)
