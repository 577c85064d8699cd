"""SYNTH-PEDES, the pre-training set of PLIP."""

from __future__ import annotations

from typing import Any

from plipdet.datasets.text.attribute_phrase_tagger import split_phrases
from plipdet.errors import InputError
from plipdet.registry import SOURCES

from .annotation_record import AnnotationRecord
from .json_source import JsonSource


@SOURCES.register_module()
class SynthPedes(JsonSource):
    """SYNTH-PEDES: 312,321 identities, 4,791,711 pictures, 12,138,157 captions.

    Zuo et al., PLIP, arXiv 2305.08386, section 3. It has neither splits nor cameras; all of it is
    for training. An ``unknown`` attribute phrase becomes null.

    Args:
        root: The folder ``SYNTH-PEDES``, or the folder that holds it.
    """

    name = "synth_pedes"
    folder_names = ("SYNTH-PEDES",)
    annotation_names = ("synthpedes_dataset.json", "synthpedes-dataset.json")
    layout = """
SYNTH-PEDES/
  synthpedes_dataset.json   (or synthpedes-dataset.json)
  Part1/7/1.jpg ... Part11/<id>/<n>.jpg
"""

    def row(self, record: AnnotationRecord) -> dict[str, Any]:
        """Return the table's row of one record."""
        return {
            "image": record.text("file_path"),
            "person_id": record.whole_number("id"),
            "captions": record.texts("captions"),
            "prompt_captions": record.optional_texts("prompt_caption", "prompt_captions"),
            "attribute_phrases": _phrases(record),
        }


def _phrases(record: AnnotationRecord) -> list[str | None] | None:
    """Return the six phrases of ``attributes``: one joined string, alone or in a list, or six."""
    value = record.fields.get("attributes")
    if value is None or value == []:
        return None
    parts = [value] if isinstance(value, str) else value
    if not isinstance(parts, list) or not all(isinstance(part, str) for part in parts):
        record.fail("has 'attributes' that are neither a string nor a list of strings")
    joined = ",".join(parts)
    record.check_text(joined, "attributes")
    try:
        return split_phrases(joined)
    except InputError as error:
        record.fail(f"has wrong attributes: {error}")
