"""The engine: runner, loops, hooks, optimizers, checkpoints, configs."""

from .loops import RetrievalLoop
from .optim import Adan
from .runner import PLIPRunner

__all__ = ["Adan", "PLIPRunner", "RetrievalLoop"]
