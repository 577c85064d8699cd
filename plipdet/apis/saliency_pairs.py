"""Sentences and pictures to look at together."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from mmengine.config import Config

from plipdet.errors import InputError
from plipdet.structures import PersonTable

from .example_data import retrieval_datasets
from .person_picture import one_of_each_first, person_picture


class SaliencyPair(NamedTuple):
    """A picture, RGB uint8 (H, W, 3), what is said of it, and where the two are from."""

    picture: np.ndarray
    sentence: str
    note: str


def own_pair(sentence: str | None, image: str | Path | None) -> SaliencyPair:
    """Return the pair that a user names.

    Raises:
        InputError: If one of them is missing, or there is no such picture.
    """
    if sentence is None or image is None:
        raise InputError("--sentence and --image go together: what is said, and of which picture")
    table = PersonTable.from_rows([{"image": str(Path(image).absolute())}], "/")
    return SaliencyPair(person_picture(table, 0), sentence, Path(image).name)


def query_pairs(
    cfg: Config, queries: Sequence[int] | None, *, count: int = 4, seed: int = 0
) -> list[SaliencyPair]:
    """Return sentences of a config's test with the pictures that they were written for.

    Args:
        cfg: Its queries are sentences.
        queries: Their numbers; ``None`` for random ones.
        count: How many random ones, of different identities as long as they last.
        seed: Chooses these.

    Raises:
        InputError: If the queries are no sentences, there are none, or none of such a number.
    """
    query, _ = retrieval_datasets(cfg)
    if query.unit != "caption":
        raise InputError(
            "the config's queries are pictures; name a config whose queries are sentences, like "
            "configs/plip/zero_shot_text_mini.py"
        )
    if queries is None:
        if count < 1:
            raise InputError(f"count = {count} sentences; expected 1 or more")
        order = np.random.default_rng(seed).permutation(len(query))
        ids = query.person_ids()
        varied = order if ids is None else order[one_of_each_first(ids[order])]
        queries = [int(item) for item in varied[:count]]
    pairs = []
    for item in queries:
        if not 0 <= item < len(query):
            raise InputError(f"there is no query {item}; they are 0 to {len(query) - 1}")
        sample = query[item]
        sentence = sample["row"].captions[sample["caption_index"]]
        picture = person_picture(query.table, sample["table_row"])
        pairs.append(SaliencyPair(picture, sentence, f"query {item}"))
    return pairs
