"""Data structures that cross between rooms: tables, batches, features, loss terms."""

from .attribute_facts import AttributeFacts
from .detections import Detections
from .features import ImageFeatures, TextFeatures
from .identity_index import IdentityIndex
from .loss_terms import LossTerms
from .person_batch import PersonBatch
from .person_schema import COLUMNS, PHRASE_SLOTS, SPLITS, PersonRow, person_schema
from .person_table import PersonTable, identity_path, write_person_table
from .reid_features import ReIDFeatures
from .scene_batch import SceneBatch
from .scene_table import Scene, SceneTable, write_scene_table
from .search_queries import SearchQueries
from .text_lengths import TextLengths

__all__ = [
    "COLUMNS",
    "PHRASE_SLOTS",
    "SPLITS",
    "AttributeFacts",
    "Detections",
    "IdentityIndex",
    "ImageFeatures",
    "LossTerms",
    "PersonBatch",
    "PersonRow",
    "PersonTable",
    "ReIDFeatures",
    "Scene",
    "SceneBatch",
    "SceneTable",
    "SearchQueries",
    "TextFeatures",
    "TextLengths",
    "identity_path",
    "person_schema",
    "write_person_table",
    "write_scene_table",
]
