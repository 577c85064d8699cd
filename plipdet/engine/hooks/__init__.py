"""Hooks of the runner."""

from .atomic_checkpoint_hook import AtomicCheckpointHook
from .mask_curriculum_hook import MaskCurriculumHook
from .non_finite_hook import NonFiniteHook
from .progress_bar_hook import ProgressBarHook
from .steady_ema_hook import SteadyEMAHook
from .training_scalars_hook import TrainingScalarsHook

__all__ = [
    "AtomicCheckpointHook",
    "MaskCurriculumHook",
    "NonFiniteHook",
    "ProgressBarHook",
    "SteadyEMAHook",
    "TrainingScalarsHook",
]
