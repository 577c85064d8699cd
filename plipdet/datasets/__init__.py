"""Person data: readers of public sets, the dataset over them, transforms, samplers, collation."""

from .collate import collate
from .collate_scenes import collate_scenes
from .person_dataset import PersonDataset
from .pseudo_labelled_dataset import PseudoLabelledDataset
from .samplers import ClusterSampler, IdentitySampler, LengthBucketBatchSampler, PersonSampler
from .scene_dataset import SceneDataset
from .scene_pictures import scenes_of_pictures

__all__ = [
    "ClusterSampler",
    "IdentitySampler",
    "LengthBucketBatchSampler",
    "PersonDataset",
    "PersonSampler",
    "PseudoLabelledDataset",
    "SceneDataset",
    "collate",
    "collate_scenes",
    "scenes_of_pictures",
]
