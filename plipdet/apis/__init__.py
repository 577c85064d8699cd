"""What a notebook or a tool imports: load a model, embed pictures and sentences, look at both."""

from .attribute_completion import complete_attributes
from .colorization import colorize_examples
from .embedding import embed_images, embed_texts
from .load_model import load_model
from .model_inputs import ModelInputs
from .rank_lists import rank_lists

__all__ = [
    "ModelInputs",
    "colorize_examples",
    "complete_attributes",
    "embed_images",
    "embed_texts",
    "load_model",
    "rank_lists",
]
