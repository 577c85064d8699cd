"""Samplers: which rows a rank sees in an epoch, and in which order."""

from .person_sampler import PersonSampler

__all__ = ["PersonSampler"]
