"""The smallest task that has every part of the paper's, for tests of several rooms."""

import torch

from plipdet.models import (
    AttributePredictionHead,
    BertTextEncoder,
    ColorizationHead,
    IdentityContrastHead,
    ImageEncoder,
    MaxPooling,
    PLIPResNet,
)
from plipdet.structures import PersonBatch
from plipdet.tasks import PretrainingTask

VOCABULARY = 40
TINY_BERT = {
    "vocab_size": VOCABULARY,
    "hidden_size": 16,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 32,
    "max_position_embeddings": 12,
}


def tiny_heads(form="cmpm", mask_ratio=1.0):
    return {
        "contrast": {"type": IdentityContrastHead, "form": form},
        "colorization": {"type": ColorizationHead, "channels": 4, "loss_weight": 0.02},
        "attributes": {
            "type": AttributePredictionHead,
            "num_heads": 2,
            "mask_ratio": mask_ratio,
            "loss_weight": 0.1,
        },
    }


def tiny_task(heads=None, seed=0, text_pooling="mean"):
    torch.manual_seed(seed)
    task = PretrainingTask(
        {
            "type": ImageEncoder,
            "backbone": {"type": PLIPResNet, "stage_blocks": (1, 1, 1, 1), "stem_width": 4},
            "pooling": {"type": MaxPooling},
            "embed_dim": 16,
        },
        {
            "type": BertTextEncoder,
            "model": TINY_BERT,
            "freeze_layers": 1,
            "mask_token_id": 3,
            "pooling": text_pooling,
        },
        heads=tiny_heads() if heads is None else heads,
    )
    for name, parameter in task.named_parameters():
        if name.endswith("bn3.weight"):  # at zero it would hide the convolutions before it
            torch.nn.init.constant_(parameter, 0.5)
    return task


def tiny_batch(size=4, seed=0):
    generator = torch.Generator().manual_seed(seed)
    images = torch.randint(0, 256, (size, 3, 64, 32), generator=generator, dtype=torch.uint8)
    token_ids = torch.randint(5, VOCABULARY, (size, 10), generator=generator)
    lengths = torch.randint(6, 11, (size, 1), generator=generator)
    token_mask = torch.arange(10) < lengths
    phrase_slots = torch.randint(-1, 6, (size, 10), generator=generator, dtype=torch.int8)
    return PersonBatch(
        rows=torch.arange(size),
        images=images,
        person_ids=torch.arange(size) // 2,
        token_ids=token_ids * token_mask,
        token_mask=token_mask,
        phrase_slots=torch.where(token_mask, phrase_slots, -1),
    )


def tiny_two_views(size=4, seed=0):
    batch = tiny_batch(size, seed)
    return batch.replace(second_images=tiny_batch(size, seed + 1000).images)
