"""The form that plural and synonym variants of a word share, to compare phrases by."""

from __future__ import annotations

import sys

# The first word stands for the others.
_SYNONYMS = """
gray grey
blond blonde
man male gentleman guy
woman female lady
pant trouser slack
t-shirt tee tshirt tee-shirt
sweater pullover jumper
hoodie hoody
sneaker trainer
backpack rucksack knapsack
handbag purse
glass eyeglass spectacle
checked checkered chequered plaid
striped stripy stripey
colorful colourful
"""
_CANONICAL = {w: line.split()[0] for line in _SYNONYMS.strip().split("\n") for w in line.split()}
_PLURALS = {"men": "man", "women": "woman", "ladies": "woman", "gentlemen": "man"}


def canonical(word: str) -> str:
    """Return the form that plural and synonym variants of a lower-case word share."""
    word = _PLURALS.get(word, word)
    if len(word) > 3 and word.endswith("s") and not word.endswith("ss"):
        singular = word[:-2] if word.endswith(("sses", "shes", "ches")) else word[:-1]
        word = "dress" if word == "dresses" else singular
    return sys.intern(_CANONICAL.get(word, word))
