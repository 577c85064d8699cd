"""complete_attributes: hidden attribute words of captions, and the model's guesses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import numpy as np
import torch

from plipdet.datasets import collate
from plipdet.datasets.text import AttributePhraseTagger, CaptionTokenizer
from plipdet.errors import InputError
from plipdet.models import AttributePredictionHead, PersonDataPreprocessor
from plipdet.structures import PersonTable
from plipdet.tasks import PretrainingTask
from plipdet.visualization import AttributeCard, HiddenPiece

from .find_head import find_head
from .model_inputs import ModelInputs
from .person_picture import person_picture, varied_rows


def complete_attributes(
    task: PretrainingTask,
    table: PersonTable,
    *,
    inputs: ModelInputs,
    count: int = 8,
    hidden: int = 5,
    guesses: int = 3,
    seed: int = 0,
) -> list[AttributeCard]:
    """Hide random attribute words of captions and let the model fill them from the pictures.

    Args:
        task: A task with an AttributePredictionHead.
        table: Rows with captions.
        inputs: Of the task's config.
        count: How many captions.
        hidden: Word pieces hidden in a caption, at most.
        guesses: Guesses for each, best first.
        seed: Chooses the rows and the words.

    Raises:
        InputError: If the task has no such head, or no caption has an attribute phrase.
    """
    if min(count, hidden, guesses) < 1:
        raise InputError(f"{count} captions, {hidden} words, {guesses} guesses; expected 1 or more")
    head = find_head(task, AttributePredictionHead)
    tokenizer, tagger = inputs.need_tokenizer(), AttributePhraseTagger()
    rng = np.random.default_rng(seed)
    cards: list[AttributeCard] = []
    for row in varied_rows(table, len(table), seed=seed, captioned=True):
        if len(cards) == count:
            break
        record = table[row]
        caption = (record.captions or [""])[0]
        ids, mask, offsets = tokenizer(caption)
        slots = tokenizer.token_slots(tagger(caption, record.attribute_phrases), offsets)
        places = np.flatnonzero(slots >= 0)
        if not len(places):
            continue
        places = np.sort(rng.permutation(places)[:hidden])
        picture = person_picture(table, row)
        resized = inputs.resize.transform({"img": picture})["img"]
        words = {"token_ids": ids, "token_mask": mask, "pad_id": tokenizer.pad_id}
        sample = {"row": record, "index": 0, "img": resized, **words}
        best = _predict(task, head, sample, places, guesses)
        pieces = _pieces(tokenizer, ids[places], offsets[places], best)
        cards.append(AttributeCard(picture, caption, pieces))
    if not cards:
        raise InputError(f"no caption in {table.root} has an attribute phrase")
    return cards


@torch.no_grad()
def _predict(
    task: PretrainingTask,
    head: AttributePredictionHead,
    sample: dict[str, object],
    places: np.ndarray,
    guesses: int,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the best ids and their probabilities at the places, each of shape (P, guesses)."""
    preprocessor = cast(PersonDataPreprocessor, task.data_preprocessor)
    batch = preprocessor(collate([sample]))["batch"]
    mask = torch.zeros_like(batch.token_mask)
    mask[0, torch.from_numpy(places)] = True
    masked = batch.token_ids.masked_fill(mask, task.text_encoder.mask_token_id)
    text = task.text_encoder(masked, batch.token_mask)
    image = task.image_encoder(batch.images).embedding
    best = head.predict_tokens(text, image, mask).float().softmax(dim=1).topk(guesses, dim=1)
    return best.indices.cpu().numpy(), best.values.cpu().numpy()


def _pieces(
    tokenizer: CaptionTokenizer,
    truths: np.ndarray,
    offsets: np.ndarray,
    best: tuple[np.ndarray, np.ndarray],
) -> Sequence[HiddenPiece]:
    words = tokenizer.pieces(truths)
    found = []
    for at, truth in enumerate(words):
        guessed = zip(tokenizer.pieces(best[0][at]), best[1][at].tolist(), strict=True)
        start, end = (int(place) for place in offsets[at])
        found.append(HiddenPiece(start, end, truth, list(guessed)))
    return found
