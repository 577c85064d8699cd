"""Person data: readers of public sets, the dataset over them, transforms, samplers, collation."""

from .collate import collate
from .person_dataset import PersonDataset
from .samplers import IdentitySampler, LengthBucketBatchSampler, PersonSampler

__all__ = [
    "IdentitySampler",
    "LengthBucketBatchSampler",
    "PersonDataset",
    "PersonSampler",
    "collate",
]
