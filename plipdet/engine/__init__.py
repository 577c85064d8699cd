"""The engine: runner, loops, hooks, optimizers, checkpoints, configs."""

from .fully_sharded import FullySharded
from .loops import RetrievalLoop
from .optim import Adan
from .runner import PLIPRunner

__all__ = ["Adan", "FullySharded", "PLIPRunner", "RetrievalLoop"]
