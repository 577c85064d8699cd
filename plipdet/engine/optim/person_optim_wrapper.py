"""PersonOptimWrapper: an optimizer step that never waits for the device to write its log."""

from __future__ import annotations

from typing import Any

import torch
from mmengine.optim import OptimWrapper
from torch import Tensor
from torch.optim import Optimizer

from plipdet.engine.registries import OPTIM_WRAPPERS

_NORM_EVERY = 10


@OPTIM_WRAPPERS.register_module()
class PersonOptimWrapper(OptimWrapper):
    """MMEngine's wrapper, with the gradient norm kept as a tensor until the log reads it.

    MMEngine turns the norm into a number at every step, which makes a GPU wait each time.

    Args:
        optimizer: The optimizer.
        accumulative_counts: Iterations whose gradients make one step.
        clip_grad: Arguments of ``clip_grad_norm_`` (``type="norm"``, the default) or of
            ``clip_grad_value_`` (``type="value"``); ``None`` does not clip. Without clipping by
            norm the norm is measured at every tenth step only.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        accumulative_counts: int = 1,
        clip_grad: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(optimizer, accumulative_counts, dict(clip_grad) if clip_grad else None)
        self._norms: list[Tensor] = []
        self._steps = 0

    def take_grad_norms(self) -> list[Tensor]:
        """Return the norms measured since the last call, scalars on the device, and forget them."""
        norms, self._norms = self._norms, []
        return norms

    def step(self, **kwargs: Any) -> None:
        """Clip the gradients, or measure them now and then, and update the parameters."""
        self._look_at_gradients()
        self.optimizer.step(**kwargs)

    def _look_at_gradients(self) -> None:
        if self.clip_grad_kwargs:
            self._clip_grad()
        elif self._steps % _NORM_EVERY == 0:
            gradients = [p.grad for p in self._parameters_with_gradient() if p.grad is not None]
            if gradients:
                self._norms.append(torch.nn.utils.get_total_norm(gradients))
        self._steps += 1

    def _clip_grad(self) -> None:
        parameters = self._parameters_with_gradient()
        if parameters:
            norm = self.clip_func(parameters, **self.clip_grad_kwargs)
            if norm is not None:
                self._norms.append(norm)

    def _parameters_with_gradient(self) -> list[Tensor]:
        groups = self.optimizer.param_groups
        return [p for group in groups for p in group["params"] if p.grad is not None]
