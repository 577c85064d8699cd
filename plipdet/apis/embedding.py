"""Embedding pictures and sentences with a loaded model."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypeAlias, overload

import numpy as np
import torch
import torch.nn.functional as F
from PIL.Image import Image
from torch import Tensor
from torch.utils.data import DataLoader, Dataset
from tqdm import tqdm

from plipdet.datasets import PersonDataset, collate
from plipdet.datasets.transforms import SelectCaption, TokenizeCaption
from plipdet.errors import InputError, near
from plipdet.structures import PersonBatch, PersonTable
from plipdet.tasks import PersonTask

from .model_inputs import ModelInputs
from .picture_dataset import Picture, PictureDataset

Pictures: TypeAlias = "str | Path | np.ndarray | Image | Sequence[str | Path | np.ndarray | Image]"
Precision = Literal["fp32", "bf16", "fp16"]
_TYPES = {"fp32": None, "bf16": torch.bfloat16, "fp16": torch.float16}


class EmbeddedImages(NamedTuple):
    """What became of pictures of which some could not be read.

    Attributes:
        vectors: Of those that could, in order, shape (M, D).
        kept: Which ones these are, M indices into what was asked for.
        skipped: Why each other one could not be read, by its index.
    """

    vectors: Tensor
    kept: list[int]
    skipped: dict[int, str]


@overload
def embed_images(
    task: PersonTask,
    images: PersonDataset | Pictures,
    *,
    inputs: ModelInputs | None = ...,
    batch_size: int = ...,
    num_workers: int = ...,
    precision: Precision = ...,
    normalise: bool = ...,
    progress: bool = ...,
    on_error: Literal["raise"] = ...,
) -> Tensor: ...
@overload
def embed_images(
    task: PersonTask,
    images: Pictures,
    *,
    inputs: ModelInputs | None = ...,
    batch_size: int = ...,
    num_workers: int = ...,
    precision: Precision = ...,
    normalise: bool = ...,
    progress: bool = ...,
    on_error: Literal["skip"],
) -> EmbeddedImages: ...
def embed_images(
    task: PersonTask,
    images: Any,
    *,
    inputs: ModelInputs | None = None,
    batch_size: int = 64,
    num_workers: int = 0,
    precision: Precision = "fp32",
    normalise: bool = True,
    progress: bool = True,
    on_error: str = "raise",
) -> Tensor | EmbeddedImages:
    """Return the unit vector of each picture, on the CPU, in order, float32, shape (N, D).

    ::

        model = load_model(checkpoint="work_dirs/pretrain_r50/epoch_70.pth")
        crops = embed_images(model, "photos")  # a folder, as picture_files("photos") lists it
        query = embed_images(model, cv2.imread("me.jpg")[..., ::-1])  # one array
        print(picture_files("photos")[(crops @ query[0]).argmax()])

    Args:
        task: From :func:`plipdet.apis.load_model`.
        images: Crops of persons: a file; a folder, searched with all in it; an array, RGB uint8 of
            shape (H, W, 3) or (N, H, W, 3); a PIL image; a list of files, arrays and PIL images;
            or a data set whose pipeline loads pictures.
        inputs: In place of those that the task brings.
        batch_size: Pictures at once.
        num_workers: Processes that load them; 0 loads in this one.
        precision: "fp32"; "bf16", on GPUs and CPUs; "fp16", on GPUs.
        normalise: Whether vectors get unit length.
        progress: Whether a bar is shown after a second.
        on_error: "raise" stops at a picture that cannot be read; "skip" goes on and returns
            :class:`EmbeddedImages`, which says what was skipped and why.

    Raises:
        InputError: If there is no picture, one is of another kind, or cannot be read.
    """
    if on_error not in ("raise", "skip"):
        hint = near(on_error, ("raise", "skip"))
        raise InputError(f"on_error is {on_error!r}{hint}; expected 'raise' or 'skip'")
    options = _Options(batch_size, num_workers, precision, normalise, progress)
    if isinstance(images, PersonDataset):
        if on_error == "skip":
            raise InputError("on_error='skip' is for pictures; a data set has its 'unreadable'")
        return _of_data_set(task, images, "image", options)
    resize = (inputs or ModelInputs.of(task)).resize
    return _of_pictures(task, PictureDataset(images, resize, skip=on_error == "skip"), options)


def embed_texts(
    task: PersonTask,
    texts: PersonDataset | str | Sequence[str],
    *,
    inputs: ModelInputs | None = None,
    batch_size: int = 64,
    num_workers: int = 0,
    precision: Precision = "fp32",
    normalise: bool = True,
    progress: bool = True,
) -> Tensor:
    """Return the unit vector of each sentence, on the CPU, in order, float32, shape (N, D).

    ::

        vectors = embed_texts(model, ["a man in a red coat", "a woman with a black bag"])
        scores = vectors @ embed_images(model, "photos").T

    Args:
        task: From :func:`plipdet.apis.load_model`.
        texts: Sentences, one sentence, or a data set whose pipeline tokenises captions.
        inputs: In place of those that the task brings.
        batch_size: Sentences at once.
        num_workers: Processes that tokenise them; 0 does so in this one.
        precision: "fp32"; "bf16", on GPUs and CPUs; "fp16", on GPUs.
        normalise: Whether vectors get unit length.
        progress: Whether a bar is shown after a second.

    Raises:
        InputError: If there is no sentence, or one is not a string.
    """
    options = _Options(batch_size, num_workers, precision, normalise, progress)
    if isinstance(texts, str):
        texts = [texts]
    if not isinstance(texts, PersonDataset):
        tokenizer = (inputs or ModelInputs.of(task)).need_tokenizer()
        pipeline = [SelectCaption(), TokenizeCaption(tokenizer)]
        table = PersonTable.from_rows(_rows(texts), "/")
        texts = PersonDataset(table, pipeline, unit="caption")
    return _of_data_set(task, texts, "text", options)


class _Options(NamedTuple):
    batch_size: int
    num_workers: int
    precision: str
    normalise: bool
    progress: bool

    def loader(self, data: Dataset, **more: Any) -> DataLoader:
        if self.batch_size < 1 or self.num_workers < 0:
            raise InputError(
                f"batch_size is {self.batch_size} and num_workers {self.num_workers}; expected 1 "
                "or more, and 0 or more"
            )
        return DataLoader(data, self.batch_size, num_workers=self.num_workers, **more)

    def bar(self, loader: DataLoader, what: str) -> Iterable[Any]:
        label, hidden = f"embedding {what}s", not self.progress
        return tqdm(loader, label, unit=" batches", delay=1.0, leave=False, disable=hidden)

    def autocast(self, device: torch.device) -> AbstractContextManager[Any]:
        if self.precision not in _TYPES:
            hint = near(str(self.precision), _TYPES)
            raise InputError(f"precision is {self.precision!r}{hint}; one of {', '.join(_TYPES)}")
        if self.precision == "fp16" and device.type == "cpu":
            raise InputError("precision 'fp16' is for GPUs; a CPU takes 'bf16' or 'fp32'")
        kind = _TYPES[self.precision]
        return nullcontext() if kind is None else torch.autocast(device.type, kind)

    def finished(self, vectors: Tensor) -> Tensor:
        vectors = vectors.float()
        return (F.normalize(vectors, dim=1) if self.normalise else vectors).cpu()


def _rows(texts: Sequence[str]) -> list[dict[str, Any]]:
    for text in texts:
        if not isinstance(text, str):
            raise InputError(f"a sentence must be a string, not {type(text).__name__}: {text!r}")
    if not len(texts):
        raise InputError("there are no sentences to embed")
    return [{"image": "", "captions": [text]} for text in texts]


@torch.no_grad()
def _of_data_set(task: PersonTask, data: PersonDataset, name: str, options: _Options) -> Tensor:
    found = []
    with options.autocast(_device(task)):
        for batch in options.bar(options.loader(data, collate_fn=collate), name):
            outputs = task.val_step(batch)
            if name not in outputs:
                raise InputError(
                    f"the pipeline gives the model no {name}; it gives {sorted(outputs)}"
                )
            found.append(options.finished(outputs[name]))
    return torch.cat(found)


@torch.no_grad()
def _of_pictures(
    task: PersonTask, data: PictureDataset, options: _Options
) -> Tensor | EmbeddedImages:
    found: list[Tensor] = []
    kept: list[int] = []
    skipped: dict[int, str] = {}
    with options.autocast(_device(task)):
        for batch, problems in options.bar(options.loader(data, collate_fn=_collate), "image"):
            skipped.update(problems)
            if batch is not None:
                kept += batch.rows.tolist()
                found.append(options.finished(task.val_step(batch)["image"]))
    if not found:
        raise InputError(f"none of the {len(data)} pictures can be read: {skipped[0]}")
    vectors = torch.cat(found)
    return EmbeddedImages(vectors, kept, skipped) if data.skip else vectors


def _collate(pictures: Sequence[Picture]) -> tuple[PersonBatch | None, dict[int, str]]:
    """Return a batch of those that could be read, and what is wrong with the others."""
    problems = {p.index: p.problem for p in pictures if p.pixels is None}
    read = [p for p in pictures if p.pixels is not None]
    if not read:
        return None, problems
    stacked = np.stack([p.pixels for p in read if p.pixels is not None])  # (B, H, W, 3)
    images = torch.from_numpy(stacked).permute(0, 3, 1, 2)
    return PersonBatch(torch.tensor([p.index for p in read]), images=images), problems


def _device(task: PersonTask) -> torch.device:
    return next(task.parameters()).device
