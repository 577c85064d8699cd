"""Heads: what turns features into losses and answers."""

from .attribute_classifier import AttributeClassifier
from .attribute_terms import attribute_terms
from .identity_classes import IdentityClasses
from .known_attributes import KnownAttributes
from .loss_head import LossHead

__all__ = [
    "AttributeClassifier",
    "IdentityClasses",
    "KnownAttributes",
    "LossHead",
    "attribute_terms",
]
