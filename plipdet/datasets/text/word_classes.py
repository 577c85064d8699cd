"""Which part a word plays in a noun phrase, as one letter, so that a grammar is a regex.

==== =======================================================================
c    colour
j    other modifier (size, cut, material, pattern); ``k`` body part and ``y`` gerund, which
     modify only the word directly after them
b    hair colour that also stands alone ("the blonde woman")
r    adverb
u    unknown word: may stand inside a phrase, never makes one
d    determiner
g    gender noun
1-5  noun of the slot head, upper, lower, shoes, belongings
T B W noun of slot 2, 3, 5 behind a modifier or determiner only ("a top", not "on top")
H F  noun of slot 1, 4 behind a modifier only ("shaved head", "bare feet")
t    part or pattern of the garment named before ("with white stripes")
h q  predicate of the head: "bald"; "haired", which takes modifiers
s    predicate of the shoes: "barefoot"
i w  copula; "that", "which"
a ,  conjunction; comma
o f  "in"; "of"
.    end of a sentence
v    whatever else ends a phrase
==== =======================================================================
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from plipdet.datasets.text import word_lists as words

SLOT_OF_NOUN = {"1": 1, "2": 2, "3": 3, "4": 4, "5": 5, "T": 2, "B": 3, "W": 5, "H": 1, "F": 4}
_NOUN_LISTS = (
    ("1", words.HEAD_NOUNS),
    ("2", words.UPPER_NOUNS),
    ("3", words.LOWER_NOUNS),
    ("4", words.SHOE_NOUNS),
    ("5", words.BELONGING_NOUNS),
    ("T", words.CONDITIONAL_UPPER_NOUNS),
    ("B", words.CONDITIONAL_LOWER_NOUNS),
    ("W", words.CONDITIONAL_BELONGING_NOUNS),
    ("H", words.CONDITIONAL_HEAD_NOUNS),
    ("F", words.CONDITIONAL_SHOE_NOUNS),
    ("t", words.PART_NOUNS),
    ("g", words.GENDER_NOUNS),
)
_PLAIN_LISTS = (
    ("g", words.GENDER_PLURALS),
    ("k", words.COMPOUND_PARTS),
    ("j", words.SHADES),
    ("j", words.MODIFIERS),
    ("c", words.COLOURS),
    ("b", words.HAIR_ADJECTIVES),
    ("h", words.HEAD_PREDICATES),
    ("q", "haired"),
    ("s", words.SHOE_PREDICATES),
    ("r", words.ADVERBS),
    ("v", words.BREAKERS),
    ("d", words.DETERMINERS),
    ("y", words.GERUND_MODIFIERS),
    ("i", words.COPULAS),
    ("w", words.RELATIVES),
    ("a", words.CONJUNCTIONS),
    ("o", "in into"),
    ("f", "of"),
    (",", ","),
    (".", ". ! ? ;"),
)
_MODIFIER_ENDINGS = (
    "coloured colored hued toned sleeved sleeve length long style styled patterned toed toe heeled "
    "necked neck collared soled rimmed framed fitting fit legged leg waisted cut shaped like high "
    "breasted pocketed trimmed strap hemmed washed inspired themed size sized back front"
).split()


def plurals(noun: str) -> tuple[str, ...]:
    """Return the spellings a regular plural of ``noun`` may have."""
    if noun.endswith("y") and noun[-2:-1] not in tuple("aeiou"):
        return (noun[:-1] + "ies",)
    if noun.endswith("f"):
        return (noun + "s", noun[:-1] + "ves")
    return (noun + "es",) if noun.endswith(("s", "x", "ch", "sh")) else (noun + "s",)


def _listed() -> dict[str, str]:
    classes: dict[str, str] = {}
    for letter, nouns in _NOUN_LISTS:
        for noun in nouns.split():
            for word in (noun, *plurals(noun)):
                classes.setdefault(word, letter)
    # A word of these lists too keeps its noun class in the plural only: "short", but "shorts".
    for letter, others in _PLAIN_LISTS:
        classes.update(dict.fromkeys(others.split(), letter))
    return classes


_LISTED = _listed()


class WordClasses(dict[str, str]):
    """Letter of a lower-case word or punctuation mark; a word not listed is judged by its shape.

    Args:
        extra_nouns: More nouns (singular), by the letter or digit of their class.
    """

    def __init__(self, extra_nouns: Mapping[str, Iterable[str]] | None = None) -> None:
        super().__init__(_LISTED)
        for letter, nouns in (extra_nouns or {}).items():
            for noun in nouns:
                self.update(dict.fromkeys((noun, *plurals(noun)), letter))

    def __missing__(self, word: str) -> str:
        if "-" in word:
            return self._judge_compound(word.split("-"))
        if not word[:1].isalnum():
            return "v"
        if word.isdigit():
            return "d"
        if word.endswith("ly"):
            return "r"
        # An unknown "-ing" or "-s" after a noun is more often a verb than a modifier.
        return "v" if word.endswith(("ing", "s")) else "u"

    def _judge_compound(self, parts: list[str]) -> str:
        joined = "".join(parts)
        if joined in _LISTED and _LISTED[joined] in SLOT_OF_NOUN:
            return _LISTED[joined]
        last = parts[-1]
        if last == "haired":
            return "q"
        if last in _MODIFIER_ENDINGS:
            return "j"
        letter = self.get(last, "")
        if letter in SLOT_OF_NOUN or letter in ("t", "g", "c"):
            return letter
        return "c" if self.get(parts[0]) == "c" else "j" if last.endswith("ed") else "u"
