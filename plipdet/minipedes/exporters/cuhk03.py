"""Writing the layout of CUHK03 with the files of its new protocol."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from plipdet.minipedes.exporters.crop_record import CropRecord
from plipdet.minipedes.exporters.query_and_gallery import query_and_gallery

KINDS = ("labeled", "detected")
_PAIRS, _SLOTS = 5, 10  # pairs of cameras; pictures of a person, the first half by one of the two
_MATLAB_HEADER = 512  # B that precede the HDF5 of a .mat of version 7.3


@dataclass(frozen=True)
class _Placed:
    """A picture and its place in the file: pair, person of the pair and slot, from 0."""

    record: CropRecord
    pair: int
    person: int
    slot: int

    @property
    def name(self) -> str:
        """Name in the protocol's list."""
        view = 1 + (self.slot >= _SLOTS // 2)
        return f"{self.pair + 1}_{self.person + 1:03d}_{view}_{self.slot + 1:02d}.png"


def export_cuhk03(records: Sequence[CropRecord], out: Path) -> Path:
    """Write train and test as ``out/cuhk03``.

    Pictures are pixels inside ``cuhk03_release/cuhk-03.mat``, so they take room of their own. Of
    each identity those by its first two cameras are kept, five by each at most. A "detected"
    picture is a "labeled" one that is cut a little closer.

    Args:
        records: Crops; those of val identities are left out.
        out: Folder that gets the layout's folder.

    Returns:
        The layout's folder.
    """
    import h5py  # here, for the other layouts do without it

    folder = out / "cuhk03"
    (folder / "cuhk03_release").mkdir(parents=True)
    placed = _placed(records)
    path = folder / "cuhk03_release" / "cuhk-03.mat"
    with h5py.File(path, "w", userblock_size=_MATLAB_HEADER) as file:
        for kind in KINDS:
            _write_pictures(file, kind, placed)
    with open(path, "r+b") as header:
        header.write(b"MATLAB 7.3 MAT-file".ljust(_MATLAB_HEADER, b" "))
    for kind in KINDS:
        _write_protocol(folder / f"cuhk03_new_protocol_config_{kind}.mat", placed)
    return folder


def _placed(records: Sequence[CropRecord]) -> list[_Placed]:
    """Return the pictures that are kept, by identity."""
    people: dict[int, list[CropRecord]] = {}
    for record in records:
        if record.split != "val":
            people.setdefault(record.person_id, []).append(record)
    found = []
    for number, pictures in enumerate(people.values()):
        cameras = list(dict.fromkeys(record.camera_id for record in pictures))[:2]
        for view, camera in enumerate(cameras):
            half = [record for record in pictures if record.camera_id == camera]
            for at, record in enumerate(half[: _SLOTS // 2]):
                slot = view * (_SLOTS // 2) + at
                found.append(_Placed(record, number % _PAIRS, number // _PAIRS, slot))
    return found


def _write_pictures(file: Any, kind: str, placed: Sequence[_Placed]) -> None:
    """Write a cell of five pairs, each a cell of people by slots, as MATLAB stores them."""
    import h5py

    group = file.create_group(f"#refs#/{kind}")
    empty = group.create_dataset("empty", data=np.zeros(2, np.uint64)).ref
    pairs = []
    for pair in range(_PAIRS):
        mine = [found for found in placed if found.pair == pair]
        people = 1 + max((found.person for found in mine), default=-1)
        cells = np.full((_SLOTS, people), empty, dtype=h5py.ref_dtype)
        for found in mine:
            pixels = _pixels(found.record, closer=kind == "detected").transpose(2, 1, 0)
            stored = group.create_dataset(found.name, data=pixels, compression="gzip")
            cells[found.slot, found.person] = stored.ref
        cell = group.create_dataset(f"pair {pair}", cells.shape, dtype=h5py.ref_dtype)
        if cells.size:
            cell[...] = cells
        pairs.append(cell.ref)
    top = file.create_dataset(kind, (1, _PAIRS), dtype=h5py.ref_dtype)
    for pair, ref in enumerate(pairs):
        top[0, pair] = ref


def _pixels(record: CropRecord, *, closer: bool) -> NDArray[np.uint8]:
    """Return a picture as RGB, shape (H, W, 3); closer it loses up to 4 % at each side."""
    image = cv2.imread(str(record.image))
    assert image is not None, f"{record.image} does not decode"
    pixels = cv2.cvtColor(image, cv2.COLOR_BGR2RGB)
    if closer:
        rng = np.random.default_rng((record.person_id, record.frame, 3))
        height, width = pixels.shape[:2]
        top, bottom = (rng.uniform(0, 0.04, 2) * height).astype(int)
        left, right = (rng.uniform(0, 0.04, 2) * width).astype(int)
        pixels = pixels[top : height - bottom, left : width - right]
    return np.ascontiguousarray(pixels, dtype=np.uint8)


def _write_protocol(path: Path, placed: Sequence[_Placed]) -> None:
    """Write the lists of the new protocol; their indices count from 1."""
    from scipy.io import savemat

    people = dict.fromkeys(found.record.person_id for found in placed)
    labels = {person: number for number, person in enumerate(people, 1)}
    rows = {found.record.image: row for row, found in enumerate(placed, 1)}
    queries, gallery = query_and_gallery(
        [found.record for found in placed if found.record.split == "test"]
    )
    files = np.empty((len(placed), 1), dtype=object)
    files[:, 0] = [found.name for found in placed]
    train = [found.record for found in placed if found.record.split == "train"]
    lists = {"train_idx": train, "query_idx": queries, "gallery_idx": gallery}
    content = {
        name: np.array([[rows[r.image]] for r in found], np.float64)
        for name, found in lists.items()
    }
    content["labels"] = np.array([[labels[f.record.person_id]] for f in placed], np.float64)
    savemat(path, {**content, "filelist": files})
