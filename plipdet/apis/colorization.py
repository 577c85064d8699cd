"""colorize_examples: gray pictures coloured by their captions and by changed ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import cast

import numpy as np
import torch
from torch import Tensor

from plipdet.datasets import collate
from plipdet.datasets.text import AttributePhraseTagger, PhraseSpan, replace_colour
from plipdet.errors import InputError
from plipdet.models import ColorizationHead, PersonDataPreprocessor
from plipdet.structures import PHRASE_SLOTS, PersonRow, PersonTable
from plipdet.tasks import PretrainingTask
from plipdet.visualization import ColorizationExample, ColorVariant

from .find_head import find_head
from .model_inputs import ModelInputs
from .person_picture import person_picture, varied_rows

COLOURS = ("red", "blue", "green", "yellow", "black", "white")
_CLOTHES = (PHRASE_SLOTS.index("upper"), PHRASE_SLOTS.index("lower"))


@torch.no_grad()
def colorize_examples(
    task: PretrainingTask,
    table: PersonTable,
    *,
    inputs: ModelInputs,
    count: int = 6,
    colours: Sequence[str] = COLOURS,
    seed: int = 0,
) -> list[ColorizationExample]:
    """Colour gray pictures by their caption, and with the colour of one garment changed.

    As Fig. 5 of PLIP (arXiv 2305.08386).

    Args:
        task: A task with a ColorizationHead.
        table: Rows with captions.
        inputs: Of the task's config.
        count: How many examples.
        colours: What the garment's colour is changed to; its own is left out.
        seed: Chooses the rows.

    Raises:
        InputError: If the task has no such head, or no caption names a garment's colour.
    """
    if count < 1:
        raise InputError(f"{count} pictures to colour; expected 1 or more")
    head = find_head(task, ColorizationHead)
    tagger = AttributePhraseTagger()
    examples: list[ColorizationExample] = []
    for row in varied_rows(table, len(table), seed=seed, captioned=True):
        if len(examples) == count:
            break
        record = table[row]
        caption = (record.captions or [""])[0]
        spans = tagger(caption, record.attribute_phrases)
        garment = next(_coloured(caption, spans), None)
        if garment is None:
            continue
        picture = person_picture(table, row)
        examples.append(_example(task, head, inputs, picture, caption, garment, colours))
    if not examples:
        raise InputError(f"no caption in {table.root} gives the colour of a garment")
    return examples


def _coloured(
    caption: str, spans: Sequence[PhraseSpan]
) -> Iterator[tuple[PhraseSpan, tuple[int, int]]]:
    """Yield the garments whose colour can be changed, with the colour's place."""
    for span in spans:
        if span.slot in _CLOTHES:
            place = colour_place(caption, span)
            if place is not None:
                yield span, place


def colour_place(caption: str, span: PhraseSpan) -> tuple[int, int] | None:
    """Return where the colour of a phrase starts and ends; ``None`` when it names none."""
    for probe in ("x\0", "a\0"):  # before one of them the article stays as it is
        try:
            changed = replace_colour(caption, span, probe)
        except InputError:
            return None
        start = changed.lower().index(probe)
        if caption.startswith(changed[:start]):
            return start, start + len(caption) - len(changed) + len(probe)
    raise AssertionError(f"neither article stayed in {caption!r}")


def _example(
    task: PretrainingTask,
    head: ColorizationHead,
    inputs: ModelInputs,
    picture: np.ndarray,
    caption: str,
    garment: tuple[PhraseSpan, tuple[int, int]],
    colours: Sequence[str],
) -> ColorizationExample:
    span, (start, end) = garment
    others = [c for c in colours if c not in caption[start:end].lower().split()]
    captions = [caption, *(replace_colour(caption, span, colour) for colour in others)]
    gray, colored = colorize(task, head, inputs, picture, captions)
    variants = [ColorVariant(p, c) for p, c in zip(colored[1:], others, strict=True)]
    return ColorizationExample(picture, gray, colored[0], caption, (start, end), variants)


@torch.no_grad()
def colorize(
    task: PretrainingTask,
    head: ColorizationHead,
    inputs: ModelInputs,
    picture: np.ndarray,
    captions: Sequence[str],
) -> tuple[np.ndarray, list[np.ndarray]]:
    """Return the gray picture, and it coloured by each caption, RGB uint8, (H, W, 3) each.

    Args:
        task: The head's task.
        head: Colours.
        inputs: Of the task's config.
        picture: RGB uint8, any size.
        captions: Sentences.
    """
    tokenizer = inputs.need_tokenizer()
    row = PersonRow(image="")
    resized = inputs.resize.transform({"img": picture})["img"]
    samples = []
    for index, caption in enumerate(captions):
        ids, mask, _ = tokenizer(caption)
        words = {"token_ids": ids, "token_mask": mask, "pad_id": tokenizer.pad_id}
        samples.append({"row": row, "index": index, "img": resized, **words})
    preprocessor = cast(PersonDataPreprocessor, task.data_preprocessor)
    batch = preprocessor(collate(samples))["batch"]
    gray = preprocessor.to_gray(batch.images[:1])
    stages = task.image_encoder(gray).stages  # one picture, many captions
    text = task.text_encoder(batch.token_ids, batch.token_mask).embedding
    repeated = [stage.expand(len(captions), -1, -1, -1) for stage in stages]
    colored = preprocessor.denormalize(head.colorize(repeated, text).float())
    return _pixels(preprocessor.denormalize(gray))[0], _pixels(colored)


def _pixels(pictures: Tensor) -> list[np.ndarray]:
    """Return RGB uint8 arrays (H, W, 3) of pictures in 0..1, shape (B, 3, H, W)."""
    bytes_ = (pictures.clamp(0, 1) * 255).round().to(torch.uint8)
    return list(bytes_.permute(0, 2, 3, 1).cpu().numpy())
