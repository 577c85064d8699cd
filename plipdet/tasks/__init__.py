"""Tasks: encoders and heads as one trainable model; importing the package registers them."""

from .pretraining import PretrainingTask

__all__ = ["PretrainingTask"]
