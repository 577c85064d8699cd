"""scale_schedule: a training config with another number of steps, its schedule in proportion."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mmengine.config import Config
from mmengine.runner import IterBasedTrainLoop

from plipdet.engine import PLIPRunner

_TIMES = ("begin", "end", "T_max", "step_size")
_CHECKPOINTS = 4
_FEWEST_BETWEEN = 100


def steps_in_epoch(cfg: Config) -> int:
    """Return the batches of an epoch, which opens the training data.

    Raises:
        InputError: If they cannot be read.
    """
    return len(PLIPRunner.build_dataloader(cfg["train_dataloader"], seed=0))


def own_steps(cfg: Config, steps_per_epoch: int) -> int:
    """Return how many steps a training config takes by itself."""
    return cfg["train_cfg"]["max_epochs"] * steps_per_epoch


def scale_schedule(cfg: Config, steps: int, *, steps_per_epoch: int) -> int:
    """Let a config train for so many steps; warm-up and decays keep their shares of them.

    The momentum of averaged weights grows as the number of steps shrinks. A training that does
    something at each epoch keeps its epochs and shortens them, so that its steps are rounded up
    to a multiple.

    Args:
        cfg: Of a training that counts epochs; changed in place.
        steps: Optimizer steps.
        steps_per_epoch: Of the config as it is.

    Returns:
        The number of steps it takes now.
    """
    epochs = cfg["train_cfg"]["max_epochs"]
    share = steps / own_steps(cfg, steps_per_epoch)
    sampler = cfg["train_dataloader"].get("sampler") or {}
    if "steps" in sampler:
        epochs = min(epochs, steps)
        cfg["train_cfg"]["max_epochs"] = epochs
        sampler["steps"] = -(-steps // epochs)
        steps = epochs * sampler["steps"]
    else:
        cfg["train_cfg"] = {"type": IterBasedTrainLoop, "max_iters": steps}
        cfg["log_processor"] = {"by_epoch": False}
        between = max(_FEWEST_BETWEEN, -(-steps // _CHECKPOINTS))
        cfg["default_hooks"]["checkpoint"].update(by_epoch=False, interval=between)
    cfg["param_scheduler"] = [
        _scaled(schedule, share, steps_per_epoch, steps)
        for schedule in cfg.get("param_scheduler") or []
    ]
    for hook in cfg.get("custom_hooks") or []:
        if "momentum" in hook:
            hook["momentum"] = min(0.5, hook["momentum"] / share)
    return steps


def _scaled(
    schedule: Mapping[str, Any], share: float, steps_per_epoch: int, steps: int
) -> dict[str, Any]:
    """Return a schedule that counts steps."""
    found = {k: schedule[k] for k in schedule if k not in ("convert_to_iter_based", "by_epoch")}
    unit = share * (steps_per_epoch if schedule.get("by_epoch", True) else 1)
    for name in _TIMES:
        if name in found:
            found[name] = min(steps, round(found[name] * unit))
    if "milestones" in found:
        found["milestones"] = sorted({max(1, round(m * unit)) for m in found["milestones"]})
    if "end" in found:
        found["end"] = max(found["end"], found.get("begin", 0) + 1)
    return {**found, "by_epoch": False}
