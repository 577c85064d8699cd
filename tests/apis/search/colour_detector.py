"""A detector of coloured rectangles, and pictures and videos of them."""

import os
import signal

import cv2
import numpy as np
import torch

from plipdet.models import Detector
from plipdet.structures import Detections

RED, BLUE, GREEN = (200, 20, 20), (20, 20, 200), (20, 160, 20)
SIZE = (160, 96)  # px, width and height of a scene


class ColourDetector(Detector):
    """Finds what is neither gray nor a line; ends its process like a crash at a picture."""

    def __init__(self, *, dies_at=None):
        super().__init__()
        self.dies_at = dies_at
        self.seen = 0

    def detect(self, pictures):
        return [self._people(p.permute(1, 2, 0).numpy()) for p in pictures]

    def _people(self, picture):
        self.seen += 1
        if self.seen == self.dies_at:
            os.kill(os.getpid(), signal.SIGKILL)
        plain = picture.astype(np.int64)
        coloured = (plain.max(2) - plain.min(2) > 60).astype(np.uint8)
        count, _, facts, _ = cv2.connectedComponentsWithStats(coloured)
        large = [facts[i, :4] for i in range(1, count) if facts[i, cv2.CC_STAT_AREA] > 200]
        boxes = [[x, y, x + w, y + h] for x, y, w, h in sorted(map(tuple, large))]
        if not boxes:
            return Detections.none()
        return Detections(torch.tensor(boxes).float(), torch.linspace(0.9, 0.8, len(boxes)))


def scene(*people):
    """Draw (colour, left) rectangles of 20 x 60 px on gray."""
    picture = np.full((SIZE[1], SIZE[0], 3), 128, np.uint8)
    for colour, left in people:
        picture[20:80, max(0, left) : max(0, left + 20)] = colour
    return picture


def save_picture(path, *people):
    assert cv2.imwrite(str(path), scene(*people)[..., ::-1])


def save_video(path, frames, *, rate=10):
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), rate, SIZE)
    assert writer.isOpened()
    for frame in frames:
        writer.write(frame[..., ::-1])
    writer.release()


def two_walks():
    """Red walks through from the left while blue stands; later green comes from the right."""
    frames = [scene((RED, 4 * i), (BLUE, 135)) for i in range(26)]
    frames += [scene()] * 25
    return frames + [scene((GREEN, 140 - 5 * i)) for i in range(20)]
