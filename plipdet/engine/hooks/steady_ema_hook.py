"""SteadyEMAHook: MMEngine's EMAHook, which leaves a skipped step out of the average."""

from __future__ import annotations

from typing import Any

from mmengine.hooks import EMAHook
from mmengine.runner import Runner

from plipdet.registry import HOOKS


@HOOKS.register_module()
class SteadyEMAHook(EMAHook):
    """Average the weights, except after a step that was skipped for not being finite.

    The runner puts this hook wherever a config names ``EMAHook``; the arguments are the same.
    """

    def after_train_iter(
        self, runner: Runner, batch_idx: int, data_batch: Any = None, outputs: Any = None
    ) -> None:
        """Take the weights of this step into the average."""
        if getattr(runner.optim_wrapper, "skipped", None) is None:
            super().after_train_iter(runner, batch_idx, data_batch, outputs)
