"""All planted faults: small functions that each damage a rendered set in one way."""

import faults_of_annotations
import faults_of_captions
import faults_of_pictures
import faults_of_records
from planting import PLANTED

__all__ = [
    "PLANTED",
    "faults_of_annotations",
    "faults_of_captions",
    "faults_of_pictures",
    "faults_of_records",
]
