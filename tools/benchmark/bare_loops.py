"""BareLoops: processes that read, decode and resize pictures, and do nothing else."""

from __future__ import annotations

import multiprocessing
import signal
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import simplejpeg

from plipdet.datasets.stores import ImageStore


@dataclass(frozen=True)
class BareWork:
    """What is done to a picture, with the decoder and the resizing of the training loader.

    Args:
        size: Height and width of the result, px.
        min_size: What a scaled decoding has to leave, px; ``None`` for a full one.
        interpolation: OpenCV's code.
    """

    size: tuple[int, int]
    min_size: tuple[int, int] | None
    interpolation: int

    def __call__(self, data: bytes) -> np.ndarray:
        """Return the resized picture, RGB uint8 (H, W, 3)."""
        if self.min_size is None:
            image = simplejpeg.decode_jpeg(data)
        else:
            height, width = self.min_size
            image = simplejpeg.decode_jpeg(data, min_height=height, min_width=width, min_factor=2)
        if image.shape[:2] == self.size:
            return image
        return cv2.resize(image, self.size[::-1], interpolation=self.interpolation)


class BareLoops:
    """One process a worker, each with the pictures in an order of its own.

    Args:
        stores: Where to read, by name.
        names: The pictures.
        work: What to do with each.
        workers: Number of processes.
    """

    def __init__(
        self, stores: Mapping[str, ImageStore], names: list[str], work: BareWork, *, workers: int
    ) -> None:
        context = multiprocessing.get_context("fork")  # as the workers of the loader
        self._pipes = []
        self._processes = []
        for number in range(workers):
            ours, theirs = context.Pipe()
            arguments = (theirs, stores, names, work, number)
            process = context.Process(target=_serve, args=arguments, daemon=True)
            process.start()
            theirs.close()
            self._pipes.append(ours)
            self._processes.append(process)

    def rate(self, store: str, seconds: float) -> float:
        """Return the pictures a second of all processes together, which run for so long."""
        for pipe in self._pipes:
            pipe.send((store, seconds))
        return sum(pipe.recv() for pipe in self._pipes)

    def close(self) -> None:
        """End the processes."""
        for pipe in self._pipes:
            pipe.close()
        for process in self._processes:
            process.terminate()
            process.join()


def _serve(
    pipe: Any, stores: Mapping[str, ImageStore], names: list[str], work: BareWork, number: int
) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the first process ends the others
    cv2.setNumThreads(0)
    order = np.random.default_rng(number).permutation(len(names)).tolist()
    while True:
        try:
            store, seconds = pipe.recv()
        except EOFError:
            return
        read, count, start = stores[store].read, 0, time.perf_counter()
        while (elapsed := time.perf_counter() - start) < seconds:
            work(read(names[order[count % len(order)]]))
            count += 1
        pipe.send(count / elapsed)
