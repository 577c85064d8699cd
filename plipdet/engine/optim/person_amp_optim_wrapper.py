"""PersonAmpOptimWrapper: mixed precision on GPUs and CPUs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from plipdet.engine.registries import OPTIM_WRAPPERS
from plipdet.errors import InputError, near

from .person_optim_wrapper import PersonOptimWrapper

_DTYPES = {"bfloat16": torch.bfloat16, "float16": torch.float16}


@OPTIM_WRAPPERS.register_module()
class PersonAmpOptimWrapper(PersonOptimWrapper):
    """Run the forward pass under autocast; MMEngine's ``AmpOptimWrapper`` refuses a CPU.

    Args:
        optimizer: The optimizer.
        dtype: "bfloat16", or "float16" (GPU only), which scales the loss against underflow.
        accumulative_counts: Iterations whose gradients make one step.
        clip_grad: As of :class:`PersonOptimWrapper`.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        dtype: str = "bfloat16",
        accumulative_counts: int = 1,
        clip_grad: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(optimizer, accumulative_counts, clip_grad)
        if dtype not in _DTYPES:
            raise InputError(f"unknown dtype {dtype!r}{near(dtype, _DTYPES)}; one of {[*_DTYPES]}")
        self.device_type = "cuda" if torch.cuda.is_available() else "cpu"
        self.dtype = _DTYPES[dtype]
        half = self.dtype is torch.float16
        if half and self.device_type == "cpu":
            raise InputError("dtype 'float16' needs a GPU; use dtype='bfloat16' on a CPU")
        self.loss_scaler = torch.amp.GradScaler(self.device_type, enabled=half)

    def backward(self, loss: Tensor, **kwargs: Any) -> None:
        """Back-propagate the scaled loss."""
        self.loss_scaler.scale(loss).backward(**kwargs)
        self._inner_count += 1

    def step(self, **kwargs: Any) -> None:
        """Unscale the gradients, update the parameters or skip that, and adapt the scale.

        Where only the gradients overflowed, the scale is lowered on all ranks. It is left alone
        where the loss itself is not finite, which no scale mends.
        """
        self.loss_scaler.unscale_(self.optimizer)
        super().step(**kwargs)
        if self.skipped is None or self.skipped.overflow:
            # GradScaler decides by its own flag, which other ranks' shards may not have raised,
            # and its own step would make the host wait a second time.
            for flag in self._overflow_flags():
                flag.fill_(float(self.skipped is not None))
            self.loss_scaler.update()
        else:
            self.loss_scaler.update(self.loss_scaler.get_scale())

    def _overflow_flags(self) -> list[Tensor]:
        if not self.loss_scaler.is_enabled():
            return []
        return list(self.loss_scaler._found_inf_per_device(self.optimizer).values())

    def _is_overflow(self, bad_loss: bool) -> bool:
        scaled = self.loss_scaler.is_enabled() and self.loss_scaler.get_scale() > 1.0
        return scaled and not bad_loss

    def state_dict(self) -> dict[str, Any]:
        """Return the optimizer's state with the scaler's under ``loss_scaler``."""
        return {**super().state_dict(), "loss_scaler": self.loss_scaler.state_dict()}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Load a state of this class, or one that was saved without mixed precision."""
        state = dict(state_dict)
        scaler = state.pop("loss_scaler", None)
        if scaler:
            self.loss_scaler.load_state_dict(scaler)
        super().load_state_dict(state)

    @contextmanager
    def optim_context(self, model: nn.Module) -> Iterator[None]:
        """Run under autocast, and without gradient exchange while gradients accumulate."""
        autocast = torch.autocast(self.device_type, dtype=self.dtype)
        with super().optim_context(model), autocast:
            yield
