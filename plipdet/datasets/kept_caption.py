"""KeptCaption: the last steps of a pipeline, which make tokens of captions, done beforehand."""

from __future__ import annotations

import glob
import hashlib
import json
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from plipdet.errors import InputError
from plipdet.structures import PersonTable
from plipdet.whole_file import remove_leftovers

from .built_file import BuiltFile
from .sources.table_cache import table_paths
from .text import AttributePhraseTagger, CaptionTokenizer
from .text.cut_table import cut_table
from .text.kept_tokens import KeptTokens, write_kept_tokens
from .transforms import SelectCaption, TagAttributePhrases, TokenizeCaption

_STEPS = (SelectCaption, TagAttributePhrases, TokenizeCaption)
_DIGITS = 12  # of each of the two hashes in a file's name


class _Way(NamedTuple):
    """The three steps, and what the word pieces that they make depend on."""

    select: SelectCaption
    tagger: AttributePhraseTagger
    tokenizer: CaptionTokenizer

    @property
    def settings(self) -> str:
        chosen = (self.tokenizer.name, self.tokenizer.max_length, self.tagger.settings)
        return json.dumps(chosen)

    @property
    def state(self) -> str:
        return json.dumps(
            (
                self.tagger.version,
                self.tokenizer.version,
                self.tokenizer.rules(),
                unicodedata.unidata_version,
            )
        )


class KeptCaption:
    """Does for a batch what SelectCaption, TagAttributePhrases and TokenizeCaption would do.

    The word pieces of all sentences of the table are kept in a file, which is made the first time
    by all processors, on one rank while the others wait. Samples get the same ``token_ids``,
    ``token_mask``, ``pad_id`` and ``phrase_slots``, but neither ``caption`` nor
    ``caption_spans``: nobody reads the text.

    Args:
        pipeline: Of a dataset; it ends with the three steps.
        table: The dataset's, of a source, perhaps a selection of its rows.

    Raises:
        InputError: If the pipeline is another, or the table has no file.
    """

    stepwise = True
    draws = False
    replaces = len(_STEPS)
    """How many of the last steps of the pipeline it takes the place of."""

    def __init__(self, pipeline: Sequence[Any], table: PersonTable) -> None:
        way = _way_of(pipeline)
        self._select = way.select
        self._table = table
        self._tokens = _built(table, way).get()

    def transform_all(self, samples: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Add the word pieces of one sentence to each sample's ``results``."""
        if not samples:
            return samples
        rows = self._table.stored_rows(np.array([s["table_row"] for s in samples]))
        is_prompt, which = self._chosen(samples, rows)
        ids, slots, cuts = self._tokens(rows, is_prompt, which)
        mask, start, pad_id = np.ones(len(ids), dtype=bool), 0, self._tokens.pad_id
        for results, end in zip(samples, cuts, strict=True):
            results["token_ids"] = ids[start:end]
            results["token_mask"] = mask[start:end]
            results["pad_id"] = pad_id
            results["phrase_slots"] = slots[start:end]
            start = end
        return samples

    def _chosen(
        self, samples: list[dict[str, Any]], rows: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return which sentence each sample gets: whether a prompt caption, and its number."""
        if "caption_index" in samples[0]:
            which = np.array([s["caption_index"] for s in samples])
            return np.zeros(len(samples), dtype=bool), which
        captions, prompts = self._tokens.counts(rows)
        lacking = np.flatnonzero(self._select.choices(captions, prompts) == 0)
        if len(lacking):
            self._select.transform(samples[lacking[0]])  # raises
        seed, epochs, items = zip(*(s["sample"] for s in samples), strict=True)
        index, epoch_of = np.array(items), np.array(epochs)
        is_prompt = np.empty(len(samples), dtype=bool)
        which = np.empty(len(samples), np.int64)
        for epoch in set(epochs):
            of_epoch = epoch_of == epoch
            is_prompt[of_epoch], which[of_epoch] = self._select.choose(
                captions[of_epoch],
                prompts[of_epoch],
                seed=seed[0],
                epoch=epoch,
                items=index[of_epoch],
            )
        return is_prompt, which


def _way_of(pipeline: Sequence[Any]) -> _Way:
    """Return the steps, which must be ours: what another class does with a caption is not known."""
    last = [type(step) for step in pipeline[-len(_STEPS) :]]
    if tuple(last) != _STEPS or any(isinstance(s, _STEPS) for s in pipeline[: -len(_STEPS)]):
        raise _refused(
            f"the pipeline must end with {', '.join(s.__name__ for s in _STEPS)}, and have them "
            f"once; it ends with {', '.join(s.__name__ for s in last) or 'nothing'}"
        )
    select, tag, tokenise = pipeline[-len(_STEPS) :]
    for part, known in (
        (tag.tagger, AttributePhraseTagger),
        (tokenise.tokenizer, CaptionTokenizer),
    ):
        if type(part) is not known:
            raise _refused(f"what a {type(part).__name__} does, {known.__name__} cannot know")
    if tokenise.tokenizer.pad:
        raise _refused("CaptionTokenizer(pad=True) would keep the padding of each sentence")
    return _Way(select, tag.tagger, tokenise.tokenizer)


def _refused(why: str) -> InputError:
    return InputError(f"keep_tokens=True of a dataset: {why}; set keep_tokens=False")


def _built(table: PersonTable, way: _Way) -> BuiltFile[KeptTokens]:
    if table.path is None or not table.fingerprint:
        raise _refused("the rows come from a program, and not from a file that has a fingerprint")
    settings, state = way.settings, way.state
    key = _digest(f"{table.fingerprint}\n{settings}\n{state}")
    name = f"{_digest(settings)[:_DIGITS]}-{_digest(state)[:_DIGITS]}.tokens"
    places = [table.path, *table_paths(table.root, table.source, table.fingerprint)]
    whole = PersonTable.open(
        table.path, table.root, fingerprint=table.fingerprint, images=table.images
    )

    def write(path: Path) -> None:
        write_kept_tokens(
            path,
            cut_table(whole, way.tagger, way.tokenizer),
            key=key,
            vocabulary=way.tokenizer.vocab_size,
            pad_id=way.tokenizer.pad_id,
        )

    return BuiltFile(
        list(dict.fromkeys(p.with_name(f"{p.stem}.{name}") for p in places)),
        what="the file of the captions' word pieces",
        open_file=lambda path: KeptTokens(path, key=key),
        write_file=write,
        on_built=_remove_old,
    )


def _remove_old(_: KeptTokens, path: Path) -> None:
    """Remove files of the same table and settings that older rules made."""
    same = path.name.removesuffix(".tokens")[:-_DIGITS]
    for other in path.parent.glob(f"{glob.escape(same)}{'[0-9a-f]' * _DIGITS}.tokens"):
        if other != path:
            other.unlink(missing_ok=True)
    remove_leftovers(path.parent)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
