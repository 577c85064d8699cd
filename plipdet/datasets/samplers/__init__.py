"""Samplers: which rows a rank sees in an epoch, and in which order."""

from .cluster_sampler import ClusterSampler
from .identity_sampler import IdentitySampler
from .length_bucket_batch_sampler import LengthBucketBatchSampler
from .person_sampler import PersonSampler

__all__ = ["ClusterSampler", "IdentitySampler", "LengthBucketBatchSampler", "PersonSampler"]
