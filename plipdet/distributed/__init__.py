"""Rank helpers and collectives, the only room that talks to ``torch.distributed``."""

from .agreement import any_rank
from .gather import gather_rows, gather_uneven_with_grad, gather_with_grad
from .ranks import barrier, broadcast_object, is_main, rank, world_size
from .together import gather_patiently, run_together

__all__ = [
    "any_rank",
    "barrier",
    "broadcast_object",
    "gather_patiently",
    "gather_rows",
    "gather_uneven_with_grad",
    "gather_with_grad",
    "is_main",
    "rank",
    "run_together",
    "world_size",
]
