"""Tasks: encoders and heads as one trainable model; importing the package registers them."""

from .attribute_recognition import AttributeRecognitionTask
from .image_reid import ImageReIDTask
from .person_search import PersonSearchTask
from .person_task import PersonTask
from .pretraining import PretrainingTask
from .scene_task import SceneTask
from .text_reid import TextReIDTask
from .trained_detector import TrainedDetector
from .two_stage_search import TwoStageSearchTask

__all__ = [
    "AttributeRecognitionTask",
    "ImageReIDTask",
    "PersonSearchTask",
    "PersonTask",
    "PretrainingTask",
    "SceneTask",
    "TextReIDTask",
    "TrainedDetector",
    "TwoStageSearchTask",
]
