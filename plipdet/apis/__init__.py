"""What a notebook or a tool imports: load a model, embed pictures and sentences, look at both."""

from .attribute_completion import complete_attributes
from .attribute_scores import AttributeScores, score_attributes
from .colorization import colorize_examples
from .embedding import EmbeddedImages, embed_images, embed_texts
from .load_model import load_model
from .model_inputs import ModelInputs
from .picture_files import picture_files
from .rank_lists import rank_lists
from .ranked_retrieval import RankedRetrieval
from .scene_inputs import SceneInputs
from .search import PersonSearcher

__all__ = [
    "AttributeScores",
    "EmbeddedImages",
    "ModelInputs",
    "PersonSearcher",
    "RankedRetrieval",
    "SceneInputs",
    "colorize_examples",
    "complete_attributes",
    "embed_images",
    "embed_texts",
    "load_model",
    "picture_files",
    "rank_lists",
    "score_attributes",
]
