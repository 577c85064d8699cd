"""Heads: what turns features into losses and answers."""

from .identity_classes import IdentityClasses
from .loss_head import LossHead

__all__ = ["IdentityClasses", "LossHead"]
