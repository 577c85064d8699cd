"""Heads: what turns features into losses and answers."""

from . import pretext

__all__ = ["pretext"]
