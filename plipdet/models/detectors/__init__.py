"""Detectors: boxes of people in whole pictures."""

from .detector import Detector

__all__ = ["Detector"]
