"""Adan (Xie et al., arXiv 2208.06677), the optimizer of PLIP's recipe, with few passes over memory.

An optimizer only moves memory, so its time is the number of passes over it. timm's update makes
sixteen; here the same algebra makes thirteen, and on a CPU it runs piece by piece in the cache.
Compiled, it makes one.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any, NamedTuple

import timm.optim
import torch
from torch import Tensor

from plipdet.distributed.sharding import local
from plipdet.engine.compilation import check_compiler
from plipdet.errors import InputError
from plipdet.registry import OPTIMIZERS

_PIECE = 1 << 18  # elements; seven tensors of that many fit into a cache of 8 MB
_STATE = ("exp_avg", "exp_avg_diff", "exp_avg_sq", "neg_pre_grad")


class _Factors(NamedTuple):
    """What multiplies the tensors in one step; all bias corrections are in it."""

    mean: float
    difference: float
    square: float
    eps: float
    rate: float
    difference_rate: float
    shrink: float


@OPTIMIZERS.register_module()
class Adan(timm.optim.Adan):
    """Adan with decoupled, proximal weight decay; the update of timm's up to rounding.

    States have timm's names, so that the checkpoint of one goes on with the other.

    Args:
        params: Parameters, or groups of them.
        lr: Learning rate.
        betas: 1 minus the paper's beta1, beta2, beta3; PLIP prints them as here (A.8.1).
        eps: Added to the root of the second moment.
        weight_decay: Factor of the decay.
        foreach: Update all parameters with one call of each operation, as is fast on a GPU, or
            each by itself, as is fast on a CPU; ``None`` chooses by the device.
        fused: Let ``torch.compile`` make kernels that read and write each number once. The first
            step then takes a minute.

    Raises:
        InputError: If ``foreach`` and ``fused`` are both set, or there is no compiler.
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        betas: tuple[float, float, float] = (0.98, 0.92, 0.99),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        *,
        foreach: bool | None = None,
        fused: bool = False,
    ) -> None:
        super().__init__(params, lr=lr, betas=betas, eps=eps, weight_decay=weight_decay)
        if fused and foreach is not None:
            raise InputError("Adan takes foreach or fused, not both; leave out foreach")
        if fused:
            check_compiler("Adan's fused=True")
        self._foreach, self._fused = foreach, fused

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Update the parameters that have a gradient; return what ``closure`` returns."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            group["step"] = group.get("step", 0) + 1
            parameters = [p for p in group["params"] if p.grad is not None]
            states = [self._state_of(p, first=group["step"] == 1) for p in parameters]
            tensors = [
                [local(t) for t in (p, p.grad, *(state[key] for key in _STATE))]
                for p, state in zip(parameters, states, strict=True)
            ]
            if tensors:
                self._update(tensors, _factors(group))
        return loss

    def _update(self, tensors: list[list[Tensor]], factors: _Factors) -> None:
        on_gpu = tensors[0][0].is_cuda
        if self._fused:
            _update_fused(tensors, factors)
        elif on_gpu if self._foreach is None else self._foreach:
            _update_together(tensors, factors)
        else:
            _update_by_pieces(tensors, factors)

    def _state_of(self, parameter: Tensor, *, first: bool) -> dict[str, Tensor]:
        state = self.state[parameter]
        for key in _STATE[:3]:
            if key not in state:
                state[key] = torch.zeros_like(parameter)
        if "neg_pre_grad" not in state or first:
            assert parameter.grad is not None
            state["neg_pre_grad"] = -parameter.grad
        return state


def _factors(group: Mapping[str, Any]) -> _Factors:
    beta1, beta2, beta3 = group["betas"]
    rate, step = group["lr"], group["step"]
    root = math.sqrt(1 - beta3**step)  # of the bias correction of the second moment
    return _Factors(
        mean=beta1,
        difference=beta2,
        square=beta3,
        eps=group["eps"] * root,
        rate=-rate * root / (1 - beta1**step),
        difference_rate=-rate * beta2 * root / (1 - beta2**step),
        shrink=1 / (1 + rate * group["weight_decay"]),
    )


def _update_by_pieces(tensors: list[list[Tensor]], factors: _Factors) -> None:
    for some in tensors:
        flat = _flat(some)
        for piece in zip(*(t.split(_PIECE) for t in flat), strict=True) if flat else [some]:
            _update_together([list(piece)], factors)


def _flat(some: list[Tensor]) -> list[Tensor]:
    """Return tensors of one layout as vectors that share their memory; none if layouts differ."""
    if all(t.is_contiguous() for t in some):
        return [t.view(-1) for t in some]
    if all(t.ndim == 4 and t.is_contiguous(memory_format=torch.channels_last) for t in some):
        return [t.permute(0, 2, 3, 1).view(-1) for t in some]
    return []


def _update_fused(tensors: list[list[Tensor]], factors: _Factors) -> None:
    # What changes with the step is a tensor; as a number it would be compiled in.
    changing = (factors.eps, factors.rate, factors.difference_rate, factors.shrink)
    scalars = torch.tensor(changing).to(tensors[0][0].device, non_blocking=True).unbind()
    betas = (factors.mean, factors.difference, factors.square)
    _compiled()([list(some) for some in zip(*tensors, strict=True)], betas, *scalars)


@cache  # importing the compiler takes seconds
def _compiled() -> Callable[..., None]:
    return torch.compile(_update_compilable, dynamic=False)


def _update_compilable(
    tensors: list[list[Tensor]],
    betas: tuple[float, float, float],
    eps: Tensor,
    rate: Tensor,
    difference_rate: Tensor,
    shrink: Tensor,
) -> None:
    """Do what :func:`_update_together` does, as the compiler understands it."""
    parameters, gradients, means, differences, squares, former = tensors
    _update_moments(*tensors[1:], betas=betas)
    roots = torch._foreach_sqrt(squares)
    torch._foreach_add_(roots, eps)
    for moments, factor in ((means, rate), (differences, difference_rate)):
        change = torch._foreach_div(moments, roots)
        torch._foreach_mul_(change, factor)
        torch._foreach_add_(parameters, change)
    torch._foreach_mul_(parameters, shrink)
    torch._foreach_copy_(former, gradients)
    torch._foreach_neg_(former)


def _update_together(tensors: list[list[Tensor]], f: _Factors) -> None:
    """Update all parameters with one call of each operation."""
    parameters, gradients, means, differences, squares, former = map(
        list, zip(*tensors, strict=True)
    )
    betas = (f.mean, f.difference, f.square)
    _update_moments(gradients, means, differences, squares, former, betas=betas)
    roots = torch._foreach_sqrt(squares)
    torch._foreach_add_(roots, f.eps)
    torch._foreach_addcdiv_(parameters, means, roots, value=f.rate)
    torch._foreach_addcdiv_(parameters, differences, roots, value=f.difference_rate)
    if f.shrink != 1:
        torch._foreach_mul_(parameters, f.shrink)
    torch._foreach_copy_(former, gradients)
    torch._foreach_neg_(former)


def _update_moments(
    gradients: list[Tensor],
    means: list[Tensor],
    differences: list[Tensor],
    squares: list[Tensor],
    former: list[Tensor],
    *,
    betas: tuple[float, float, float],
) -> None:
    beta1, beta2, beta3 = betas
    torch._foreach_add_(former, gradients)  # g - g'
    torch._foreach_lerp_(means, gradients, 1 - beta1)
    torch._foreach_lerp_(differences, former, 1 - beta2)
    torch._foreach_add_(former, gradients, alpha=1 / beta2)  # (g + b2 (g - g')) / b2
    torch._foreach_mul_(squares, beta3)
    torch._foreach_addcmul_(squares, former, former, value=(1 - beta3) * beta2**2)
