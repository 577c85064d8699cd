"""Tasks: encoders and heads as one trainable model; importing the package registers them."""

from .person_data_preprocessor import PersonDataPreprocessor
from .pretraining import PretrainingTask

__all__ = ["PersonDataPreprocessor", "PretrainingTask"]
