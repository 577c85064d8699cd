"""Transforms: one step each from a row to tensors, on an mmcv-style ``results`` dict."""

from .load_person_image import LoadPersonImage
from .random_erasing import RandomErasing
from .random_horizontal_flip import RandomHorizontalFlip
from .random_pad_crop import RandomPadCrop
from .random_resized_person import RandomResizedPerson
from .resize_person import ResizePerson
from .second_view import SecondView
from .select_caption import SelectCaption
from .tag_attribute_phrases import TagAttributePhrases
from .tokenize_caption import TokenizeCaption

__all__ = [
    "LoadPersonImage",
    "RandomErasing",
    "RandomHorizontalFlip",
    "RandomPadCrop",
    "RandomResizedPerson",
    "ResizePerson",
    "SecondView",
    "SelectCaption",
    "TagAttributePhrases",
    "TokenizeCaption",
]
