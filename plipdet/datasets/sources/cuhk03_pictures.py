"""Taking the pictures of CUHK03 out of its .mat file, once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from tqdm import tqdm

from plipdet.errors import InputError
from plipdet.new_folder import new_folder

MARKER = "extracted.json"
"""File in a folder of ours that tells what it was made of."""
_VIEW = 5  # pictures of a person by one camera of a pair


def extract_pictures(mat: Path, kind: str, folder: Path) -> None:
    """Write the pictures of one kind as PNG files, all or none of them.

    They are called ``1_001_1_01.png``: pair of cameras, person of that pair, camera of the pair,
    number. That is what the protocol's lists call them.

    Args:
        mat: ``cuhk-03.mat``.
        kind: ``"labeled"`` or ``"detected"``.
        folder: To make, or of ours and to be replaced.

    Raises:
        InputError: If the file is damaged or of another version, or the disk is full.
    """
    with new_folder(folder, overwrite=True, marker=MARKER) as part:
        count = 0
        for name, pixels in _pictures(mat, kind):
            done, data = cv2.imencode(".png", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR))
            assert done, f"{name} of {mat} cannot be encoded"
            _write(part / name, data.tobytes())
            count += 1
        if not count:
            raise InputError(f"{mat} holds no {kind} picture; download it again")
        told = {"file": mat.name, "bytes": mat.stat().st_size, "kind": kind, "pictures": count}
        _write(part / MARKER, json.dumps(told).encode())


def check_extracted(folder: Path, mat: Path | None) -> Path:
    """Return a folder of pictures that is still what the file holds.

    A folder without our marker is one that another program extracted under the same names; its
    pictures are looked for one by one like those of every data set.

    Args:
        folder: The folder.
        mat: The file, ``None`` where it is not there any more.

    Raises:
        InputError: If it was made of another file.
    """
    if mat is not None and (folder / MARKER).is_file():
        try:
            told = json.loads((folder / MARKER).read_text(encoding="utf-8"))
        except ValueError:
            told = {}
        if told.get("bytes") != mat.stat().st_size:
            raise InputError(f"{folder} was extracted from another {mat.name}")
    return folder


def _pictures(mat: Path, kind: str) -> Iterator[tuple[str, np.ndarray]]:
    """Yield name and pixels, RGB, shape (H, W, 3), of the pictures in the file."""
    import h5py  # here, for the other readers do without it

    if not h5py.is_hdf5(mat):
        raise InputError(
            f"{mat} is no .mat of version 7.3 (HDF5), as the release is; download it again"
        )
    try:
        with h5py.File(mat, "r") as file:
            if kind not in file:
                raise InputError(f"{mat} has no {kind!r}, but {sorted(file)}; download it again")
            yield from _of_kind(file, kind)
    except InputError:
        raise
    except (OSError, RuntimeError, KeyError, ValueError, TypeError) as error:
        raise InputError(f"{mat} is damaged or cut short ({error}); download it again") from error


def _of_kind(file: Any, kind: str) -> Iterator[tuple[str, np.ndarray]]:
    # MATLAB stores a cell as references, and arrays with their axes reversed.
    pairs = [file[ref][()].T for ref in np.ravel(file[kind][()])]
    total = sum(cells.shape[0] for cells in pairs if cells.ndim == 2)
    with tqdm(
        total=total, desc=f"extracting {kind} pictures", unit=" people", delay=1.0, leave=False
    ) as bar:
        for pair, cells in enumerate(pairs, 1):
            for person, refs in enumerate(cells if cells.ndim == 2 else (), 1):
                for slot, ref in enumerate(refs):
                    pixels = file[ref][()].T
                    if pixels.ndim == 3:  # an empty cell is stored as its shape
                        view = 1 + slot // _VIEW
                        name = f"{pair}_{person:03d}_{view}_{slot + 1:02d}.png"
                        yield name, np.ascontiguousarray(pixels, np.uint8)
                bar.update()


def _write(path: Path, data: bytes) -> None:
    try:
        path.write_bytes(data)
    except OSError as error:
        raise InputError(f"cannot write {path}: {error.strerror}; make room") from error
