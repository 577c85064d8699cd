"""Measure what micro-batches, the chunked contrast and the non-finite guard save and cost.

Three figures, each against the plain way in the same run: a pre-training step of a large batch in
micro-batches (time, memory), the contrast of one rank's pairs against those of all ranks in chunks
(time, memory), and what looking for non-finite numbers adds to a step. Batches are synthetic, the
weights random. Memory is the most that a step needs beyond model, optimizer and batch, taken in a
process of its own; on a CPU it is read from Linux.

Example:
    python tools/benchmark/large_batches.py configs/plip/pretrain_mini.py --batch-size 128
"""

from __future__ import annotations

import argparse
import multiprocessing
import statistics
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import torch
from pretrain_throughput import build_step, read_config, synthetic_batch
from tqdm import tqdm

from plipdet.cli import report, tool
from plipdet.errors import InputError
from plipdet.structures import PersonBatch

_STATUS, _FORGET_PEAK = Path("/proc/self/status"), Path("/proc/self/clear_refs")
_ALL_AT_ONCE = 2**62  # similarities
_WIDTH = 768  # of PLIP's embeddings


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("config", help="config of a pre-training")
    parser.add_argument("--batch-size", type=int, default=128, help="pairs (%(default)s)")
    parser.add_argument("--micro-batch-size", type=int, default=32, help="pairs (%(default)s)")
    parser.add_argument("--anchors", type=int, default=512, help="of this rank (%(default)s)")
    parser.add_argument("--candidates", type=int, default=16384, help="of all (%(default)s)")
    parser.add_argument("--repeats", type=int, default=3, help="of each way (%(default)s)")
    parser.add_argument("--amp", action="store_true", help="mixed precision (bfloat16)")
    parser.add_argument("--cfg-options", nargs="+", default=[], metavar="KEY=VALUE")
    parser.add_argument("--out", type=Path, default=Path("work_dirs/benchmark/large_batches.json"))
    return parser.parse_args()


def main() -> None:
    """Measure and report."""
    arguments = parse_arguments()
    for name in ("batch_size", "micro_batch_size", "anchors", "candidates", "repeats"):
        if getattr(arguments, name) < 1:
            raise InputError(f"--{name.replace('_', '-')} is {getattr(arguments, name)}; 1 or more")
    if arguments.anchors > arguments.candidates:
        raise InputError("--anchors are among the --candidates, so they are not more")
    if not torch.cuda.is_available() and not _FORGET_PEAK.exists():
        raise InputError("memory on a CPU is read from /proc, which this system lacks; use Linux")
    read_config(arguments)  # wrong input is found before any long work
    result = {
        "micro_batches": measure_step(arguments),
        "chunked_contrast": measure_contrast(arguments),
        "guard": measure_guard(arguments),
        "device": torch.cuda.get_device_name() if torch.cuda.is_available() else "cpu",
        "threads": torch.get_num_threads(),
        "torch": torch.__version__,
    }
    report({"config": arguments.config, "amp": arguments.amp, **result}, arguments.out)


# --- what is measured -----------------------------------------------------------------------


def measure_step(arguments: argparse.Namespace) -> dict[str, Any]:
    """Return time and memory of a step in micro-batches over those of one at once."""
    task, wrapper, batch = _step_of(arguments)

    def way(size: int | None) -> Callable[[], None]:
        def run() -> None:
            task.micro_batch_size = size
            task.train_step(batch, wrapper)

        return run

    sizes = {"whole": None, "parts": arguments.micro_batch_size}
    times = _compare({k: way(v) for k, v in sizes.items()}, arguments.repeats, "micro-batches")
    memory = {k: _in_own_process(_memory_of_step, arguments, v) for k, v in sizes.items()}
    return {
        "batch_size": arguments.batch_size,
        "micro_batch_size": arguments.micro_batch_size,
        **_ratios(times, memory),
    }


def measure_contrast(arguments: argparse.Namespace) -> dict[str, Any]:
    """Return time and memory of the chunked contrast of one direction over the plain one."""
    ways = {"whole": _ALL_AT_ONCE, "parts": None}
    sizes = arguments.anchors, arguments.candidates
    runs = {k: _contrast_of(*sizes, max_logits=v) for k, v in ways.items()}
    times = _compare(runs, arguments.repeats, "contrast")
    memory = {k: _in_own_process(_memory_of_contrast, *sizes, v) for k, v in ways.items()}
    return {
        "anchors": arguments.anchors,
        "candidates": arguments.candidates,
        **_ratios(times, memory),
    }


def measure_guard(arguments: argparse.Namespace) -> dict[str, float]:
    """Return the time that looking for non-finite numbers takes, in a step and of it."""
    task, wrapper, batch = _step_of(arguments)
    wrapper.zero_grad = lambda **options: None  # the gradients are looked at again
    task.train_step(batch, wrapper)

    def look() -> None:
        wrapper._buffers.take()
        parameters = wrapper._parameters_with_gradient()
        wrapper._agree(wrapper._norm([p.grad for p in parameters]))

    look_times, step_times = [], []
    for _ in tqdm(range(arguments.repeats), desc="guard"):
        look_times.append(_timed(look))
        wrapper.optimizer.zero_grad()
        step_times.append(_timed(lambda: task.train_step(batch, wrapper)))
    look_time, step_time = statistics.median(look_times), statistics.median(step_times)
    return {"seconds": look_time, "share_of_step": round(look_time / step_time, 5)}


def _step_of(arguments: argparse.Namespace) -> tuple[Any, Any, PersonBatch]:
    cfg = read_config(arguments)
    task, wrapper = build_step(cfg, "cuda" if torch.cuda.is_available() else "cpu")
    vocabulary = getattr(task.text_encoder, "vocabulary_size", 2)
    return task, wrapper, synthetic_batch(
        cfg, arguments.batch_size, vocabulary=vocabulary, tokens=30
    )  # fmt: skip


def _contrast_of(anchors: int, candidates: int, *, max_logits: int | None) -> Callable[[], None]:
    from plipdet.models import IdentityContrastHead

    head = IdentityContrastHead(**({} if max_logits is None else {"max_logits": max_logits}))
    device = "cuda" if torch.cuda.is_available() else "cpu"
    everyone = torch.randn(candidates, _WIDTH, device=device)
    ids = torch.arange(candidates, device=device)
    chunk = max(1, head.max_logits // candidates)

    def run() -> None:
        others = everyone.detach().requires_grad_()
        own = everyone[:anchors].detach().requires_grad_()
        known = {"anchor_ids": ids[:anchors], "candidate_ids": ids, "chunk": chunk}
        head._one_way(own, others, **known).backward()

    return run


# --- time and memory ------------------------------------------------------------------------


def _timed(run: Callable[[], None]) -> float:
    wait = torch.cuda.synchronize if torch.cuda.is_available() else (lambda: None)
    wait()
    start = time.perf_counter()
    run()
    wait()
    return time.perf_counter() - start


def _compare(ways: dict[str, Callable[[], None]], repeats: int, label: str) -> dict[str, list]:
    """Return the times of each way, which take turns; the first turn does not count."""
    times: dict[str, list[float]] = {name: [] for name in ways}
    for turn in tqdm(range(repeats + 1), desc=label):
        for name in sorted(ways, reverse=turn % 2 == 1):
            seconds = _timed(ways[name])
            if turn:
                times[name].append(seconds)
    return times


def _ratios(times: dict[str, list[float]], memory: dict[str, float]) -> dict[str, Any]:
    pairs = [a / b for a, b in zip(times["parts"], times["whole"], strict=True)]
    return {
        "time_ratio": round(statistics.median(pairs), 3),
        "time_ratios": [round(ratio, 3) for ratio in pairs],
        "seconds": {name: statistics.median(own) for name, own in times.items()},
        "memory_ratio": round(memory["parts"] / memory["whole"], 3) if memory["whole"] else None,
        "memory_mb": {name: round(own, 1) for name, own in memory.items()},
    }


def _in_own_process(function: Callable[..., float], *arguments: Any) -> float:
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(max_workers=1, mp_context=context) as pool:
        return pool.submit(function, *arguments).result()


def _memory_of_step(arguments: argparse.Namespace, size: int | None) -> float:
    task, wrapper, batch = _step_of(arguments)
    task.train_step(batch.split(2)[0], wrapper)  # allocates the optimizer's state
    task.micro_batch_size = size
    return _memory_of(lambda: task.train_step(batch, wrapper))


def _memory_of_contrast(anchors: int, candidates: int, max_logits: int | None) -> float:
    _contrast_of(16, 64, max_logits=max_logits or 512)()  # what libraries allocate at first use
    return _memory_of(_contrast_of(anchors, candidates, max_logits=max_logits))


def _memory_of(run: Callable[[], Any]) -> float:
    """Return the most memory that a call takes beyond what was there before, MB."""
    if torch.cuda.is_available():
        torch.cuda.reset_peak_memory_stats()
        before = torch.cuda.memory_allocated()
        run()
        return (torch.cuda.max_memory_allocated() - before) / 1e6
    _FORGET_PEAK.write_text("5")
    before = _status("VmRSS")
    run()
    return _status("VmHWM") - before


def _status(field: str) -> float:
    line = next(x for x in _STATUS.read_text().splitlines() if x.startswith(field + ":"))
    return int(line.split()[1]) * 1024 / 1e6


if __name__ == "__main__":
    tool(main)()
