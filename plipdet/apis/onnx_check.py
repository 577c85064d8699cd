"""check_export: whether exported encoders give what PyTorch does, from bytes and sentences on."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image

from plipdet.datasets.text import word_lists
from plipdet.datasets.transforms.decode_image import decode_image
from plipdet.tasks import PersonTask

from .embedding import embed_images, embed_texts
from .model_inputs import ModelInputs
from .picture_files import picture_files

_TOGETHER = 8
_HEIGHTS, _RATIOS = (40, 420), (0.3, 0.7)  # px, and width over height, of made-up pictures
_LONGEST = 90  # words of a made-up sentence: more than most tokenizers keep


def check_export(
    task: PersonTask,
    folder: str | Path,
    *,
    inputs: ModelInputs | None = None,
    pictures: int | str | Path = 200,
    texts: int = 200,
) -> dict[str, Any]:
    """Compare an export with the task it was made from.

    Each side starts from files and sentences and does everything by itself: PyTorch through
    :func:`embed_images` and :func:`embed_texts`, ONNX Runtime through
    :class:`plipdet.onnx_embedder.OnnxEmbedder`.

    Args:
        task: That was exported.
        folder: Of the export.
        inputs: In place of those that the task brings.
        pictures: A folder, or how many JPEGs of many sizes to make up.
        texts: How many sentences to make up.

    Returns:
        For "image" and, where texts are read, "text": ``count``; ``cosine_min`` and
        ``cosine_mean`` between both sides; ``centred_cosine_min``, the same of what sets items
        apart, after the mean of all is taken away; ``batch_cosine_min`` between items alone and
        among eight; ``onnx_s`` and ``torch_s`` of one pass on this machine.
    """
    from plipdet.onnx_embedder import OnnxEmbedder  # needs packages of the extra "onnx"

    embedder = OnnxEmbedder(folder)
    with tempfile.TemporaryDirectory() as place:
        if isinstance(pictures, int):
            files = _made_up_pictures(Path(place), pictures)
        else:
            files = picture_files(pictures)
        found = {
            "image": _compared(
                files,
                lambda items: embed_images(task, items, inputs=inputs).numpy(),
                embedder.embed_images,
            )
        }
        crops = _of_one_size(files[:_TOGETHER])
        found["image"]["sizes"] = len({Image.open(f).size for f in files})
        found["image"]["batch_cosine_min"] = _batch_cosine(crops, embedder.embed_images)
    if embedder.facts["text"] is not None:
        sentences = _made_up_sentences(texts)
        found["text"] = _compared(
            sentences,
            lambda items: embed_texts(task, items, inputs=inputs).numpy(),
            embedder.embed_texts,
        )
        found["text"]["batch_cosine_min"] = _batch_cosine(
            sentences[:_TOGETHER], embedder.embed_texts
        )
    return found


def _compared(
    items: Sequence[Any],
    by_torch: Callable[[Sequence[Any]], np.ndarray],
    by_onnx: Callable[[Sequence[Any]], np.ndarray],
) -> dict[str, Any]:
    start = time.perf_counter()
    theirs = by_torch(items)
    between = time.perf_counter()
    ours = by_onnx(items)
    end = time.perf_counter()
    cosines = _cosines(ours, theirs)
    centre = theirs.mean(axis=0)
    return {
        "count": len(items),
        "cosine_min": float(cosines.min()),
        "cosine_mean": float(cosines.mean()),
        "centred_cosine_min": float(_cosines(ours - centre, theirs - centre).min()),
        "onnx_s": round(end - between, 3),
        "torch_s": round(between - start, 3),
    }


def _batch_cosine(items: Sequence[Any], embed: Callable[..., np.ndarray]) -> float:
    return float(_cosines(embed(items, batch_size=1), embed(items, batch_size=len(items))).min())


def _cosines(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    a, b = a.astype(np.float64), b.astype(np.float64)
    lengths = np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1)
    return (a * b).sum(axis=1) / np.maximum(lengths, np.finfo(np.float64).tiny)


def _of_one_size(files: Sequence[Path]) -> list[np.ndarray]:
    """Return the pictures cut to what all of them have, so that they fit one batch."""
    pixels = [decode_image(f.read_bytes(), where=str(f))[0] for f in files]
    height, width = (min(p.shape[axis] for p in pixels) for axis in (0, 1))
    return [np.ascontiguousarray(p[:height, :width]) for p in pixels]


def _made_up_pictures(folder: Path, count: int) -> list[Path]:
    """Write JPEGs of coloured patches under fine noise, of many sizes and qualities."""
    rng = np.random.default_rng(0)
    files = []
    for number in range(count):
        height = int(rng.integers(*_HEIGHTS))
        width = max(8, int(height * rng.uniform(*_RATIOS)))
        patches = rng.integers(0, 256, (int(rng.integers(3, 12)), 4, 3), dtype=np.uint8)
        pixels = cv2.resize(patches, (width, height), interpolation=cv2.INTER_LINEAR).astype(int)
        pixels += rng.integers(-20, 21, pixels.shape)
        files.append(folder / f"{number:05d}.jpg")
        image = Image.fromarray(pixels.clip(0, 255).astype(np.uint8))
        image.save(files[-1], quality=int(rng.integers(50, 96)))
    return files


def _made_up_sentences(count: int) -> list[str]:
    """Return sentences of one word up to more than a model reads, some with signs and accents."""
    rng = np.random.default_rng(1)
    lists = ("COLOURS", "MODIFIERS", "UPPER_NOUNS", "LOWER_NOUNS", "SHOE_NOUNS", "BELONGING_NOUNS")
    words = [word for name in lists for word in getattr(word_lists, name).split()]
    words += ["a", "with", "and", "wearing", "man,", "woman.", "T-shirt", "déjà", "(grey)", "№5"]
    lengths = rng.integers(1, _LONGEST, count) if count > 1 else [_LONGEST]
    return [" ".join(rng.choice(words, size=int(length))) for length in lengths]
