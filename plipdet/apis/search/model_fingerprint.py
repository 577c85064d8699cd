"""model_fingerprint: what tells the embeddings of one model from those of another."""

from __future__ import annotations

import hashlib

import torch
from torch import nn


def model_fingerprint(model: nn.Module, *facts: object, leave_out: str) -> str:
    """Return a digest of the weights and buffers, and of what else changes an embedding.

    Args:
        model: The embedding model, without a detector: that changes no embedding.
        leave_out: Beginning of the names of weights that change none either, such as heads.
        facts: Such as the size that pictures are resized to; compared as they are printed.

    Returns:
        64 hexadecimal digits.
    """
    digest = hashlib.sha256(repr((type(model).__name__, *facts)).encode())
    for name, value in sorted(model.state_dict().items()):
        if name.startswith(leave_out):
            continue
        digest.update(f"{name} {value.dtype} {tuple(value.shape)}".encode())
        plain = value.detach().cpu().contiguous().flatten()
        digest.update(plain.view(torch.uint8).numpy().data)
    return digest.hexdigest()
