"""Person data: readers of public sets, the dataset over them, transforms, samplers, collation."""

from .collate import collate
from .person_dataset import PersonDataset
from .pseudo_labelled_dataset import PseudoLabelledDataset
from .samplers import ClusterSampler, IdentitySampler, LengthBucketBatchSampler, PersonSampler

__all__ = [
    "ClusterSampler",
    "IdentitySampler",
    "LengthBucketBatchSampler",
    "PersonDataset",
    "PersonSampler",
    "PseudoLabelledDataset",
    "collate",
]
