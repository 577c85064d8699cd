"""Transforms: one step each from a row to tensors, on an mmcv-style ``results`` dict."""

from .load_person_image import LoadPersonImage
from .random_horizontal_flip import RandomHorizontalFlip
from .resize_person import ResizePerson
from .select_caption import SelectCaption
from .tag_attribute_phrases import TagAttributePhrases
from .tokenize_caption import TokenizeCaption

__all__ = [
    "LoadPersonImage",
    "RandomHorizontalFlip",
    "ResizePerson",
    "SelectCaption",
    "TagAttributePhrases",
    "TokenizeCaption",
]
