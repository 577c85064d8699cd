"""Optimizers and their wrappers."""

from .adan import Adan
from .person_amp_optim_wrapper import PersonAmpOptimWrapper
from .person_optim_wrapper import PersonOptimWrapper
from .person_optim_wrapper_constructor import PersonOptimWrapperConstructor
from .skipped_step import SkippedStep

__all__ = [
    "Adan",
    "PersonAmpOptimWrapper",
    "PersonOptimWrapper",
    "PersonOptimWrapperConstructor",
    "SkippedStep",
]
