"""SharedBuffers: memory that a worker shares with its loader, used again batch after batch."""

from __future__ import annotations

import itertools
import os
import shutil
import weakref
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from plipdet.errors import InputError

_SHARED_FILES = Path("/dev/shm")  # where Linux has a limit of its own; containers often 64 MB
_MOST = 16  # a loader that holds more batches of one worker than that gets new memory for each
_FREE, _TAKEN, _SENT = 0, 1, 2


@dataclass(slots=True)
class _Buffer:
    memory: Tensor  # uint8, shape (room + 1,); the last byte says who uses the others
    view: np.ndarray  # the same memory
    turn: int = 0  # how often it has been taken
    known: bool = False  # to the process that it is sent to
    number: int = field(default_factory=itertools.count().__next__)  # of all of this process

    @property
    def room(self) -> int:
        return len(self.view) - 1


class SentBuffer(NamedTuple):
    """What is sent of a buffer.

    Args:
        number: Its own among those of the sending process.
        memory: The whole buffer, uint8; ``None`` where it has been sent before.
        kept: Numbers of all buffers that may be sent again.
    """

    number: int
    memory: Tensor | None
    kept: tuple[int, ...]


class SharedBuffers:
    """The buffers of one worker process.

    New shared memory costs a page fault for every 4 kB, which for a batch of pictures is many
    times what writing it costs. So a worker keeps its buffers. The loader's process sets a
    buffer's last byte to 0 when it has no more use for it, see :func:`received`; a loader that
    keeps many batches only makes the worker take more memory.
    """

    def __init__(self) -> None:
        self._buffers: dict[int, _Buffer] = {}

    def take(self, size: int) -> np.ndarray:
        """Return bytes that nobody uses, uint8, shape (size,).

        Raises:
            InputError: If there is no room for shared memory.
        """
        free = [b for b in self._buffers.values() if b.view[-1] == _FREE]
        fitting = [b for b in free if b.room >= size]
        if fitting:
            buffer = min(fitting, key=lambda b: b.room)
        else:
            for small in free:
                del self._buffers[small.memory.data_ptr()]
            buffer = _new_buffer(size)
            if len(self._buffers) < _MOST:
                self._buffers[buffer.memory.data_ptr()] = buffer
        buffer.view[-1] = _TAKEN
        buffer.turn += 1
        part = buffer.view[:size]
        weakref.finalize(part, _unused, buffer, buffer.turn).atexit = False
        # Views of an array refer to the array that has the memory, but a tensor keeps this one.
        return torch.from_numpy(part).numpy()

    def send(self, tensor: Tensor) -> SentBuffer | None:
        """Return the buffer that a tensor lies in, for the process that all are sent to.

        ``None`` if the tensor lies elsewhere, or the buffer is on its way already.
        """
        buffer = self._buffers.get(tensor.untyped_storage().data_ptr())
        if buffer is None or buffer.view[-1] != _TAKEN:
            return None
        buffer.view[-1] = _SENT
        memory = None if buffer.known else buffer.memory
        buffer.known = True
        return SentBuffer(buffer.number, memory, tuple(b.number for b in self._buffers.values()))


def received(memory: Tensor) -> Tensor:
    """Return the bytes of a buffer that another process has sent, uint8, shape (room,).

    When the last tensor over them is gone, that process may write into the buffer again.
    """
    view = memory.numpy()
    room = view[:-1]  # the tensor's storage holds this very array
    weakref.finalize(room, _release, view, os.getpid()).atexit = False
    return torch.from_numpy(room)


def _release(view: np.ndarray, owner: int) -> None:
    if os.getpid() == owner:  # a forked process must not free what its parent uses
        view[-1] = _FREE


def _unused(buffer: _Buffer, turn: int) -> None:
    """Free what was taken and never sent, once no view of it is left."""
    if buffer.turn == turn and buffer.view[-1] == _TAKEN:
        buffer.view[-1] = _FREE


def _new_buffer(size: int) -> _Buffer:
    if _SHARED_FILES.is_dir():
        free = shutil.disk_usage(_SHARED_FILES).free
        if free < size:  # the system would kill the process when it writes
            raise InputError(
                f"a batch needs {size / 1e6:.0f} MB of shared memory and {_SHARED_FILES} has "
                f"{free / 1e6:.0f} MB; give the container more (docker run --shm-size=16g), or "
                "lower num_workers or batch_size of the loader"
            )
    memory = torch.empty(size + 1, dtype=torch.uint8).share_memory_()
    return _Buffer(memory, memory.numpy())
