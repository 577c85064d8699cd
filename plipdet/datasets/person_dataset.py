"""PersonDataset: rows of a person table through a pipeline of transforms."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from plipdet.errors import InputError, near
from plipdet.registry import DATASETS, SOURCES, build
from plipdet.structures import AttributeFacts, IdentityIndex, PersonTable

from .attribute_counts import attribute_facts, attribute_labels
from .kept_caption import KeptCaption
from .pipeline_dataset import PipelineDataset
from .row_choice import rows_of_identities, rows_of_share, rows_of_splits, rows_with_identity
from .stores import FileStore
from .transforms import LoadPersonImage, ResizePerson, SelectCaption

_UNITS = ("image", "caption")


@DATASETS.register_module()
class PersonDataset(PipelineDataset):
    """Person instances of a source; an item is what the pipeline makes of one row.

    :class:`PipelineDataset` tells of randomness and of what transforms may say of themselves.

    Args:
        source: Reader of a data set or its config, or a table.
        pipeline: Transforms or their configs, called in order on one ``results`` dict, which
            starts with ``row`` (PersonRow), ``table_row`` (its index), ``root`` (Path), ``images``
            (the ImageStore), ``rng``, ``sample`` (seed, epoch and item), ``index`` (of the item),
            ``stack`` (see :class:`plipdet.datasets.picture_stack.PictureStack`) and, for
            ``unit="caption"``, ``caption_index`` (which of the row's captions is meant).
        split: Split or splits to keep, ``None`` for all rows. A source without splits is all
            ``"train"``.
        identified_only: Whether rows without identity are left out, such as the people of scenes
            who are nobody of the data set.
        max_identities: Keep only the rows of this many identities, ``None`` for all. They are the
            first of one fixed random order, so that a smaller set is part of a larger one.
        identity_share: The same as a share of the identities, above 0 and up to 1, as few-shot
            training asks; ``None`` for all.
        image_share: Keep only this share of the rows that are left, above 0 and up to 1, for
            few-shot training on data without identities; a smaller share is part of a larger one.
            ``None`` for all.
        without_held_out: Leave out this share of the identities, between 0 and 1, to select
            checkpoints on where a benchmark has no val split; ``None`` for none.
        only_held_out: Keep only those that ``without_held_out`` of the same share leaves out.
        unit: ``"image"`` for one item per row, ``"caption"`` for one per row and caption, as
            text-to-image retrieval asks.
        seed: As for :class:`PipelineDataset`.
        unreadable: As there.
        keep_tokens: Whether the word pieces of all captions of the source are made once and kept
            in a file, so that workers neither read nor cut captions; see
            :class:`plipdet.datasets.kept_caption.KeptCaption`.

    Raises:
        InputError: If the source is missing or wrong, or an argument has no such meaning.
    """

    def __init__(
        self,
        source: Any,
        pipeline: Sequence[Any],
        *,
        split: str | Sequence[str] | None = None,
        identified_only: bool = False,
        max_identities: int | None = None,
        identity_share: float | None = None,
        image_share: float | None = None,
        without_held_out: float | None = None,
        only_held_out: float | None = None,
        unit: str = "image",
        seed: int = 0,
        unreadable: str = "stop",
        keep_tokens: bool = False,
    ) -> None:
        if unit not in _UNITS:
            raise InputError(f"unknown unit {unit!r}{near(unit, _UNITS)}; expected one of {_UNITS}")
        super().__init__(pipeline, seed=seed, unreadable=unreadable)
        _check_sizes(self.pipeline)
        built = build(source, SOURCES)
        table = built if isinstance(built, PersonTable) else built.load()
        options: dict[str, Any] = {
            "max_identities": max_identities,
            "identity_share": identity_share,
            "without_held_out": without_held_out,
            "only_held_out": only_held_out,
        }
        chosen = {**options, "image_share": image_share}
        self.row_choice = {k: v for k, v in chosen.items() if v is not None}
        table = rows_of_splits(table, split)
        if identified_only:
            self.row_choice["identified_only"] = True
            table = rows_with_identity(table)
        table = rows_of_share(rows_of_identities(table, **options), image_share)
        self.table: PersonTable = table
        self.images = table.images or FileStore(table.root)
        self.unit = unit
        if keep_tokens:
            kept = KeptCaption(self.pipeline, table)
            self._set_steps([*self.pipeline[: -kept.replaces], kept])
        self._ends = _caption_ends(self.table) if unit == "caption" else None

    def __len__(self) -> int:
        return len(self.table) if self._ends is None else int(self._ends[-1])

    def _begun(self, index: int) -> dict[str, Any]:
        results: dict[str, Any] = {"root": self.table.root}
        row = index
        if self._ends is not None:
            row = self._row(index)
            results["caption_index"] = index - (int(self._ends[row - 1]) if row else 0)
        results["row"] = self.table[row]
        results["table_row"] = row
        return results

    def _row(self, index: int) -> int:
        if self._ends is None:
            return index
        return int(np.searchsorted(self._ends, index, side="right"))

    def _image(self, index: int) -> str:
        return self.table[self._row(index)].image

    def person_ids(self) -> np.ndarray | None:
        """Return the identity of each item, int64, shape (items,); ``None`` if there are none."""
        return self._per_item(self.table.numbers("person_id"))

    def camera_ids(self) -> np.ndarray | None:
        """Return the camera of each item, int64, shape (items,); ``None`` if there are none."""
        return self._per_item(self.table.numbers("camera_id"))

    def attribute_facts(self) -> AttributeFacts:
        """Return the names of the attributes, and how often they hold.

        Raises:
            InputError: If the data have no attribute labels.
        """
        return attribute_facts(self.table)

    def attribute_labels(self) -> np.ndarray:
        """Return 1 yes, 0 no, -1 unknown for each attribute of each item, int8, shape (items, A).

        Raises:
            InputError: If the data have no attribute labels.
        """
        labels = self._per_item(attribute_labels(self.table))
        assert labels is not None
        return labels

    def picture_names(self) -> np.ndarray:
        """Return the picture of each item, and the box in it, as one string, shape (items,)."""
        root = self.table.root
        pictures, boxes = (self.table.column(name).to_pylist() for name in ("image", "box"))
        names = [
            f"{root / picture}" + ("" if box is None else f" {box}")
            for picture, box in zip(pictures, boxes, strict=True)
        ]
        found = self._per_item(np.array(names))
        assert found is not None
        return found

    def identities(self) -> IdentityIndex:
        """Return which items show which person.

        Raises:
            InputError: If the data have no identities, or some of them none.
        """
        if self._ends is None:
            return self.table.identities()
        ids = self.person_ids()
        if ids is None:
            raise InputError(f"the data in {self.table.root} have no identities")
        return IdentityIndex.of(ids)

    def caption_lengths(self, items: np.ndarray, *, epoch: int) -> np.ndarray:
        """Return how long the captions are that items get in an epoch, without reading them.

        Args:
            items: Indices, int64, shape (n,).
            epoch: Of training.

        Returns:
            Bytes of UTF-8, int64, shape (n,); 0 where there is no caption. An item that takes an
            unreadable one's place has another length.

        Raises:
            InputError: If the pipeline selects no caption.
        """
        select = next((s for s in self.pipeline if isinstance(s, SelectCaption)), None)
        if select is None:
            raise InputError("the pipeline has no SelectCaption, so its items have no lengths")
        lengths = self.table.text_lengths("captions")
        if self._ends is not None:
            rows = np.searchsorted(self._ends, items, side="right")
            return lengths(rows, items - np.where(rows > 0, self._ends[rows - 1], 0))
        prompt_lengths = self.table.text_lengths("prompt_captions")
        counts, prompt_counts = lengths.counts(items), prompt_lengths.counts(items)
        is_prompt, which = select.choose(
            counts, prompt_counts, seed=self.seed, epoch=epoch, items=items
        )
        found = np.zeros(len(items), np.int64)
        for of_kind, mask in (
            (lengths, ~is_prompt & (which < counts)),
            (prompt_lengths, is_prompt & (which < prompt_counts)),
        ):
            found[mask] = of_kind(items[mask], which[mask])
        return found

    def _per_item(self, values: np.ndarray | None) -> np.ndarray | None:
        if values is None or self._ends is None:
            return values
        return np.repeat(values, np.diff(self._ends, prepend=0))

    def __getstate__(self) -> dict[str, Any]:
        # 4.8 M ends would be copied into every spawned worker; they are recounted there instead.
        return {**self.__dict__, "_ends": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._ends = _caption_ends(self.table) if self.unit == "caption" else None


def _check_sizes(pipeline: Sequence[Any]) -> None:
    """Refuse to decode pictures smaller than they are to become."""
    least = next((s.min_size for s in pipeline if isinstance(s, LoadPersonImage)), None)
    size = next((s.size for s in pipeline if isinstance(s, ResizePerson)), None)
    if least and size and (least[0] < size[0] or least[1] < size[1]):
        raise InputError(
            f"LoadPersonImage(min_size={least}) may decode pictures smaller than the {size} of "
            "ResizePerson; give both the same size"
        )


def _caption_ends(table: PersonTable) -> np.ndarray:
    """Return the running count of captions after each row, int64, shape (rows,)."""
    ends = np.cumsum(table.counts("captions"))
    if not len(ends) or ends[-1] == 0:
        raise InputError(f"the data in {table.root} have no captions; unit='caption' needs some")
    return ends
