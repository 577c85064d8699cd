"""The side file that tells the attributes of a set's identities."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from plipdet.cli import write_json
from plipdet.minipedes.attributes import ATTRIBUTE_NAMES, attribute_labels
from plipdet.minipedes.person_spec import PersonSpec

ATTRIBUTE_FILE = "minipedes_attributes.json"


def write_attribute_file(people: Iterable[PersonSpec], folder: Path) -> None:
    """Write the names of attributes, and the labels of each identity.

    Args:
        people: The identities.
        folder: Of the set.
    """
    labels = {str(spec.person_id): [int(v) for v in attribute_labels(spec)] for spec in people}
    content = {"names": list(ATTRIBUTE_NAMES), "identities": labels}
    write_json(content, folder / ATTRIBUTE_FILE)
