"""Encoders, poolings and heads; importing the package registers them."""

from . import backbones, heads, necks, text_encoders
from .image_encoder import ImageEncoder
from .person_data_preprocessor import PersonDataPreprocessor
from .views import Views

__all__ = [
    "ImageEncoder",
    "PersonDataPreprocessor",
    "Views",
    "backbones",
    "heads",
    "necks",
    "text_encoders",
]
