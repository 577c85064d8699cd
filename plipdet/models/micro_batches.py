"""Running a model on parts of a batch, with the gradient of the whole and the memory of a part."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from plipdet.structures import LossTerms, PersonBatch

from .buffer_copy import BufferCopy


@dataclass(slots=True)
class Encoded:
    """What a model makes of a batch, or of a part of it.

    Args:
        embeddings: One row a sample, shape (B, ...), by name.
        terms: Losses that are means over the batch, by name.
    """

    embeddings: dict[str, Tensor]
    terms: dict[str, LossTerms]


def in_micro_batches(
    function: Callable[[PersonBatch], Encoded],
    batches: Sequence[PersonBatch],
    *,
    modules: Sequence[nn.Module],
) -> Encoded:
    """Return what ``function`` makes of the joined batches, keeping no activation of any.

    GradCache (Gao et al., arXiv 2101.06983): each part is run once without graph; when the
    gradient of the result is known, it is run a second time, with the same random numbers, and
    back-propagated at once. So it is activation checkpointing over samples instead of layers, and
    a loss over all embeddings may follow. A parameter gets its gradient once, the sum over the
    parts: DDP exchanges it once, and accumulation and loss scaling hold as ever. Buffers, such as
    running statistics, are written in the second run only.

    Args:
        function: Must not depend on other parts.
        batches: The parts, of one or more samples each.
        modules: All that ``function`` calls. Inside, activation checkpoints must be of the
            non-reentrant kind.
    """
    run = _Run(function, batches, nn.ModuleList(modules))
    flat = iter(_TwoRuns.apply(run, *run.parameters))
    embeddings = {name: next(flat) for name in run.names}
    terms = {
        name: LossTerms(next(flat), whole.metrics, whole.count) for name, whole in run.terms.items()
    }
    return Encoded(embeddings, terms)


class _Run:
    """One call of :func:`in_micro_batches`, between its first and its second run."""

    def __init__(
        self,
        function: Callable[[PersonBatch], Encoded],
        batches: Sequence[PersonBatch],
        modules: nn.ModuleList,
    ) -> None:
        self.function = function
        self.batches = batches
        self.parameters = [p for p in modules.parameters() if p.requires_grad]
        self.buffers = BufferCopy(modules)
        self.device = batches[0].rows.device
        self.autocast = _autocast_now(self.device.type)
        self.random_states: list[list[Tensor]] = []
        self.names: tuple[str, ...] = ()
        self.shares: list[list[Tensor]] = []
        self.terms: dict[str, LossTerms] = {}

    def first(self) -> tuple[Tensor, ...]:
        """Return the embeddings and losses of the whole, without graph."""
        self.buffers.take()
        parts = []
        for batch in self.batches:
            self.random_states.append(_random_state(self.device))
            parts.append(self.function(batch))
        self.buffers.restore()
        torch.clear_autocast_cache()  # half-precision weights without graph, unfit for others
        self.names = tuple(parts[0].embeddings)
        sizes = [len(batch) for batch in self.batches]
        for name in parts[0].terms:
            own = [part.terms[name] for part in parts]
            shares = _shares(own, sizes)
            self.shares.append(shares)
            self.terms[name] = _joined(own, shares)
        rows = [torch.cat([part.embeddings[name] for part in parts]) for name in self.names]
        return (*rows, *(whole.loss for whole in self.terms.values()))

    def second(self, gradients: Sequence[Tensor | None]) -> list[Tensor | None]:
        """Return each parameter's gradient for the gradients of what :meth:`first` returned."""
        of_rows, of_losses = gradients[: len(self.names)], gradients[len(self.names) :]
        totals: list[Tensor | None] = [None] * len(self.parameters)
        start = 0
        with _random_numbers_kept(self.device):
            for number, batch in enumerate(self.batches):
                rows = slice(start, start + len(batch))
                start += len(batch)
                own = [None if g is None else g[rows] for g in of_rows]
                for g, shares in zip(of_losses, self.shares, strict=True):
                    own.append(None if g is None else g * shares[number])
                _set_random_state(self.device, self.random_states[number])
                _add(totals, self._gradients(batch, own))
        return totals

    def _gradients(
        self, batch: PersonBatch, gradients: Sequence[Tensor | None]
    ) -> Sequence[Tensor | None]:
        with torch.enable_grad(), torch.autocast(**self.autocast):
            part = self.function(batch)
        outputs = [*part.embeddings.values(), *(own.loss for own in part.terms.values())]
        pairs = zip(outputs, gradients, strict=True)
        used = [(o, g.to(o.dtype)) for o, g in pairs if g is not None and o.requires_grad]
        return torch.autograd.grad(
            [o for o, _ in used], self.parameters, [g for _, g in used], allow_unused=True
        )


class _TwoRuns(torch.autograd.Function):
    """Autograd's view of :class:`_Run`: parameters in, embeddings and losses out."""

    @staticmethod
    def forward(ctx: Any, run: _Run, *parameters: Tensor) -> tuple[Tensor, ...]:
        ctx.run = run
        ctx.set_materialize_grads(False)
        return run.first()

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *gradients: Tensor | None) -> tuple[Tensor | None, ...]:
        return (None, *ctx.run.second(gradients))


def _shares(parts: Sequence[LossTerms], sizes: Sequence[int]) -> list[Tensor]:
    """Return the weight of each part's mean in the mean of the whole; they add up to 1, or 0."""
    exact = torch.promote_types(parts[0].loss.dtype, torch.float32)  # half cannot count to 257
    counts = torch.stack(
        [
            torch.as_tensor(size if part.count is None else part.count, dtype=exact)
            for part, size in zip(parts, sizes, strict=True)
        ]
    ).to(parts[0].loss.device)
    return list((counts / counts.sum().clamp(min=1)).unbind())


def _joined(parts: Sequence[LossTerms], shares: Sequence[Tensor]) -> LossTerms:
    def mean(values: Sequence[Tensor]) -> Tensor:
        return torch.stack([v * s for v, s in zip(values, shares, strict=True)]).sum(dim=0)

    counts = [part.count for part in parts if part.count is not None]
    return LossTerms(
        mean([part.loss for part in parts]),
        {name: mean([part.metrics[name] for part in parts]) for name in parts[0].metrics},
        torch.stack(counts).sum(dim=0) if counts else None,
    )


def _add(totals: list[Tensor | None], found: Sequence[Tensor | None]) -> None:
    """Add to the totals in place; a total that is still missing becomes what was found."""
    both = [(t, f) for t, f in zip(totals, found, strict=True) if t is not None and f is not None]
    if both:
        torch._foreach_add_([t for t, _ in both], [f for _, f in both])
    for index, value in enumerate(found):
        if totals[index] is None:
            totals[index] = value


def _autocast_now(device_type: str) -> Mapping[str, Any]:
    return {
        "device_type": device_type,
        "dtype": torch.get_autocast_dtype(device_type),
        "enabled": torch.is_autocast_enabled(device_type),
        "cache_enabled": torch.is_autocast_cache_enabled(),
    }


def _random_state(device: torch.device) -> list[Tensor]:
    on_device = [torch.cuda.get_rng_state(device)] if device.type == "cuda" else []
    return [torch.get_rng_state(), *on_device]


def _set_random_state(device: torch.device, state: list[Tensor]) -> None:
    torch.set_rng_state(state[0])
    if device.type == "cuda":
        torch.cuda.set_rng_state(state[1], device)


@contextmanager
def _random_numbers_kept(device: torch.device) -> Iterator[None]:
    state = _random_state(device)
    try:
        yield
    finally:
        _set_random_state(device, state)
