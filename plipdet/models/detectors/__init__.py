"""Detectors, and the parts of networks that find people in whole pictures."""

from .detector import Detector
from .region_features import LastStageRegions, PyramidRegions, RegionFeatures

__all__ = ["Detector", "LastStageRegions", "PyramidRegions", "RegionFeatures"]
