"""PseudoLabelledDataset: pictures of people nobody has named, and perhaps others that are named."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from torch.utils.data import Dataset

from plipdet.errors import InputError
from plipdet.registry import DATASETS, build
from plipdet.structures import IdentityIndex, PersonRow, PersonTable

from .person_dataset import PersonDataset

_NONE = -1


@DATASETS.register_module()
class PseudoLabelledDataset(Dataset):
    """Items whose labels are found while training, in the main process, before each epoch.

    :class:`plipdet.engine.hooks.PseudoLabelHook` sets ``labels``;
    :class:`plipdet.datasets.ClusterSampler` draws by them, and puts the label of an item into its
    key, so that workers, which keep a copy of the data set from an earlier epoch, need not know
    them. The identities of the source never reach a batch: ``person_ids`` of a batch are the
    pseudo labels, and absent for keys without one.

    With ``labelled``, as for domain adaptation, the items of that data set come first and keep
    their identities, as labels from 0; the clusters of the others are numbered from there.

    Args:
        unlabelled: A :class:`PersonDataset` or its config, whose identities are not used.
        plain_pipeline: Transforms or their configs, without anything random, for the pictures that
            are embedded to be clustered.
        labelled: A data set or its config, whose identities are used.
        seed: Seed of the samples' randomness, for those of the two that have no other.

    Attributes:
        labels: Label of each item, negative for none, int64, shape (items,); ``None`` before the
            first clustering.

    Raises:
        InputError: If a data set is none of pictures, the labelled one has no identities, or a
            picture is in both.
    """

    labels: np.ndarray | None = None

    def __init__(
        self,
        unlabelled: Any,
        plain_pipeline: Sequence[Any],
        *,
        labelled: Any = None,
        seed: int = 0,
    ) -> None:
        given = {"labelled": labelled, "unlabelled": unlabelled}
        built = {k: build(v, DATASETS, seed=seed) for k, v in given.items() if v is not None}
        for name, part in built.items():
            if not isinstance(part, PersonDataset) or part.unit != "image":
                raise InputError(
                    f"{name} of PseudoLabelledDataset is a {type(part).__name__}; expected a "
                    "PersonDataset with unit='image'"
                )
        self.unlabelled: PersonDataset = built["unlabelled"]
        self.labelled: PersonDataset | None = built.get("labelled")
        self.plain_pipeline = list(plain_pipeline)
        self.parts: list[PersonDataset] = list(built.values())
        """The labelled data set, if there is one, and the unlabelled one."""
        self._starts = np.cumsum([0, *map(len, self.parts)])
        self.source_labels = np.zeros(0, np.int64)
        """Label of each item of the labelled data set, int64."""
        if self.labelled is not None:
            ids = self.labelled.person_ids()
            if ids is None:
                raise InputError(
                    f"labelled of PseudoLabelledDataset reads {self.labelled.table.root}, which "
                    "has no identities; leave it out, or name data that have some"
                )
            self.source_labels = np.unique(ids, return_inverse=True)[1].astype(np.int64)
            _check_apart(self.labelled.table, self.unlabelled.table)
        cameras = [part.camera_ids() for part in self.parts]
        known = [own for own in cameras if own is not None]
        self._cameras: list[np.ndarray] | None = known if len(known) == len(cameras) else None
        # Cameras of two data sets are different ones
        ends = [int(own.max(initial=-1)) + 1 for own in known]
        self._first_cameras = np.cumsum([0, *ends])

    @property
    def table(self) -> PersonTable:
        """The table of the unlabelled items."""
        return self.unlabelled.table

    def __len__(self) -> int:
        return int(self._starts[-1])

    def __getitem__(self, key: int | tuple[int, ...]) -> dict[str, Any]:
        """Return the pipeline's result for an item, given as (index, epoch, label) or without."""
        return self.__getitems__([key])[0]

    def __getitems__(self, keys: Sequence[int | tuple[int, ...]]) -> list[dict[str, Any]]:
        """Return the results for the items of a batch; a DataLoader calls it."""
        whole = [key if isinstance(key, tuple) else (key,) for key in keys]
        owners = np.searchsorted(self._starts, [key[0] for key in whole], side="right") - 1
        found: list[dict[str, Any]] = [{}] * len(whole)
        for number, part in enumerate(self.parts):
            start = int(self._starts[number])
            places = np.flatnonzero(owners == number).tolist()
            own = [(whole[k][0] - start, whole[k][1] if len(whole[k]) > 1 else 0) for k in places]
            for place, results in zip(places, part.__getitems__(own) if own else [], strict=True):
                shift = None if self._cameras is None else int(self._first_cameras[number])
                found[place] = _relabelled(results, whole[place], start, shift)
        return found

    def plain(self) -> list[PersonDataset]:
        """Return the same items, part by part, through the plain pipeline."""
        return [
            PersonDataset(part.table, self.plain_pipeline, unreadable=part.unreadable)
            for part in self.parts
        ]

    def groups(self) -> list[IdentityIndex]:
        """Return which items have which label, for each of the parts.

        Raises:
            InputError: If nothing has been clustered yet.
        """
        if self.labels is None:
            raise InputError(
                "the training data have no labels yet; add PseudoLabelHook to custom_hooks"
            )
        found = []
        for start, stop in zip(self._starts, self._starts[1:], strict=False):
            own = self.labels[start:stop]
            items = np.flatnonzero(own >= 0)
            index = IdentityIndex.of(own[items])
            found.append(IdentityIndex(index.ids, index.offsets, start + items[index.rows]))
        return found

    def camera_ids(self) -> np.ndarray | None:
        """Return the camera of each item, int64, shape (items,); ``None`` if some have none.

        Those of the unlabelled part are numbered after the others.
        """
        if self._cameras is None:
            return None
        shifted = zip(self._cameras, self._first_cameras, strict=False)
        return np.concatenate([own + first for own, first in shifted])

    def image_problem(self, index: int) -> tuple[str, str | None]:
        """Return the picture of an item, and why it cannot be read, ``None`` if it can."""
        number = int(np.searchsorted(self._starts, index, side="right")) - 1
        return self.parts[number].image_problem(index - int(self._starts[number]))


def _check_apart(labelled: PersonTable, unlabelled: PersonTable) -> None:
    """See that no picture is in both parts, as when one ``--data-root`` makes two roots one.

    Raises:
        InputError: If one is.
    """
    if labelled.root.resolve() != unlabelled.root.resolve():
        return
    named = set(labelled.column("image").to_pylist())
    shared = named.intersection(unlabelled.column("image").to_pylist())
    if shared:
        raise InputError(
            f"{len(shared)} pictures of {labelled.root} are in both labelled and unlabelled of "
            f"PseudoLabelledDataset, for instance {min(shared)}; set another source.root for one "
            "of them, and leave --data-root out"
        )


def _relabelled(
    results: dict[str, Any], key: tuple[int, ...], start: int, first_camera: int | None
) -> dict[str, Any]:
    """Return what an item of one part is in the whole, without the identity of its source."""
    index = results["index"] + start
    if "unreadable" in results:
        results["unreadable"] = [item + start for item in results["unreadable"]]
    label = None if len(key) < 3 else key[2]
    if label is not None and index != key[0]:
        label = _NONE  # another item has taken its place
    row: PersonRow = results["row"]
    known = row.camera_id is not None and first_camera is not None
    camera = row.camera_id + first_camera if known else None  # type: ignore[operator]
    # A new row of what batches are made of: a copy would read the sentences too.
    results["row"] = PersonRow(row.image, row.box, label, camera)
    return {**results, "index": index}
