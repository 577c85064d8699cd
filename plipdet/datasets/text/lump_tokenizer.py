"""LumpTokenizer: word pieces of plain captions, put together from those of their lumps."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from plipdet.datasets.text.bounded_memory import BoundedMemory
from plipdet.datasets.text.part_starts import part_starts, steps

_LONGEST_LUMP = 32  # characters
_Lump = tuple[bytes, tuple[int, ...]]  # ids as int64, and steps


class _NotByLumpsError(Exception):
    """The tokenizer has to see the caption as a whole."""


class LumpTokenizer:
    """Gives what a fast tokenizer of ``transformers`` gives, several times sooner.

    BERT's rules never look across a blank, so the word pieces of an ASCII caption are those of
    its lumps, one after the other. They come from the tokenizer itself, and are remembered.

    Args:
        tokenizer: One that :meth:`suits`.
        max_length: Longest sequence with the special tokens, tokens.
    """

    def __init__(self, tokenizer: Any, *, max_length: int) -> None:
        self._tokenizer = tokenizer
        special = tokenizer("a", return_special_tokens_mask=True)
        before = special["special_tokens_mask"].index(0)
        self._prefix = _as_bytes(special["input_ids"][:before])
        self._suffix = _as_bytes(special["input_ids"][before + 1 :])
        self.before = before
        self._room = max(0, max_length - len(special["input_ids"]) + 1)
        self._lumps = BoundedMemory(self._cut, most=30_000, longest=_LONGEST_LUMP)

    @staticmethod
    def suits(tokenizer: Any) -> bool:
        """Tell whether a fast tokenizer works lump by lump."""
        from tokenizers import models, normalizers, pre_tokenizers

        backend = tokenizer.backend_tokenizer
        return (
            isinstance(backend.normalizer, normalizers.BertNormalizer)
            and isinstance(backend.pre_tokenizer, pre_tokenizers.BertPreTokenizer)
            and isinstance(backend.model, models.WordPiece)
            and tokenizer.truncation_side == "right"
            # They are looked for across blanks; a caption with "[" goes to the tokenizer.
            and all("[" in str(token) for token in tokenizer.added_tokens_decoder.values())
        )

    def __call__(self, caption: str) -> tuple[NDArray[np.int64], list[int]] | None:
        """Cut a caption into word pieces.

        Returns:
            Ids with special tokens, shape (L,); first character of each word piece without the
            special ones, and one place more behind the last. ``None`` for a caption that the
            tokenizer has to see as a whole.
        """
        if not caption.isascii() or not caption.isprintable() or "[" in caption:
            return None
        lumps = caption.split()
        remembered = self._lumps
        try:
            known = [remembered[lump] for lump in lumps[: self._room]]
        except _NotByLumpsError:
            return None
        if not known:
            return None
        id_bytes, steps_of_lumps = zip(*known, strict=True)
        starts = part_starts(caption, lumps, steps_of_lumps)
        joined = bytearray(b"".join((self._prefix, *id_bytes, self._suffix)))
        ids = np.frombuffer(joined, np.int64)
        if len(starts) > self._room + 1:
            del starts[self._room + 1 :]
            suffix = np.frombuffer(self._suffix, np.int64)
            ids = np.concatenate((ids[: self.before + self._room], suffix))
        return ids, starts

    def _cut(self, lump: str) -> _Lump:
        if len(lump) > _LONGEST_LUMP:
            raise _NotByLumpsError  # it would not be remembered, so nothing would be gained
        encoded = self._tokenizer(lump, add_special_tokens=False, return_offsets_mapping=True)
        starts, ends = zip(*encoded["offset_mapping"], strict=True)
        if (0, *ends) != (*starts, len(lump)):
            raise _NotByLumpsError  # something lies between its pieces
        lengths = map(int.__sub__, ends, starts)
        return _as_bytes(encoded["input_ids"]), steps(lengths)


def _as_bytes(ids: list[int]) -> bytes:
    return np.array(ids, dtype=np.int64).tobytes()
