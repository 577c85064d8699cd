"""How a PersonBatch or a SceneBatch gets from a worker to its loader.

PyTorch sends every tensor as a file descriptor of new shared memory, and each of these costs more
than copying the few bytes of all but the pictures. So the pictures go in a buffer that is used
again and again and sent once, and the rest goes through the pipe. Pickling elsewhere is as it was.
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable
from multiprocessing.reduction import ForkingPickler
from typing import Any

import numpy as np
import torch
from torch import Tensor

from plipdet.structures import PersonBatch, SceneBatch

from .known_memory import KnownMemory, Sender
from .shared_buffers import SentBuffer, SharedBuffers, received

Batch = PersonBatch | SceneBatch
_LARGEST = 1 << 18  # B of a tensor that is sent through the pipe
buffers = SharedBuffers()
"""Those of this process; the loader's own process uses none."""
_known = KnownMemory()
_sender: Sender = (0, b"")  # this process, once it has sent something
os.register_at_fork(after_in_child=_known.forget)  # a worker has no use for other workers' memory


def _reduce(batch: Batch) -> tuple[Callable[..., Batch], tuple[Any, ...]]:
    facts = {f.name: _packed(getattr(batch, f.name)) for f in dataclasses.fields(batch)}
    sent = place = None
    images = batch.images
    if images is not None and (sent := buffers.send(images)) is not None:
        facts["images"] = None
        place = (images.dtype, images.shape, images.stride(), images.storage_offset())
    return _rebuild, (type(batch), facts, _this_process(), sent, place)


def _this_process() -> Sender:
    global _sender
    if _sender[0] != os.getpid():
        _sender = (os.getpid(), os.urandom(8))
    return _sender


def _packed(value: Tensor | None) -> Tensor | np.ndarray | None:
    """Return a small tensor as an array, and others as they are."""
    if value is None or value.is_cuda or value.requires_grad or value.dtype == torch.bfloat16:
        return value
    return value.numpy() if value.is_contiguous() and value.nbytes <= _LARGEST else value


def _rebuild(
    kind: type[Batch],
    facts: dict[str, Any],
    sender: Sender,
    sent: SentBuffer | None,
    place: Any,
) -> Batch:
    tensors = {
        name: torch.from_numpy(value) if isinstance(value, np.ndarray) else value
        for name, value in facts.items()
    }
    if sent is not None:
        dtype, shape, stride, offset = place
        room = received(_known.of(sender, sent))
        whole = room[: len(room) // dtype.itemsize * dtype.itemsize].view(dtype)
        tensors["images"] = whole.as_strided(shape, stride, offset)
    return kind(**tensors)


for _kind in (PersonBatch, SceneBatch):
    ForkingPickler.register(_kind, _reduce)
