"""Detectors, and the parts of networks that find people in whole pictures."""

from .detector import Detector
from .movenet_detector import MoveNetDetector
from .region_features import LastStageRegions, PyramidRegions, RegionFeatures
from .torchvision_detector import TorchvisionDetector

__all__ = [
    "Detector",
    "LastStageRegions",
    "MoveNetDetector",
    "PyramidRegions",
    "RegionFeatures",
    "TorchvisionDetector",
]
