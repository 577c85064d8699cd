"""Time a training step in the runner against a bare PyTorch loop.

Both loops train the same model with the same optimizer on the same batches, which are loaded
beforehand. Blocks of steps alternate, the order within a pair too, and the result is the median of
the pairs' ratios, so that a machine whose speed drifts does not favour one of them.

Example:
    python tools/benchmark/train_step.py configs/plip/pretrain_mini.py --data-root data/minipedes
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # configs may import projects.*

import torch
from tqdm import tqdm

from plipdet.cli import report, tool


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("config", help="config of a training")
    parser.add_argument("--data-root", help="folder that holds the data sets of the config")
    parser.add_argument("--steps", type=int, default=10, help="steps of a block (%(default)s)")
    parser.add_argument("--pairs", type=int, default=8, help="pairs of blocks (%(default)s)")
    parser.add_argument("--amp", action="store_true", help="mixed precision in both loops")
    parser.add_argument("--cfg-options", nargs="+", default=[], metavar="KEY=VALUE")
    parser.add_argument(
        "--out", type=Path, default=Path("work_dirs/benchmark/train_step.json"), help="result"
    )
    return parser.parse_args()


def main() -> None:
    """Measure and report."""
    arguments = parse_arguments()
    with tempfile.TemporaryDirectory() as folder:
        runner = build_runner(arguments, folder)
        result = measure(runner, arguments.steps, pairs=arguments.pairs)
    report({"config": arguments.config, "amp": arguments.amp, **result}, arguments.out)


def build_runner(arguments: argparse.Namespace, folder: str) -> Any:
    """Return a runner that is ready to train, without validation."""
    from plipdet.engine import PLIPRunner
    from plipdet.engine.config import load_config, parse_overrides
    from plipdet.engine.launch import use_mixed_precision
    from plipdet.errors import InputError

    if min(arguments.steps, arguments.pairs) < 1:
        raise InputError("--steps and --pairs are 1 or more")
    cfg = load_config(
        arguments.config,
        overrides=parse_overrides(arguments.cfg_options),
        data_root=arguments.data_root,
        work_dir=folder,
    )
    if arguments.amp:
        use_mixed_precision(cfg)
    for key in ("val_dataloader", "val_cfg", "val_evaluator"):
        cfg[key] = None
    if isinstance(cfg.get("default_hooks"), dict) and cfg.default_hooks.get("checkpoint"):
        cfg.default_hooks.checkpoint["save_best"] = None
    runner = PLIPRunner.from_cfg(cfg)
    runner._train_loop = runner.build_train_loop(runner._train_loop)
    runner.optim_wrapper = runner.build_optim_wrapper(runner.optim_wrapper)
    runner.param_schedulers = runner.build_param_scheduler(runner.param_schedulers or [])
    return runner


def measure(runner: Any, steps: int, *, pairs: int) -> dict[str, Any]:
    """Return the median times and their ratio."""
    for stage in ("before_run", "before_train", "before_train_epoch"):
        runner.call_hook(stage)
    runner.model.train()
    batches = load_batches(runner.train_dataloader, steps)
    loops = {"runner": run_runner, "bare": run_bare}
    for run in loops.values():
        run(runner, batches[:2])  # allocators, caches and the optimizer's state
    times: dict[str, list[float]] = {name: [] for name in loops}
    for pair in tqdm(range(pairs), desc="pairs of blocks"):
        for name in sorted(loops, reverse=pair % 2 == 1):
            times[name].append(timed(loops[name], runner, batches))
    ratios = [a / b for a, b in zip(times["runner"], times["bare"], strict=True)]
    return {
        "runner_over_bare": round(statistics.median(ratios), 4),
        "ratios": [round(ratio, 4) for ratio in ratios],
        "runner_seconds_per_step": statistics.median(times["runner"]) / steps,
        "bare_seconds_per_step": statistics.median(times["bare"]) / steps,
        "steps": steps,
        "pairs": pairs,
        "batch_size": runner.train_dataloader.batch_size,
        "device": torch.cuda.get_device_name() if torch.cuda.is_available() else "cpu",
        "threads": torch.get_num_threads(),
    }


def load_batches(loader: Any, count: int) -> list[Any]:
    """Return ``count`` batches, from the start again if the data are fewer."""
    batches: list[Any] = []
    while len(batches) < count:
        for batch in loader:
            batches.append(batch)
            if len(batches) == count:
                break
    return batches


def timed(run: Any, runner: Any, batches: list[Any]) -> float:
    """Return the seconds that a block takes, the work queued on a GPU included."""
    synchronize = torch.cuda.synchronize if torch.cuda.is_available() else (lambda: None)
    synchronize()
    start = time.perf_counter()
    run(runner, batches)
    synchronize()
    return time.perf_counter() - start


def run_runner(runner: Any, batches: list[Any]) -> None:
    """Train as the runner does, hooks and log included."""
    for index, batch in enumerate(batches):
        runner.train_loop.run_iter(index, batch)


def run_bare(runner: Any, batches: list[Any]) -> None:
    """Train as a short script would."""
    wrapper, model = runner.optim_wrapper, runner.bare_model
    optimizer, scaler = wrapper.optimizer, getattr(wrapper, "loss_scaler", None)
    precision = getattr(wrapper, "dtype", torch.bfloat16)
    device = next(model.parameters()).device.type
    for batch in batches:
        optimizer.zero_grad()
        with torch.autocast(device, dtype=precision, enabled=scaler is not None):
            loss = model(**model.data_preprocessor(batch, True), mode="loss")["loss"]
        if scaler is None:
            loss.backward()
            optimizer.step()
        else:
            scaler.scale(loss).backward()
            scaler.step(optimizer)
            scaler.update()


if __name__ == "__main__":
    tool(main)()
