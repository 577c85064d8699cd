"""score_attributes: which attributes, or which phrases, pictures show."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor

from plipdet.datasets import PersonDataset
from plipdet.errors import InputError
from plipdet.models.heads.attribute import AttributeScorer, PromptAttributeHead
from plipdet.tasks import AttributeRecognitionTask, PersonTask

from .embedding import Pictures, embed_images
from .model_inputs import ModelInputs


class AttributeScores(NamedTuple):
    """What pictures show.

    Attributes:
        names: Of the A attributes, or the phrases.
        probabilities: 0..1, above 0.5 for "yes", on the CPU, float32, shape (N, A).
        rule: How "yes" and "no" are told apart, in words.
    """

    names: tuple[str, ...]
    probabilities: Tensor
    rule: str

    def of(self, picture: int) -> dict[str, float]:
        """Return the probabilities of one picture by name, the most probable first."""
        found = zip(self.names, self.probabilities[picture].tolist(), strict=True)
        return dict(sorted(found, key=lambda pair: -pair[1]))


@torch.no_grad()
def score_attributes(
    task: PersonTask,
    images: PersonDataset | Pictures,
    phrases: str | Sequence[str] | None = None,
    *,
    reference: PersonDataset | Pictures | None = None,
    inputs: ModelInputs | None = None,
    **options: Any,
) -> AttributeScores:
    """Return the probability of each attribute, or of any phrase, for each picture, in order.

    ::

        model = load_model(checkpoint="work_dirs/rethinking_mini/best_mA_epoch_3.pth")
        print(score_attributes(model, "photos").of(0))
        model = load_model(checkpoint="work_dirs/pretrain_r50/epoch_70.pth")  # zero-shot
        found = score_attributes(model, "photos", ["a person in a red coat", "a child"])

    Args:
        task: From :func:`plipdet.apis.load_model`.
        images: Crops of persons, as :func:`plipdet.apis.embed_images` takes them.
        phrases: What to look for, with any model that reads sentences and pictures; ``None`` for
            the attributes that the model was trained to recognise.
        reference: Other pictures, such as a few hundred of the same cameras: a phrase's "yes" is
            then more likeness to it than theirs has on average. ``None`` compares its likeness
            with that of "a person". A trained head takes no notice of them.
        inputs: In place of those that the task brings.
        options: ``batch_size``, ``num_workers``, ``precision`` and ``progress`` of
            :func:`plipdet.apis.embed_images`.

    Raises:
        InputError: If there is no picture, the model was not trained on attributes and no phrase
            is given, or it reads no sentences.
    """
    scorer = _trained(task) if phrases is None else _for_phrases(task, phrases, inputs)
    device = next(task.parameters()).device

    def embeddings(pictures: Any) -> Tensor:
        found = embed_images(task, pictures, inputs=inputs, normalise=False, **options)
        return found.to(device)

    if reference is not None:
        scorer.refer(embeddings(reference), task.embed_texts)
    logits = scorer.logits(embeddings(images), task.embed_texts)
    return AttributeScores(scorer.attribute_names, logits.float().sigmoid().cpu(), scorer.rule())


def _trained(task: PersonTask) -> AttributeScorer:
    if isinstance(task, AttributeRecognitionTask) and task.answers in task.heads:
        if task.attribute_names:
            return task.scorer
    raise InputError(
        f"this {type(task).__name__} was not trained to recognise attributes; give phrases to "
        'look for, like ["a person with a backpack"]'
    )


def _for_phrases(
    task: PersonTask, phrases: str | Sequence[str], inputs: ModelInputs | None
) -> AttributeScorer:
    """Return a head that was not trained, asked for the phrases as they are."""
    asked = (phrases,) if isinstance(phrases, str) else tuple(phrases)
    if not asked:
        raise InputError("there are no phrases to look for; name one or more")
    for phrase in asked:
        if not isinstance(phrase, str):
            raise InputError(f"a phrase must be a string, not {type(phrase).__name__}: {phrase!r}")
    if task.text_encoder is None:
        raise InputError(f"this {type(task).__name__} reads no texts: it has no text_encoder")
    own = [h.tokenizer for h in task.heads.values() if isinstance(h, PromptAttributeHead)]
    tokenizer = own[0] if own else (inputs or ModelInputs.of(task)).need_tokenizer()
    head = PromptAttributeHead(
        tokenizer,
        image_dim=task.image_encoder.embed_dim,
        text_dim=task.text_encoder.embed_dim,
        phrases={phrase: phrase for phrase in asked},
    ).eval()
    head.ask(asked)
    return head
