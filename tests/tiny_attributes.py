"""The smallest task of recognising attributes, for tests of several rooms."""

import numpy as np
import torch
from tiny_task import TINY_BERT, tiny_batch

from plipdet.models import AttributeHead, BertTextEncoder, ImageEncoder, MaxPooling, PLIPResNet
from plipdet.structures import AttributeFacts
from plipdet.tasks import AttributeRecognitionTask

NAMES = ("hat", "upper red", "Female")
FACTS = AttributeFacts(NAMES, np.array([0.1, 0.3, 0.5], np.float32))


class Words:
    """A tokenizer whose word pieces are words, numbered by their letters."""

    pad_id = 0

    def __call__(self, text):
        ids = np.array([1, *(5 + sum(map(ord, word)) % 35 for word in text.split()[:8]), 2])
        return ids, np.ones(len(ids), bool), np.zeros((len(ids), 2), np.int64)


def tiny_attribute_task(head=None, *, seed=0, facts=FACTS, texts=True, **options):
    torch.manual_seed(seed)
    task = AttributeRecognitionTask(
        {
            "type": ImageEncoder,
            "backbone": {"type": PLIPResNet, "stage_blocks": (1, 1, 1, 1), "stem_width": 4},
            "pooling": {"type": MaxPooling},
            "embed_dim": 16,
        },
        {"type": BertTextEncoder, "model": TINY_BERT, "freeze_layers": 1, "mask_token_id": 3}
        if texts
        else None,
        heads={"recognition": head or {"type": AttributeHead}},
        **options,
    )
    for name, parameter in task.named_parameters():
        if name.endswith("bn3.weight"):  # at zero it would hide the convolutions before it
            torch.nn.init.constant_(parameter, 0.5)
    if facts is not None:
        task.meet_attributes(facts)
    return task


def tiny_attribute_batch(size=4, *, seed=0):
    generator = torch.Generator().manual_seed(seed)
    labels = torch.randint(-1, 2, (size, len(NAMES)), generator=generator, dtype=torch.int8)
    return tiny_batch(size, seed).replace(
        attribute_labels=labels, token_ids=None, token_mask=None, phrase_slots=None
    )
