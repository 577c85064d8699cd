"""Heads: what turns features into losses and answers."""

from .attribute_classifier import AttributeClassifier
from .identity_classes import IdentityClasses
from .loss_head import LossHead

__all__ = ["AttributeClassifier", "IdentityClasses", "LossHead"]
