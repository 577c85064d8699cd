"""TrainingScalarsHook: what the log and TensorBoard show of training."""

from __future__ import annotations

import math
from collections import defaultdict
from typing import Any

import torch
from mmengine.hooks import LoggerHook, RuntimeInfoHook
from mmengine.runner import Runner
from torch import Tensor

from plipdet.registry import HOOKS

_HISTORY = 1000
_DEFAULT_INTERVAL = 10


@HOOKS.register_module()
class TrainingScalarsHook(RuntimeInfoHook):
    """Gather loss terms, gradient norms and learning rates; read them when a line is due.

    MMEngine's ``RuntimeInfoHook`` turns each loss term into a number at each step, so that a GPU
    waits for each of them, and appends it to a history of a million entries that it copies every
    time. Here the tensors are kept, and averaged over the interval of the ``LoggerHook``, in one
    transfer; values that are not finite, whose step was skipped, are left out. Learning rates are
    logged by parameter group: ``image_lr``, ``text_lr`` ...
    """

    def __init__(self) -> None:
        self._terms: dict[str, list[Tensor]] = defaultdict(list)
        self._interval = _DEFAULT_INTERVAL

    def before_train(self, runner: Runner) -> None:
        """Take over the interval of the log's lines."""
        super().before_train(runner)
        intervals = [hook.interval for hook in runner.hooks if isinstance(hook, LoggerHook)]
        self._interval = math.gcd(*intervals) if intervals else _DEFAULT_INTERVAL

    def before_train_iter(self, runner: Runner, batch_idx: int, data_batch: Any = None) -> None:
        """Tell the message hub where training is."""
        runner.message_hub.update_info("iter", runner.iter)

    def after_train_iter(
        self, runner: Runner, batch_idx: int, data_batch: Any = None, outputs: Any = None
    ) -> None:
        """Keep the loss terms of this step, and hand their means over when a line is due."""
        for name, value in (outputs or {}).items():
            self._terms[name].append(torch.as_tensor(value).detach())
        last = self.end_of_epoch(runner.train_dataloader, batch_idx)
        if last or self.every_n_inner_iters(batch_idx, self._interval):
            self._hand_over(runner)

    def _hand_over(self, runner: Runner) -> None:
        take_norms = getattr(runner.optim_wrapper, "take_grad_norms", list)
        self._terms["grad_norm"] = take_norms()
        names = [name for name, values in self._terms.items() if values]
        means = [_finite_mean(torch.stack(self._terms[name])) for name in names]
        scalars = dict(zip(names, torch.stack(means).tolist(), strict=True)) if means else {}
        self._terms.clear()
        scalars.update(learning_rates(runner))
        for name, value in scalars.items():
            runner.message_hub.update_scalar(f"train/{name}", value)
            # Already the mean of the interval: the log shows the newest one only.
            runner.message_hub.log_scalars[f"train/{name}"].max_length = 1
        for history in runner.message_hub.log_scalars.values():
            history.max_length = min(history.max_length, _HISTORY)


def _finite_mean(values: Tensor) -> Tensor:
    """Return the mean without steps that were skipped; not a number if all were."""
    finite = values.isfinite()
    return values.where(finite, 0).float().sum() / finite.sum()


def learning_rates(runner: Runner) -> dict[str, float]:
    """Return the learning rate of each parameter group as the log names it, and the highest."""
    groups = runner.optim_wrapper.optimizer.param_groups
    rates: dict[str, float] = {"lr": max(group["lr"] for group in groups)}
    for group in groups:
        if "name" not in group:
            continue
        key, number = f"{group['name']}_lr", 2
        while rates.get(key, group["lr"]) != group["lr"]:
            key, number = f"{group['name']}{number}_lr", number + 1
        rates[key] = group["lr"]
    return rates
