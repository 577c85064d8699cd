"""word_saliency: where in a picture a sentence's words find what they say."""

from __future__ import annotations

import re

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from plipdet.datasets.text.word_classes import WordClasses
from plipdet.errors import InputError
from plipdet.functional.saliency import contribution_maps
from plipdet.structures import ImageFeatures, PersonBatch
from plipdet.tasks import PersonTask
from plipdet.visualization import SaliencyExample, WordHeat

from .model_inputs import ModelInputs

_WORD = re.compile(r"[^\W_]+(?:[-'’‐‑][^\W_]+)*")
_NOT_CONTENT = frozenset("rdiwaofv,.")  # adverbs, articles, verbs and such, by WordClasses


def word_saliency(
    task: PersonTask,
    picture: np.ndarray,
    sentence: str,
    *,
    inputs: ModelInputs | None = None,
    stage: int = -1,
    all_words: bool = False,
    note: str = "",
) -> SaliencyExample:
    """Return what each word adds to the similarity of a sentence and a picture, and from where.

    A word's contribution is how much the similarity falls when its word pieces are replaced by
    ``[MASK]`` (erasure; Li et al., arXiv 1612.08220). Since the picture's vector stays what it
    is, that is its product with the difference of the two sentence vectors, which
    :func:`plipdet.functional.saliency.contribution_maps` spreads over the picture.

    Args:
        task: From :func:`plipdet.apis.load_model`.
        picture: RGB uint8, shape (H, W, 3).
        sentence: What is said of it; what is longer than the tokenizer takes has no map.
        inputs: In place of those that the task brings.
        stage: Which of the image encoder's maps, -1 for the last; the sums are exact for the last
            only, earlier ones are finer.
        all_words: Also those like "the" and "with".
        note: Kept in the result.

    Raises:
        InputError: If there is no such stage, the sentence has no words, or the model reads none.
    """
    inputs = inputs or ModelInputs.of(task)
    words, texts = _embed_without_each_word(task, sentence, inputs, all_words=all_words)
    stages, embedding = _embed_with_stages(task, picture, inputs)
    if not -len(stages) <= stage < len(stages):
        raise InputError(
            f"stage = {stage}; the image encoder has {len(stages)} maps, 0 the finest, -1 the last"
        )
    directions = torch.cat([texts[:1], texts[0] - texts[1:]])  # (1 + words, D)
    heats = contribution_maps(stages[stage], embedding, directions).cpu().numpy()
    products = (directions @ F.normalize(embedding.detach(), dim=0)).tolist()
    heated = [
        WordHeat(*span, product, heat)
        for span, product, heat in zip(words, products[1:], heats[1:], strict=True)
    ]
    return SaliencyExample(picture, sentence, products[0], heats[0], heated, note)


@torch.no_grad()
def _embed_without_each_word(
    task: PersonTask, sentence: str, inputs: ModelInputs, *, all_words: bool
) -> tuple[list[tuple[int, int]], Tensor]:
    """Return the words' first and last-but-one characters, and unit vectors (1 + words, D).

    The first vector is the whole sentence's, the others' have one word hidden each.
    """
    tokenizer = inputs.need_tokenizer()
    ids, mask, offsets = tokenizer(sentence)
    classes = WordClasses()
    spans, variants = [], [ids]
    for found in _WORD.finditer(sentence):
        pieces = (offsets[:, 0] < found.end()) & (offsets[:, 1] > found.start())
        content = classes[found[0].lower()] not in _NOT_CONTENT
        if pieces.any() and (all_words or content):
            spans.append(found.span())
            variants.append(np.where(pieces, tokenizer.mask_id, ids))
    if not spans:
        raise InputError(f"the sentence {sentence!r} has no words that say what to look for")
    token_ids = torch.from_numpy(np.stack(variants))
    token_mask = torch.from_numpy(mask).expand(len(variants), -1)
    batch = _batch(task, PersonBatch(torch.arange(1), token_ids=token_ids, token_mask=token_mask))
    assert batch.token_ids is not None and batch.token_mask is not None
    return spans, F.normalize(task.embed_texts(batch.token_ids, batch.token_mask).float(), dim=1)


@torch.enable_grad()
def _embed_with_stages(
    task: PersonTask, picture: np.ndarray, inputs: ModelInputs
) -> tuple[tuple[Tensor, ...], Tensor]:
    """Return the image encoder's maps, and the embedding (D,) computed from them."""
    pixels = np.ascontiguousarray(inputs.resize({"img": picture})["img"])
    images = torch.from_numpy(pixels).permute(2, 0, 1)[None]
    batch = _batch(task, PersonBatch(torch.arange(1), images=images))
    assert batch.images is not None
    found: list[ImageFeatures] = []
    encoder = task.image_encoder
    hook = encoder.register_forward_hook(lambda module, args, output: found.append(output))
    try:
        # Frozen weights would leave no graph
        embedding = task.embed_images(batch.images.requires_grad_(True))[0]
    finally:
        hook.remove()
    return found[0].stages, embedding


def _batch(task: PersonTask, batch: PersonBatch) -> PersonBatch:
    """Return the batch on the task's device, pictures normalised."""
    return task.data_preprocessor(batch)["batch"]
