"""An annotation in SYNTH-PEDES's format and of its proportions, without pictures."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from tqdm import tqdm

from plipdet.datasets.stores import ImageStore
from plipdet.errors import UnreadableImageError
from plipdet.whole_file import whole_file

# PLIP, arXiv 2305.08386, section 3: pictures, identities, and texts, one a picture a prompt.
IMAGES, IDENTITIES, TEXTS = 4_791_711, 312_321, 12_138_157
_SECOND_CAPTION = TEXTS / IMAGES - 2  # share of pictures that have two
_FEWEST, _MOST = 5, 20  # pictures of an identity
_PARTS = 11
_AT_ONCE = 20_000
_POOL = 20_000  # different sentences of a kind

_COLOURS = "black white gray dark-blue light-blue red dark-green brown beige yellow pink".split()
_HAIR = ("short black hair", "long brown hair", "a ponytail", "curly hair", "short gray hair")
_TOPS = ("t-shirt", "long-sleeved shirt", "hooded sweater", "down jacket", "plaid shirt", "coat")
_LOWER = ("trousers", "jeans", "shorts", "pleated skirt", "sports pants", "leggings")
_SHOES = ("sneakers", "leather shoes", "sandals", "boots", "sports shoes with white soles")
_THINGS = ("backpack", "handbag", "shoulder bag", "umbrella", "plastic bag", "suitcase")
_DOING = ("walking on the street", "looking at a phone", "standing with arms crossed", "turning")
_PERSONS = ("man", "woman", "young man", "young woman", "middle-aged man", "older woman", "boy")


class ListedImages(ImageStore):
    """Pictures of which there is only the list, so that a table's check of them has its answer.

    Like the store of plain files it answers from a set of names per folder.

    Args:
        counts: Number of pictures of identity 1, 2, ..., shape (K,).
    """

    def __init__(self, counts: np.ndarray) -> None:
        self.counts = counts
        self._listing = functools.lru_cache(maxsize=256)(self._list)

    @property
    def place(self) -> str:
        """No folder: a list in memory."""
        return "a list in memory"

    def read(self, name: str) -> bytes:
        """Refuse: there are no bytes."""
        raise UnreadableImageError(f"{self.where(name)} is but a name")

    def has(self, name: str) -> bool:
        """Return whether the picture is on the list."""
        folder, _, base = name.rpartition("/")
        return base in self._listing(folder)

    def names(self, folder: str = "") -> Iterator[str]:
        """Yield the pictures in the order of the annotation."""
        for identity in range(1, len(self.counts) + 1):
            place = f"Part{part_of(identity, len(self.counts))}/{identity}"
            if place.startswith(folder):
                yield from (f"{place}/{k}.jpg" for k in range(1, self.counts[identity - 1] + 1))

    def where(self, name: str) -> str:
        """Return the name."""
        return name

    def _list(self, folder: str) -> frozenset[str]:
        identity = int(folder.rpartition("/")[2])
        return frozenset(f"{k}.jpg" for k in range(1, self.counts[identity - 1] + 1))


def part_of(identity: int, identities: int) -> int:
    """Return the folder Part1 ... Part11 that an identity lies in."""
    return (identity - 1) * _PARTS // identities + 1


def images_per_identity(images: int) -> np.ndarray:
    """Return how many pictures each identity has, 5 to 20 where it can be, shape (K,).

    Args:
        images: Their sum.
    """
    identities = max(1, round(images * IDENTITIES / IMAGES))
    rng = np.random.default_rng(0)
    spread = _MOST - _FEWEST
    counts = _FEWEST + rng.binomial(spread, (IMAGES / IDENTITIES - _FEWEST) / spread, identities)
    while (missing := images - counts.sum()) != 0:
        step = int(np.sign(missing))
        able = np.flatnonzero((counts < _MOST) if step > 0 else (counts > min(_FEWEST, images)))
        counts[able[: abs(missing)]] += step
    return counts


def write_annotation(path: Path, counts: np.ndarray) -> None:
    """Write one record for each picture of each identity.

    Args:
        path: The file, whole or not at all.
        counts: Number of pictures of identity 1, 2, ..., shape (K,).
    """
    rng = np.random.default_rng(1)
    pools = [_sentences(kind, rng) for kind in (_attributes, _caption, _prompt)]
    identity = np.repeat(np.arange(1, len(counts) + 1), counts)
    number = np.arange(len(identity)) - np.repeat(np.cumsum(counts) - counts, counts) + 1
    with whole_file(path) as file, tqdm(total=len(identity), desc="writing records") as bar:
        file.write(b"[")
        for start in range(0, len(identity), _AT_ONCE):
            part = slice(start, start + _AT_ONCE)
            count = len(identity[part])
            drawn = rng.integers(_POOL, size=(4, count))
            second = rng.random(count) < _SECOND_CAPTION
            columns = [x.tolist() for x in (identity[part], number[part], *drawn, second)]
            text = ", ".join(_records(columns, pools, len(counts)))
            file.write(((", " if start else "") + text).encode())
            bar.update(count)
        file.write(b"]")


def _records(columns: list[list], pools: list[list[str]], identities: int) -> Iterator[str]:
    attributes, captions, prompts = pools
    for identity, number, attribute, prompt, one, two, second in zip(*columns, strict=True):
        sentences = f"{captions[one]}, {captions[two]}" if second else captions[one]
        yield (
            f'{{"id": {identity}, "file_path": '
            f'"Part{part_of(identity, identities)}/{identity}/{number}.jpg", '
            f'"attributes": [{attributes[attribute]}], "captions": [{sentences}], '
            f'"prompt_caption": [{prompts[prompt]}]}}'
        )


def _sentences(kind, rng: np.random.Generator) -> list[str]:
    """Return a pool of sentences as JSON, to pick from; making each anew would take minutes."""

    def pick(words):
        return words[rng.integers(len(words))]

    return [json.dumps(kind(pick)) for _ in range(_POOL)]


def _attributes(pick) -> str:
    things = "unknown" if pick((True, False)) else f"{pick(_COLOURS)} {pick(_THINGS)}"
    return (
        f"{pick(('man', 'woman'))},{pick(_HAIR)},{pick(_COLOURS)} {pick(_TOPS)},"
        f"{pick(_COLOURS)} {pick(_LOWER)},{pick(_COLOURS)} {pick(_SHOES)},{things}"
    )


def _caption(pick) -> str:
    text = (
        f"A {pick(_PERSONS)} with {pick(_HAIR)} is {pick(_DOING)}, wearing a {pick(_COLOURS)} "
        f"{pick(_TOPS)} and {pick(_COLOURS)} {pick(_LOWER)}"
    )
    end = pick(("", "short", "long"))
    if end == "short":
        return f"{text} with {pick(_COLOURS)} {pick(_SHOES)}."
    if end == "long":
        return f"{text}. The person also has {pick(_COLOURS)} {pick(_SHOES)} and a {pick(_THINGS)}."
    return f"{text}."


def _prompt(pick) -> str:
    return (
        f"The {pick(('man', 'woman'))} has {pick(_HAIR)} and wears a {pick(_COLOURS)} "
        f"{pick(_TOPS)}, {pick(_COLOURS)} {pick(_LOWER)} and {pick(_COLOURS)} {pick(_SHOES)}, "
        f"carrying a {pick(_COLOURS)} {pick(_THINGS)}."
    )
