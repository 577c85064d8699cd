"""cut_table: the word pieces of all sentences of a table, cut by many processes."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections import deque
from collections.abc import Generator, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing

import numpy as np
from tqdm import tqdm

from plipdet.errors import InputError
from plipdet.structures import PersonRow, PersonTable

from .attribute_phrase_tagger import AttributePhraseTagger
from .caption_tokenizer import CaptionTokenizer
from .kept_tokens import TokenPart, piece_type

_ROWS = 1024  # a process cuts at once
_AHEAD = 2  # parts for each process that wait to be written

_Cutter = tuple[PersonTable, AttributePhraseTagger, CaptionTokenizer]
_cutter: _Cutter | None = None  # of this process


def cut_table(
    table: PersonTable,
    tagger: AttributePhraseTagger,
    tokenizer: CaptionTokenizer,
    *,
    processes: int | None = None,
) -> Iterator[TokenPart]:
    """Yield the word pieces of a table's sentences in the order of its rows, under a bar.

    Args:
        table: The table.
        tagger: Finds the attribute phrases.
        tokenizer: Cuts the captions.
        processes: How many cut; ``None`` for one on each processor that this one may use.

    Raises:
        InputError: If a sentence is none, or a process is killed.
    """
    cutter = (table, tagger, tokenizer)
    starts = range(0, len(table), _ROWS)
    processes = min(processes or len(os.sched_getaffinity(0)), len(starts))
    bar = tqdm(total=len(table), desc="cutting captions", unit=" rows", delay=1.0, leave=False)
    with closing(bar):
        parts = (
            _by_processes(cutter, starts, processes)
            if processes > 1
            else (_cut(cutter, start) for start in starts)
        )
        with closing(parts):
            for part in parts:
                yield part
                bar.update(len(part.counts))


def _by_processes(
    cutter: _Cutter, starts: range, processes: int
) -> Generator[TokenPart, None, None]:
    context = multiprocessing.get_context()  # as the workers of a loader
    arguments = (cutter, os.getpid())
    pool = ProcessPoolExecutor(processes, context, initializer=_begin, initargs=arguments)
    pending: deque[Future[TokenPart]] = deque()
    try:
        for start in starts:
            pending.append(pool.submit(_cut_here, start))
            if len(pending) > _AHEAD * processes:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()
    except BrokenProcessPool as error:
        raise InputError(
            "a process that cut captions was killed, perhaps for want of memory; start again, on "
            "fewer processors (taskset -c 0-3 ...), or with keep_tokens=False of the dataset"
        ) from error
    finally:
        pool.shutdown(cancel_futures=True)


def _begin(cutter: _Cutter, parent: int) -> None:
    global _cutter
    _cutter = cutter
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the first process ends the others
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: int) -> None:
    """End this process soon after one that was killed could not do so."""
    while os.getppid() == parent:
        time.sleep(1.0)
    os._exit(1)


def _cut_here(start: int) -> TokenPart:
    assert _cutter is not None, "a process that was not begun"
    return _cut(_cutter, start)


def _cut(cutter: _Cutter, start: int) -> TokenPart:
    """Return the word pieces of the rows from one on."""
    table, tagger, tokenizer = cutter
    ids, slots, lengths, counts = [], [], [], []
    for index in range(start, min(start + _ROWS, len(table))):
        row = table[index]
        captions, prompts = row.captions or [], row.prompt_captions or []
        counts.append((len(captions), len(prompts)))
        for caption in (*captions, *prompts):
            of_caption = _tokenise(caption, row, tagger, tokenizer)
            ids.append(of_caption[0])
            slots.append(of_caption[1])
            lengths.append(len(of_caption[0]))
    pieces = np.empty(sum(lengths), piece_type(tokenizer.vocab_size))
    if lengths:
        pieces["id"] = np.concatenate(ids)
        pieces["slot"] = np.concatenate(slots)
    return TokenPart(pieces, np.array(lengths, np.int32), np.array(counts, np.int32))


def _tokenise(
    caption: str, row: PersonRow, tagger: AttributePhraseTagger, tokenizer: CaptionTokenizer
) -> tuple[np.ndarray, np.ndarray]:
    try:
        spans = tagger(caption, phrases=row.attribute_phrases)
        ids, _, slots = tokenizer.tokenize(caption, spans)
    except InputError as error:
        raise InputError(f"{error} (of {row.image})") from error
    return ids, slots
