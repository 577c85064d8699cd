"""Measure a pre-training step, and the same step cut into its parts.

The parts (encoders, heads, optimizer, each forward and backward at the sizes it has in the step)
are run alone, in blocks that alternate with blocks of the whole step; `step_over_parts` is the
pairs a second of the step over those of the sum of its parts. The batch is synthetic and in memory,
the weights are random: neither changes the speed. The loader has a benchmark of its own.

Examples:
    python tools/benchmark/pretrain_throughput.py configs/plip/pretrain_r50.py --amp --compile
    python tools/benchmark/pretrain_throughput.py configs/plip/pretrain_r50.py --batch-size 4
"""

from __future__ import annotations

import argparse
import platform
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # configs may import projects.*

import torch
from peak_flops import card_peak, measured_peak
from step_parts import StepParts
from torch.utils.flop_counter import FlopCounterMode
from tqdm import tqdm

from plipdet.cli import report, tool
from plipdet.errors import InputError
from plipdet.structures import PHRASE_SLOTS, PersonBatch

SYNTH_PEDES = 4_791_711  # pictures, and so pairs an epoch
EPOCHS = 70
PAPER_HOURS = 15.2 * 24  # on four cards (arXiv 2305.08386, A.8.1)
MIDWAY = 0.6  # mask ratio in the middle of the curriculum
WARM_UP = 3


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("config", help="config of a pre-training")
    parser.add_argument("--batch-size", type=int, help="pairs of a step; the config's")
    parser.add_argument("--steps", type=int, default=2, help="steps of a block (%(default)s)")
    parser.add_argument("--repeats", type=int, default=5, help="blocks of each (%(default)s)")
    parser.add_argument(
        "--device", choices=("auto", "cpu", "cuda"), default="auto", help="where (%(default)s)"
    )
    parser.add_argument("--amp", action="store_true", help="mixed precision (bfloat16)")
    parser.add_argument("--compile", action="store_true", help="with torch.compile")
    parser.add_argument(
        "--tokens", type=float, default=30, help="mean word pieces of a caption (%(default)s)"
    )
    parser.add_argument(
        "--peak-tflops", type=float, help="what the device could do; a table, or measured"
    )
    parser.add_argument("--cfg-options", nargs="+", default=[], metavar="KEY=VALUE")
    parser.add_argument(
        "--out", type=Path, default=Path("work_dirs/benchmark/pretrain_throughput.json")
    )
    return parser.parse_args()


def main() -> None:
    """Measure and report."""
    arguments = parse_arguments()
    _check(arguments)
    device = _device(arguments.device)
    cfg = read_config(arguments)
    pairs = arguments.batch_size or cfg.train_dataloader["batch_size"]
    with _memory_errors(pairs, device):
        result = measure(cfg, arguments, pairs, device=device)
    report({"config": arguments.config, **result}, arguments.out)


def _check(arguments: argparse.Namespace) -> None:
    for name, least in (("batch_size", 1), ("steps", 1), ("repeats", 1), ("tokens", 3)):
        value = getattr(arguments, name)
        if value is not None and not value >= least:
            raise InputError(f"--{name.replace('_', '-')} is {value}; the least is {least}")
    if arguments.peak_tflops is not None and not arguments.peak_tflops > 0:
        raise InputError(f"--peak-tflops is {arguments.peak_tflops}; it must be above 0")


def _device(wanted: str) -> str:
    if wanted == "cuda" and not torch.cuda.is_available():
        raise InputError("--device cuda: PyTorch sees no GPU here; leave the option out")
    available = "cuda" if torch.cuda.is_available() else "cpu"
    return available if wanted == "auto" else wanted


# --- what is measured -----------------------------------------------------------------------


def read_config(arguments: argparse.Namespace) -> Any:
    """Return the checked config, with random weights in place of those it would read."""
    from plipdet.engine.config import load_config, parse_overrides
    from plipdet.engine.launch import use_mixed_precision

    cfg = load_config(arguments.config, overrides=parse_overrides(arguments.cfg_options))
    if not all(cfg.get(key) for key in ("model", "train_dataloader", "optim_wrapper")):
        raise InputError(f"{arguments.config} trains nothing; name one like pretrain_r50.py")
    if arguments.amp:
        use_mixed_precision(cfg)
    text = cfg.model.get("text_encoder")
    if isinstance(text, Mapping) and not isinstance(text["model"], Mapping):
        text["pretrained"] = False
    backbone = (cfg.model.get("image_encoder") or {}).get("backbone") or {}
    for key in ("pretrained", "checkpoint"):
        backbone.pop(key, None)
    return cfg


def build_step(cfg: Any, device: str) -> tuple[Any, Any]:
    """Return the task and its optimizer wrapper, at a learning rate of 0: weights stay."""
    from plipdet.engine.optim import PersonOptimWrapperConstructor
    from plipdet.registry import TASKS, build

    torch.manual_seed(0)
    task = build(cfg.model, TASKS).to(device).train()
    for head in getattr(task, "heads", {}).values():
        if hasattr(head, "mask_ratio"):
            head.mask_ratio = MIDWAY
    settings = dict(cfg.optim_wrapper)
    paramwise = settings.pop("paramwise_cfg", None)
    wrapper = PersonOptimWrapperConstructor(settings, paramwise)(task)
    for group in wrapper.optimizer.param_groups:
        group["lr"] = 0.0
    return task, wrapper


def synthetic_batch(cfg: Any, pairs: int, *, vocabulary: int, tokens: float) -> PersonBatch:
    """Return pairs as the loader would give them, padded to the longest caption.

    Lengths are normal around ``tokens`` with a deviation of a quarter, cut at the config's
    maximum; two in five word pieces belong to an attribute phrase.
    """
    generator = torch.Generator().manual_seed(0)
    height, width = _setting(cfg.train_dataloader, "size", (256, 128))
    longest = _setting(cfg.train_dataloader, "max_length", 64)
    pictures = (pairs, 3, height, width)
    images = torch.randint(0, 256, pictures, generator=generator, dtype=torch.uint8)
    lengths = torch.randn(pairs, generator=generator) * tokens / 4 + tokens
    lengths = lengths.round().clamp(3, longest).int()
    shape = (pairs, int(lengths.max()))
    token_mask = torch.arange(shape[1]) < lengths[:, None]
    slots = torch.randint(0, len(PHRASE_SLOTS), shape, generator=generator, dtype=torch.int8)
    outside = (torch.rand(shape, generator=generator) > 0.4) | ~token_mask
    return PersonBatch(
        rows=torch.arange(pairs),
        images=images,
        person_ids=torch.arange(pairs),
        token_ids=torch.randint(vocabulary, shape, generator=generator) * token_mask,
        token_mask=token_mask,
        phrase_slots=slots.masked_fill(outside, -1),
    )


def _setting(node: Any, key: str, default: Any) -> Any:
    """Return the first value of ``key`` anywhere in a config."""
    children: Any = node.values() if isinstance(node, Mapping) else node
    if isinstance(node, Mapping) and key in node:
        return node[key]
    if isinstance(node, (Mapping, list, tuple)):
        for child in children:
            found = _setting(child, key, None)
            if found is not None:
                return found
    return default


# --- measuring ------------------------------------------------------------------------------


def measure(cfg: Any, arguments: argparse.Namespace, pairs: int, *, device: str) -> dict[str, Any]:
    """Return the times, the ratio, and what follows from them."""
    if device == "cuda":
        torch.backends.cudnn.benchmark = True
    task, wrapper = build_step(cfg, device)
    about = {
        "vocabulary": getattr(task.text_encoder, "vocabulary_size", 2),
        "tokens": arguments.tokens,
    }
    flops = count_flops(task, wrapper, synthetic_batch(cfg, 2, **about)) / 2
    if arguments.compile:
        _compile(task, cfg)
    batch = synthetic_batch(cfg, pairs, **about)
    if device == "cuda":
        batch = batch.pin_memory()
        torch.cuda.reset_peak_memory_stats()

    def step() -> None:
        task.train_step(batch, wrapper)

    for _ in tqdm(range(WARM_UP), desc="warm-up"):
        step()
    memory = _peak_memory(device)
    parts = StepParts(task, wrapper, batch).parts()
    times = interleave({"step": step, **parts}, arguments, device=device)
    amp = type(wrapper).__name__ == "PersonAmpOptimWrapper"
    peak, peak_from = _peak(arguments.peak_tflops, device, amp=amp)
    return {
        **_speed(times, pairs),
        **_outlook(statistics.median(times["step"]) / pairs, flops, peak),
        "peak_from": peak_from,
        "peak_memory_gb": memory,
        **_circumstances(task, batch, arguments, device),
        "amp": amp,
    }


def count_flops(task: Any, wrapper: Any, batch: PersonBatch) -> int:
    """Return the floating-point operations of a step of the model, without recomputed ones."""
    encoders = [task.image_encoder, task.text_encoder]
    recomputing = [e for e in encoders if getattr(e, "activation_checkpointing", False)]
    for encoder in recomputing:
        encoder.checkpoint_activations(False)
    with FlopCounterMode(display=False) as counter:
        task.train_step(batch, wrapper)
    for encoder in recomputing:
        encoder.checkpoint_activations(True)
    return counter.get_total_flops()


def interleave(
    functions: Mapping[str, Callable[[], None]], arguments: argparse.Namespace, *, device: str
) -> dict[str, list[float]]:
    """Return seconds a call of each function in each repeat; every other repeat runs backwards."""
    synchronize = torch.cuda.synchronize if device == "cuda" else (lambda: None)
    times: dict[str, list[float]] = {name: [] for name in functions}
    for name in tqdm(functions, desc="warm-up of the parts"):
        functions[name]()
    for repeat in tqdm(range(arguments.repeats), desc="repeats"):
        for name in list(functions)[:: -1 if repeat % 2 else 1]:
            synchronize()
            start = time.perf_counter()
            for _ in range(arguments.steps):
                functions[name]()
            synchronize()
            times[name].append((time.perf_counter() - start) / arguments.steps)
    return times


def _speed(times: Mapping[str, list[float]], pairs: int) -> dict[str, Any]:
    parts = {name: statistics.median(found) for name, found in times.items() if name != "step"}
    sums = [sum(found) for found in zip(*(times[name] for name in parts), strict=True)]
    ratios = [whole / step for whole, step in zip(sums, times["step"], strict=True)]
    step = statistics.median(times["step"])
    return {
        "pairs_per_second": pairs / step,
        "step_over_parts": round(statistics.median(ratios), 4),
        "ratios": [round(ratio, 4) for ratio in ratios],
        "seconds_per_step": step,
        "seconds_of_parts": parts,
        "batch_size": pairs,
    }


def _outlook(seconds_per_pair: float, flops: float, peak: float | None) -> dict[str, Any]:
    hours = EPOCHS * SYNTH_PEDES * seconds_per_pair / 3600
    achieved = flops / seconds_per_pair / 1e12
    return {
        "gflop_per_pair": flops / 1e9,
        "tflops": achieved,
        "peak_tflops": peak,
        "model_flop_utilisation": None if peak is None else achieved / peak,
        "hours_of_training": hours,
        "hours_at_peak": None if peak is None else hours * achieved / peak,
        "paper_hours_on_four_cards": PAPER_HOURS,
    }


def _circumstances(
    task: Any, batch: PersonBatch, arguments: argparse.Namespace, device: str
) -> dict[str, Any]:
    parameters = list(task.parameters())
    assert batch.token_mask is not None and batch.images is not None
    return {
        "parameters": sum(p.numel() for p in parameters),
        "trainable_parameters": sum(p.numel() for p in parameters if p.requires_grad),
        "picture": list(batch.images.shape[2:]),
        "tokens_mean": float(batch.token_mask.sum(dim=1).float().mean()),
        "tokens_padded": batch.token_mask.shape[1],
        "steps": arguments.steps,
        "repeats": arguments.repeats,
        "compile": arguments.compile,
        "settings": arguments.cfg_options,
        "device": torch.cuda.get_device_name() if device == "cuda" else _processor(),
        "threads": torch.get_num_threads(),
        "torch": torch.__version__,
        "notes": [
            "random weights and synthetic pairs in memory; loading is not in it",
            "medians of blocks that alternate; operations are those of matrix products and "
            "convolutions, forward and backward, without recomputed ones",
            f"hours_of_training: {EPOCHS} epochs of {SYNTH_PEDES} pairs on this one device at this "
            "speed; hours_at_peak: if it computed at its peak throughout",
        ],
    }


def _peak(given: float | None, device: str, *, amp: bool) -> tuple[float | None, str]:
    if given is not None:
        return given, "--peak-tflops"
    if device == "cuda":
        name = torch.cuda.get_device_name()
        peak = card_peak(name)
        known = "data sheet, dense bfloat16"
        return peak, known if peak else f"unknown for {name}: pass --peak-tflops"
    dtype = torch.bfloat16 if amp else torch.float32
    return measured_peak(dtype), f"largest measured {str(dtype)[6:]} matrix product"


def _processor() -> str:
    return f"{platform.machine()} {torch.backends.cpu.get_cpu_capability()}"


def _peak_memory(device: str) -> float:
    if device == "cuda":
        return torch.cuda.max_memory_allocated() / 1e9
    import resource  # not on Windows, where only GPUs are of interest

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9


def _compile(task: Any, cfg: Any) -> None:
    from plipdet.engine.compilation import compile_parts

    options = cfg.get("compile")
    compile_parts(task, dict(options) if isinstance(options, Mapping) else {})


@contextmanager
def _memory_errors(pairs: int, device: str) -> Iterator[None]:
    """Turn running out of memory into a message with a batch size to try."""
    try:
        yield
    except (RuntimeError, MemoryError) as error:
        text = str(error)
        known = ("out of memory", "can't allocate memory", "not enough memory")
        if not isinstance(error, MemoryError) and not any(words in text for words in known):
            raise
        room = ""
        if device == "cuda":
            room = f" of {torch.cuda.get_device_properties(0).total_memory / 1e9:.0f} GB"
        raise InputError(
            f"{pairs} pairs need more than the memory{room}; try --batch-size {max(1, pairs // 2)},"
            " or --cfg-options model.image_encoder.activation_checkpointing=True"
        ) from error


if __name__ == "__main__":
    tool(main)()
