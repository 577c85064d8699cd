"""A SYNTH-PEDES folder with pictures of its file size, made from the committed MiniPedes."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from synthetic_annotation import images_per_identity, part_of, write_annotation
from tqdm import tqdm

from plipdet.errors import InputError

RENDERED = Path(__file__).resolve().parents[2] / "tests/data/minipedes/SYNTH-PEDES"
# 46.7 GB of pictures over 4,791,711 of them; heights as of people in street and film scenes.
MEAN_BYTES = 9_750
_HEIGHTS, _RATIOS, _QUALITY = (180, 420), (0.36, 0.5), 90
_NOISE = 4.0  # standard deviation of 255: rendered pictures are smoother than photographs
_POOL = 256  # different pictures


def make_picture_set(folder: Path, images: int) -> None:
    """Write an annotation and its pictures: rendered people, enlarged, with noise.

    Args:
        folder: An empty folder; ``SYNTH-PEDES`` is made in it.
        images: Number of pictures.
    """
    root = folder / "SYNTH-PEDES"
    root.mkdir(parents=True)
    counts = images_per_identity(images)
    write_annotation(root / "synthpedes_dataset.json", counts)
    pool = _pictures(min(_POOL, images))
    with tqdm(total=images, desc="writing pictures", unit=" pictures") as bar:
        for identity in range(1, len(counts) + 1):
            place = root / f"Part{part_of(identity, len(counts))}/{identity}"
            place.mkdir(parents=True)
            for k in range(1, counts[identity - 1] + 1):
                (place / f"{k}.jpg").write_bytes(pool[bar.n % len(pool)])
                bar.update()


def _pictures(count: int) -> list[bytes]:
    paths = sorted(RENDERED.rglob("*.jpg"))
    if not paths:
        raise InputError(f"{RENDERED} has no pictures to make others from; name a --data-root")
    rng = np.random.default_rng(0)
    return [_enlarged(cv2.imread(str(paths[n % len(paths)])), rng) for n in range(count)]


def _enlarged(picture: np.ndarray, rng: np.random.Generator) -> bytes:
    height = int(rng.integers(*_HEIGHTS))
    width = int(height * rng.uniform(*_RATIOS))
    large = cv2.resize(picture, (width, height), interpolation=cv2.INTER_CUBIC)
    noisy = np.clip(large + rng.normal(0, _NOISE, large.shape), 0, 255).astype(np.uint8)
    return cv2.imencode(".jpg", noisy, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])[1].tobytes()
