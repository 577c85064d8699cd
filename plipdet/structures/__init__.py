"""Data structures that cross between rooms: tables, batches, features, loss terms."""

from .features import ImageFeatures, TextFeatures
from .loss_terms import LossTerms
from .person_batch import PersonBatch
from .person_table import (
    COLUMNS,
    PHRASE_SLOTS,
    SPLITS,
    PersonRow,
    PersonTable,
    person_schema,
    write_person_table,
)

__all__ = [
    "COLUMNS",
    "PHRASE_SLOTS",
    "SPLITS",
    "ImageFeatures",
    "LossTerms",
    "PersonBatch",
    "PersonRow",
    "PersonTable",
    "TextFeatures",
    "person_schema",
    "write_person_table",
]
