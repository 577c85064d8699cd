"""SYNTH-PEDES, the pre-training set of PLIP."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from plipdet.datasets.text.attribute_phrase_tagger import split_phrases
from plipdet.errors import InputError
from plipdet.registry import SOURCES

from .annotation_record import AnnotationRecord
from .json_source import JsonSource
from .phrase_label_file import PhraseLabelFile
from .table_cache import file_fingerprint, names_fingerprint


@SOURCES.register_module()
class SynthPedes(JsonSource):
    """SYNTH-PEDES: 312,321 identities, 4,791,711 pictures, 12,138,157 captions.

    Zuo et al., PLIP, arXiv 2305.08386, section 3. It has neither splits nor cameras; all of it is
    for training. An ``unknown`` attribute phrase becomes null.

    Args:
        root: The folder ``SYNTH-PEDES``, or the folder that holds it.
        label_file: Name of a file beside the annotation with attribute labels, which
            ``tools/data/phrases_to_attributes.py`` makes of the phrases; ``None`` for no labels.
        images: As for every source.
    """

    name = "synth_pedes"
    folder_names = ("SYNTH-PEDES",)
    annotation_names = ("synthpedes_dataset.json", "synthpedes-dataset.json")
    layout = """
SYNTH-PEDES/
  synthpedes_dataset.json   (or synthpedes-dataset.json)
  Part1/7/1.jpg ... Part11/<id>/<n>.jpg
"""

    def __init__(
        self, root: str | Path, *, label_file: str | None = None, images: Any = None
    ) -> None:
        super().__init__(root, images=images)
        self.label_file = label_file

    @property
    def table_name(self) -> str:
        """Name of the table's file; one with labels is another."""
        return self.name if self.label_file is None else f"{self.name}-attributes"

    def fingerprint(self, folder: Path) -> str:
        """Return hex digits that change when the annotation or the labels do.

        Raises:
            InputError: If the file of the labels is not there.
        """
        own = super().fingerprint(folder)
        if self.label_file is None:
            return own
        path = folder / self.label_file
        if not path.is_file():
            raise InputError(
                f"there are no attribute labels {path}; make them of the phrases: "
                f"python tools/data/phrases_to_attributes.py {self.root}"
            )
        return names_fingerprint((own, file_fingerprint(path, 1)), self.reader_version)

    def attribute_names(self, folder: Path) -> Sequence[str]:
        """Return the names of the labels in the file beside the annotation."""
        return () if self.label_file is None else PhraseLabelFile(folder / self.label_file).names

    def rows(self, folder: Path) -> Iterator[dict[str, Any]]:
        """Yield the rows of the person table in the order of the records."""
        return self._labelled(folder, super().rows(folder))

    def rows_with_progress(self, folder: Path) -> Iterator[dict[str, Any]]:
        """Yield :meth:`rows` under a bar of the bytes read."""
        return self._labelled(folder, super().rows_with_progress(folder))

    def _labelled(self, folder: Path, rows: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        if self.label_file is None:
            return rows
        return PhraseLabelFile(folder / self.label_file).labelled(rows)

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
