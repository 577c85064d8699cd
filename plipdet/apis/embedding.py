"""Embedding pictures and sentences with a loaded model."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.utils.data import DataLoader
from tqdm import tqdm

from plipdet.datasets import PersonDataset, collate
from plipdet.datasets.transforms import SelectCaption, TokenizeCaption
from plipdet.errors import InputError
from plipdet.structures import PersonTable
from plipdet.tasks import PretrainingTask

from .model_inputs import ModelInputs


def embed_images(
    task: PretrainingTask,
    images: PersonDataset | Sequence[str | Path],
    *,
    inputs: ModelInputs | None = None,
    batch_size: int = 64,
    num_workers: int = 0,
) -> Tensor:
    """Return the unit vector of each picture, on the CPU, shape (N, D).

    Args:
        task: From :func:`plipdet.apis.load_model`.
        images: A data set whose pipeline loads pictures, or picture files of person crops.
        inputs: Needed for files.
        batch_size: Pictures at once.
        num_workers: Processes that load them; 0 loads in this one.

    Raises:
        InputError: If there is no picture, or one cannot be read.
    """
    if not isinstance(images, PersonDataset):
        rows = [{"image": str(Path(path).absolute())} for path in images]
        _check_any(rows, "pictures")
        pipeline = _need(inputs, "picture files").image_pipeline
        images = PersonDataset(PersonTable.from_rows(rows, "/"), pipeline)
    return _embed(task, images, "image", batch_size, num_workers)


def embed_texts(
    task: PretrainingTask,
    texts: PersonDataset | Sequence[str],
    *,
    inputs: ModelInputs | None = None,
    batch_size: int = 64,
    num_workers: int = 0,
) -> Tensor:
    """Return the unit vector of each sentence, on the CPU, shape (N, D).

    Args:
        task: From :func:`plipdet.apis.load_model`.
        texts: A data set whose pipeline tokenises captions, or sentences.
        inputs: Needed for sentences.
        batch_size: Sentences at once.
        num_workers: Processes that tokenise them; 0 does so in this one.

    Raises:
        InputError: If there is no sentence, or one is not a string.
    """
    if not isinstance(texts, PersonDataset):
        for text in texts:
            if not isinstance(text, str):
                raise InputError(
                    f"a sentence must be a string, not {type(text).__name__}: {text!r}"
                )
        rows = [{"image": "", "captions": [text]} for text in texts]
        _check_any(rows, "sentences")
        pipeline = [SelectCaption(), TokenizeCaption(_need(inputs, "sentences").need_tokenizer())]
        texts = PersonDataset(PersonTable.from_rows(rows, "/"), pipeline, unit="caption")
    return _embed(task, texts, "text", batch_size, num_workers)


def _need(inputs: ModelInputs | None, what: str) -> ModelInputs:
    if inputs is None:
        raise InputError(f"{what} need inputs=ModelInputs.from_config(cfg), to be read as trained")
    return inputs


def _check_any(rows: Sequence[object], what: str) -> None:
    if not rows:
        raise InputError(f"there are no {what} to embed")


@torch.no_grad()
def _embed(
    task: PretrainingTask, dataset: PersonDataset, name: str, batch_size: int, num_workers: int
) -> Tensor:
    loader: DataLoader = DataLoader(
        dataset,  # type: ignore[arg-type]
        batch_size=batch_size,
        num_workers=num_workers,
        collate_fn=collate,
    )
    found = []
    for batch in tqdm(loader, desc=f"embedding {name}s", unit=" batches", delay=1.0, leave=False):
        outputs = task.val_step(batch)
        if name not in outputs:
            raise InputError(f"the pipeline gives the model no {name}; it gives {sorted(outputs)}")
        found.append(F.normalize(outputs[name].float(), dim=1).cpu())
    return torch.cat(found)
