"""PersonOptimWrapper: an optimizer step that is taken only on finite numbers."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from mmengine.optim import OptimWrapper
from torch import Tensor, nn
from torch.nn.utils import clip_grad_norm_, clip_grads_with_norm_, get_total_norm
from torch.optim import Optimizer

from plipdet.distributed import any_rank
from plipdet.distributed.sharding import is_sharded, local, optimizer_state_like, whole
from plipdet.engine.registries import OPTIM_WRAPPERS
from plipdet.models.buffer_copy import BufferCopy

from .skipped_step import SkippedStep

_NORM_OPTIONS = ("norm_type", "foreach")


@OPTIM_WRAPPERS.register_module()
class PersonOptimWrapper(OptimWrapper):
    """MMEngine's wrapper, which skips a step whose loss or gradient norm is not finite.

    The step is skipped on all ranks or on none. Parameters, moments and gradients are then as if
    the iteration had not been, and so are the model's buffers: the forward pass has already
    written a bad picture into the running statistics of batch norm. Of several accumulated
    iterations one bad one skips the step of all. :attr:`skipped` says why the last step was not
    taken; learning-rate schedules go on, since they count iterations.

    The host waits for the device once a step, when it reads whether to take it: that Python
    calls the optimizer, or does not, can only be decided on the host. The norm itself stays a
    tensor until the log reads it.

    Args:
        optimizer: The optimizer.
        accumulative_counts: Iterations whose gradients make one step.
        clip_grad: Arguments of ``clip_grad_norm_`` (``type="norm"``, the default) or of
            ``clip_grad_value_`` (``type="value"``); ``None`` does not clip.

    Raises:
        TypeError: If the arguments to clip with are wrong.
    """

    skipped: SkippedStep | None = None
    """Why the step of the last iteration was skipped; ``None`` if it was taken, or not due."""

    def __init__(
        self,
        optimizer: Optimizer,
        accumulative_counts: int = 1,
        clip_grad: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(optimizer, accumulative_counts, dict(clip_grad) if clip_grad else None)
        if self.clip_grad_kwargs:
            inspect.signature(self.clip_func).bind([], **self.clip_grad_kwargs)
        self._norms: list[Tensor] = []
        self._losses: list[Tensor] = []
        self._model: nn.Module | None = None
        self._buffers: BufferCopy | None = None

    def take_grad_norms(self) -> list[Tensor]:
        """Return the norms of the steps taken since the last call, scalars on the device."""
        norms, self._norms = self._norms, []
        return norms

    @contextmanager
    def optim_context(self, model: nn.Module) -> Iterator[None]:
        """Keep the model's buffers before the first forward pass of a step.

        While gradients accumulate, ranks do not exchange them, as in MMEngine.
        """
        if self._model is not model:
            self._model, self._buffers = model, BufferCopy(model)
        if not self._losses and self._buffers is not None:
            self._buffers.take()
        with super().optim_context(model):
            yield

    def update_params(
        self,
        loss: Tensor,
        step_kwargs: dict[str, Any] | None = None,
        zero_kwargs: dict[str, Any] | None = None,
    ) -> None:
        """Back-propagate a loss, and step when enough iterations have accumulated."""
        self.skipped = None
        self._losses.append(loss.detach())
        super().update_params(loss, step_kwargs, zero_kwargs)

    def step(self, **kwargs: Any) -> None:
        """Clip the gradients and update the parameters, or skip both."""
        parameters = self._parameters_with_gradient()
        norm = self._norm(parameters)
        bad_loss, bad_gradient = self._agree(norm)
        if bad_loss or bad_gradient:
            self.skipped = self._describe(norm, overflow=self._is_overflow(bad_loss))
            if self._buffers is not None:
                self._buffers.restore()
        else:
            self._clip(parameters, norm)
            self._norms.append(norm)
            self.optimizer.step(**kwargs)
        self._losses.clear()

    def _norm(self, parameters: list[Tensor]) -> Tensor:
        options = self.clip_grad_kwargs or {}
        gradients = [p.grad for p in parameters if p.grad is not None]
        if not gradients:
            return torch.zeros((), device=self.optimizer.param_groups[0]["params"][0].device)
        known = {k: options[k] for k in _NORM_OPTIONS if k in options}
        return whole(get_total_norm(gradients, **known))

    def _agree(self, norm: Tensor) -> list[bool]:
        """Return whether a loss, and whether the gradients, are not finite on some rank.

        After the ranks have averaged their gradients a NaN is everywhere; a loss is each rank's
        own, and so are sharded gradients and those that no rank exchanges.
        """
        losses = [loss.to(norm.device, torch.float32) for loss in self._losses]
        bad_loss = ~torch.stack([*losses, torch.zeros_like(norm, dtype=torch.float32)]).isfinite()
        return any_rank(torch.stack([bad_loss.any(), ~norm.isfinite()])).tolist()

    def _is_overflow(self, bad_loss: bool) -> bool:
        """Return whether a lower scale of the loss would have avoided what was not finite."""
        return False

    def _describe(self, norm: Tensor, *, overflow: bool) -> SkippedStep:
        named = self._model.named_parameters() if self._model is not None and not overflow else ()
        gradients = {_own_name(n): local(p.grad) for n, p in named if p.grad is not None}
        bad = [not bool(g.isfinite().all()) for g in gradients.values()]
        if bad and self._model is not None and is_sharded(self._model):
            bad = any_rank(torch.tensor(bad, device=norm.device)).tolist()
        return SkippedStep(
            losses=[float(loss) for loss in self._losses],
            grad_norm=float(norm),
            parameters=[name for name, wrong in zip(gradients, bad, strict=True) if wrong],
            overflow=overflow,
        )

    def _clip(self, parameters: list[Tensor], norm: Tensor) -> None:
        options = self.clip_grad_kwargs
        if not options or not parameters:
            return
        if self.clip_func is not clip_grad_norm_:
            self.clip_func(parameters, **options)
        else:
            clip_grads_with_norm_(parameters, options["max_norm"], norm, options.get("foreach"))

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Load the state of an optimizer of whole parameters, also into one of sharded ones."""
        groups = self.optimizer.param_groups
        super().load_state_dict(dict(optimizer_state_like(state_dict, groups)))

    def _parameters_with_gradient(self) -> list[Tensor]:
        groups = self.optimizer.param_groups
        return [p for group in groups for p in group["params"] if p.grad is not None]


def _own_name(name: str) -> str:
    """Return a parameter's name without what a wrapper for several ranks adds."""
    return name.removeprefix("module.")
