"""MaskCurriculumHook: mask more of the attribute phrases as pre-training goes on."""

from __future__ import annotations

import math
from collections.abc import Callable

from mmengine.hooks import Hook
from mmengine.runner import Runner

from plipdet.errors import InputError, near
from plipdet.registry import HOOKS

_SCHEDULES: dict[str, Callable[[float], float]] = {
    "sqrt": math.sqrt,
    "linear": lambda x: x,
    "square": lambda x: x * x,
    "constant": lambda x: 0.0,
}


@HOOKS.register_module()
class MaskCurriculumHook(Hook):
    """Set ``mask_ratio`` of the attribute prediction head at each epoch.

    PLIP, section 2.2: the ratio grows from 0.2 to 0.8 as sqrt(epoch / total); Tab. 16b compares
    constant, linear and square. It is a function of the epoch alone, so a resumed run needs no
    state of it.

    Args:
        start: Ratio at epoch 0, and at every epoch of "constant", in 0..1.
        end: Ratio that the schedule tends to after the last epoch, in 0..1.
        schedule: "sqrt", "linear", "square" or "constant".
    """

    priority = "ABOVE_NORMAL"

    def __init__(self, start: float = 0.2, end: float = 0.8, schedule: str = "sqrt") -> None:
        if schedule not in _SCHEDULES:
            raise InputError(
                f"unknown mask schedule {schedule!r}{near(schedule, _SCHEDULES)}; "
                f"one of {sorted(_SCHEDULES)}"
            )
        for name, value in (("start", start), ("end", end)):
            if not 0.0 <= value <= 1.0:
                raise InputError(f"MaskCurriculumHook's {name} is {value}; give a ratio in 0..1")
        self.start, self.end, self.schedule = start, end, schedule

    def ratio(self, epoch: int, max_epochs: int) -> float:
        """Return the mask ratio of an epoch, counted from 0."""
        progress = _SCHEDULES[self.schedule](epoch / max_epochs)
        return self.start + (self.end - self.start) * progress

    def before_train_epoch(self, runner: Runner) -> None:
        """Set the ratio on every module that has one.

        Raises:
            InputError: If the model has none.
        """
        heads = [m for m in runner.model.modules() if hasattr(m, "mask_ratio")]
        if not heads:
            raise InputError(
                "MaskCurriculumHook finds no head with a mask_ratio; add an "
                "AttributePredictionHead to the heads, or remove the hook"
            )
        ratio = self.ratio(runner.epoch, runner.max_epochs)
        for head in heads:
            head.mask_ratio = ratio
        runner.message_hub.update_scalar("train/mask_ratio", ratio)
