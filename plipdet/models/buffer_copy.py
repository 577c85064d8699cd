"""BufferCopy: what a forward pass writes into a model, to be undone."""

from __future__ import annotations

from collections import defaultdict

import torch
from torch import Tensor, nn

_Kind = tuple[torch.device, torch.dtype]


class BufferCopy:
    """A copy of a model's buffers, such as the running statistics of batch norm.

    The first :meth:`take` allocates the copy; later ones overwrite it with a single multi-tensor
    copy per kind of number, which costs as much memory traffic as the buffers are large.

    Args:
        model: Its buffers may be replaced by others of the same shape, but none be added.
    """

    def __init__(self, model: nn.Module) -> None:
        self._places = [module._buffers for module in model.modules() if module._buffers]
        self._saved: dict[_Kind, list[Tensor]] = {}

    @torch.no_grad()
    def take(self) -> None:
        """Copy the buffers as they are now."""
        for kind, buffers in self._present().items():
            saved = self._saved.get(kind, [])
            if [t.shape for t in saved] == [t.shape for t in buffers]:
                torch._foreach_copy_(saved, buffers)
            else:
                self._saved[kind] = [t.clone() for t in buffers]

    @torch.no_grad()
    def restore(self) -> None:
        """Set the buffers to what they were at the last :meth:`take`."""
        for kind, buffers in self._present().items():
            torch._foreach_copy_(buffers, self._saved[kind])

    def _present(self) -> dict[_Kind, list[Tensor]]:
        groups: dict[_Kind, list[Tensor]] = defaultdict(list)
        for place in self._places:
            for buffer in place.values():
                if buffer is not None:
                    groups[buffer.device, buffer.dtype].append(buffer)
        return groups
