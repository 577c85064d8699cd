"""BatchesFrom: the batches of a sampler from a chosen one on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from torch.utils.data import Sampler


class BatchesFrom(Sampler[Any]):
    """Gives what another sampler gives, without its first ``start`` batches.

    Only indices are drawn and thrown away, so no picture is read for what is left out, whatever
    the number of workers. ``len`` remains that of a whole pass, with which hooks compare their
    position.

    Args:
        batches: A batch sampler; a sampler of rows for a loader that does not batch.
    """

    def __init__(self, batches: Iterable[Any]) -> None:
        self.batches = batches
        self.start = 0

    def __iter__(self) -> Iterator[Any]:
        return islice(iter(self.batches), self.start, None)

    def __len__(self) -> int:
        return len(self.batches)  # type: ignore[arg-type]

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name == "batches":  # a copy asks before there is one
            raise AttributeError(name)
        return getattr(self.batches, name)
