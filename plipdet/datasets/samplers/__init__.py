"""Samplers: which rows a rank sees in an epoch, and in which order."""

from .identity_sampler import IdentitySampler
from .person_sampler import PersonSampler

__all__ = ["IdentitySampler", "PersonSampler"]
