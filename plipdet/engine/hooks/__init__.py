"""Hooks of the runner."""

from .atomic_checkpoint_hook import AtomicCheckpointHook
from .mask_curriculum_hook import MaskCurriculumHook
from .mean_buffers_hook import MeanBuffersHook
from .non_finite_hook import NonFiniteHook
from .preemption_hook import PreemptionHook
from .progress_bar_hook import ProgressBarHook
from .pseudo_label_hook import PseudoLabelHook
from .steady_ema_hook import SteadyEMAHook
from .training_scalars_hook import TrainingScalarsHook
from .unreadable_images_hook import UnreadableImagesHook

__all__ = [
    "AtomicCheckpointHook",
    "MaskCurriculumHook",
    "MeanBuffersHook",
    "NonFiniteHook",
    "PreemptionHook",
    "ProgressBarHook",
    "PseudoLabelHook",
    "SteadyEMAHook",
    "TrainingScalarsHook",
    "UnreadableImagesHook",
]
