"""Transforms: one step each from a row to tensors, on an mmcv-style ``results`` dict."""

from .load_person_image import LoadPersonImage
from .load_scene import LoadScene
from .random_erasing import RandomErasing
from .random_flip_scene import RandomFlipScene
from .random_horizontal_flip import RandomHorizontalFlip
from .random_pad_crop import RandomPadCrop
from .random_resized_person import RandomResizedPerson
from .resize_person import ResizePerson
from .resize_scene import ResizeScene
from .second_view import SecondView
from .select_caption import SelectCaption
from .tag_attribute_phrases import TagAttributePhrases
from .tokenize_box_captions import TokenizeBoxCaptions
from .tokenize_caption import TokenizeCaption

__all__ = [
    "LoadPersonImage",
    "LoadScene",
    "RandomErasing",
    "RandomFlipScene",
    "RandomHorizontalFlip",
    "RandomPadCrop",
    "RandomResizedPerson",
    "ResizePerson",
    "ResizeScene",
    "SecondView",
    "SelectCaption",
    "TagAttributePhrases",
    "TokenizeBoxCaptions",
    "TokenizeCaption",
]
