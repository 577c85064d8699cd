"""PersonDataset: rows of a person table through a pipeline of transforms."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from torch.utils.data import Dataset

from plipdet.errors import InputError, UnreadableImageError, near
from plipdet.registry import DATASETS, SOURCES, TRANSFORMS, build
from plipdet.structures import AttributeFacts, IdentityIndex, PersonTable

from .attribute_counts import attribute_facts, attribute_labels
from .kept_caption import KeptCaption
from .picture_stack import PictureStack
from .row_choice import rows_of_identities, rows_of_share, rows_of_splits
from .sample_randomness import sample_randomness
from .stores import FileStore, ImageStore
from .transforms import LoadPersonImage, ResizePerson, SelectCaption
from .transforms.decode_image import decode_image

_UNITS = ("image", "caption")
_UNREADABLE = ("stop", "replace")
_ATTEMPTS = 10  # so many unreadable pictures in a row are no accident


@DATASETS.register_module()
class PersonDataset(Dataset):
    """Person instances of a source; an item is what the pipeline makes of one row.

    An item's randomness comes from (seed, epoch, item) alone, so that samples do not depend on
    the number of workers or ranks. The pipeline finds it in ``results["rng"]``; ``random``,
    ``numpy.random`` and PyTorch's CPU generator are seeded too, for transforms of other packages.
    A transform's own class may have two attributes: ``draws = False`` if it uses none of these,
    which saves the time to seed them when no other does; and ``stepwise = True`` if, moreover, it
    does not look at pictures and stands at the end, so that it may be applied to a whole batch;
    it may then have a ``transform_all``, from a list of ``results`` to such a list.

    Args:
        source: Reader of a data set or its config, or a table.
        pipeline: Transforms or their configs, called in order on one ``results`` dict, which
            starts with ``row`` (PersonRow), ``table_row`` (its index), ``root`` (Path), ``images``
            (the ImageStore), ``rng``, ``sample`` (seed, epoch and item), ``index`` (of the item),
            ``stack`` (see :class:`plipdet.datasets.picture_stack.PictureStack`) and, for
            ``unit="caption"``, ``caption_index`` (which of the row's captions is meant).
        split: Split or splits to keep, ``None`` for all rows. A source without splits is all
            ``"train"``.
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
        seed: Seed of the samples' randomness, not negative.
        unreadable: What to do about a picture that is missing or does not decode: ``"stop"``, or
            ``"replace"`` the item by another that (seed, epoch, item) choose. Then
            ``results["unreadable"]`` lists the items whose place was taken, and
            :class:`plipdet.engine.hooks.UnreadableImagesHook` counts, names and limits them.
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
        if unreadable not in _UNREADABLE:
            raise InputError(
                f"unreadable = {unreadable!r} of a dataset{near(unreadable, _UNREADABLE)}; "
                f"expected one of {_UNREADABLE}"
            )
        if seed < 0:
            raise InputError(f"seed = {seed} of a dataset is negative; expected 0 or more")
        self.pipeline = [build(step, TRANSFORMS) for step in pipeline]
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
        table = rows_of_identities(rows_of_splits(table, split), **options)
        table = rows_of_share(table, image_share)
        self.table: PersonTable = table
        self.images: ImageStore = table.images or FileStore(table.root)
        self.unit = unit
        self.seed = seed
        self.unreadable = unreadable
        steps = self.pipeline
        if keep_tokens:
            kept = KeptCaption(steps, table)
            steps = [*steps[: -kept.replaces], kept]
        self._itemwise, self._stepwise = _parted(steps)
        self._draws = any(_says(step, "draws", True) for step in self._itemwise)
        self._ends = _caption_ends(self.table) if unit == "caption" else None

    def __len__(self) -> int:
        return len(self.table) if self._ends is None else int(self._ends[-1])

    def __getitem__(self, key: int | tuple[int, int]) -> dict[str, Any]:
        """Return the pipeline's result for an item.

        Args:
            key: Index of the item, or (index, epoch) as :class:`PersonSampler` gives; the epoch
                changes the randomness and is 0 when left out.
        """
        return self.__getitems__([key])[0]

    def __getitems__(self, keys: Sequence[int | tuple[int, int]]) -> list[dict[str, Any]]:
        """Return the results for the items of a batch; a DataLoader calls it.

        What steps do is not changed by doing it to all items before the next step begins, but
        twice as fast: decoding a picture would drive their code and tables out of the caches.
        """
        begun = [self._begin(key) for key in keys]
        stack = PictureStack(len(begun))
        for number, results in enumerate(begun):
            results["stack"] = stack, number
        found = [self._each(results) for results in begun]
        for step in self._stepwise:
            if "transform_all" in vars(type(step)):
                found = step.transform_all(found)
            else:
                found = [_checked(step, step(results)) for results in found]
        return found

    def _begin(self, key: int | tuple[int, int]) -> dict[str, Any]:
        """Return what the pipeline starts with."""
        index, epoch = key if isinstance(key, tuple) else (key, 0)
        if not 0 <= index < len(self):
            raise IndexError(f"item {index} of a dataset of {len(self)}")
        results: dict[str, Any] = {
            "root": self.table.root,
            "images": self.images,
            "index": index,
            "sample": (self.seed, epoch, index),
        }
        row = index
        if self._ends is not None:
            row = self._row(index)
            results["caption_index"] = index - (int(self._ends[row - 1]) if row else 0)
        results["row"] = self.table[row]
        results["table_row"] = row
        return results

    def _each(self, results: dict[str, Any]) -> dict[str, Any]:
        """Apply the steps that are applied item by item, to another item if need be."""
        if self.unreadable == "stop":
            return self._apply(results)
        _, epoch, index = results["sample"]
        failed: list[int] = []
        error: UnreadableImageError | None = None
        while len(failed) < _ATTEMPTS:
            if failed:
                other = self._begin((self._substitute(index, epoch, len(failed)), epoch))
                results = {**other, "stack": results["stack"]}
            item = results["index"]
            try:
                results = self._apply(results)
            except UnreadableImageError as caught:
                failed.append(item)
                error = caught
            else:
                results["unreadable"] = failed
                return results
        raise InputError(f"{len(failed)} pictures one after another are unreadable: {error}")

    def _apply(self, results: dict[str, Any]) -> dict[str, Any]:
        if not self._draws:
            for step in self._itemwise:
                results = _checked(step, step(results))
            return results
        seed, epoch, index = results["sample"]
        with sample_randomness(seed, epoch=epoch, row=index) as rng:
            results["rng"] = rng
            for step in self._itemwise:
                results = _checked(step, step(results))
        return results

    def _substitute(self, index: int, epoch: int, attempt: int) -> int:
        """Return the item that takes an unreadable one's place, after so many failures."""
        with sample_randomness(self.seed, epoch=epoch, row=index) as rng:
            return int(rng.integers(len(self), size=attempt)[-1])

    def _row(self, index: int) -> int:
        if self._ends is None:
            return index
        return int(np.searchsorted(self._ends, index, side="right"))

    def image_problem(self, index: int) -> tuple[str, str | None]:
        """Return the picture of an item, and why it cannot be read, ``None`` if it can."""
        image = self.table[self._row(index)].image
        try:
            decode_image(self.images.read(image), where=self.images.where(image))
        except UnreadableImageError as error:
            return image, str(error)
        return image, None

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


def _parted(pipeline: list[Any]) -> tuple[list[Any], list[Any]]:
    """Return the steps to apply item by item, and those at the end that may go step by step."""
    count = len(pipeline)
    while count and _says(pipeline[count - 1], "stepwise", False):
        count -= 1
    return pipeline[:count], pipeline[count:]


def _says(step: Any, name: str, default: bool) -> bool:
    """Return what a step's own class says; what a derived class does, its base cannot know."""
    return bool(getattr(step, name)) if name in vars(type(step)) else default


def _checked(step: Any, results: Any) -> dict[str, Any]:
    assert isinstance(results, dict), f"{step} returned no results dict"
    return results


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
