"""How rich the wording of a set of captions is."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable

_WORD = re.compile(r"[a-z0-9]+(?:['-][a-z0-9]+)*")


def caption_statistics(captions: Iterable[str]) -> dict[str, float]:
    """Return measures of variety over captions.

    distinct-2 is of Li et al., A Diversity-Promoting Objective Function for Neural Conversation
    Models, NAACL 2016: different word pairs over all word pairs.

    Returns:
        ``captions`` (count), ``distinct_captions`` (share of different ones, 0..1),
        ``distinct_words`` (count), ``distinct_2`` (0..1), ``mean_length`` (words a caption).
    """
    sentences: set[str] = set()
    words: set[str] = set()
    pairs: set[tuple[str, str]] = set()
    count = word_count = pair_count = 0
    for caption in captions:
        found = _WORD.findall(caption.lower())
        neighbours = list(itertools.pairwise(found))
        sentences.add(caption)
        words.update(found)
        pairs.update(neighbours)
        count += 1
        word_count += len(found)
        pair_count += len(neighbours)
    return {
        "captions": count,
        "distinct_captions": round(len(sentences) / max(1, count), 4),
        "distinct_words": len(words),
        "distinct_2": round(len(pairs) / max(1, pair_count), 4),
        "mean_length": round(word_count / max(1, count), 2),
    }
