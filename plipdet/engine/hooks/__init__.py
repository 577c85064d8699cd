"""Hooks of the runner."""

from .atomic_checkpoint_hook import AtomicCheckpointHook
from .mask_curriculum_hook import MaskCurriculumHook
from .progress_bar_hook import ProgressBarHook
from .training_scalars_hook import TrainingScalarsHook

__all__ = [
    "AtomicCheckpointHook",
    "MaskCurriculumHook",
    "ProgressBarHook",
    "TrainingScalarsHook",
]
