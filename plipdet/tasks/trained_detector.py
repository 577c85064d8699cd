"""TrainedDetector: the boxes of a trained person-search network, for a search in two stages."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from plipdet.datasets import scenes_of_pictures
from plipdet.errors import InputError
from plipdet.models.detectors import Detector
from plipdet.registry import MODELS, TASKS, build
from plipdet.structures import Detections

from .scene_task import SceneTask


@MODELS.register_module()
class TrainedDetector(Detector):
    """Finds people with a person-search network, and leaves it to others who they are.

    Args:
        task: :class:`SceneTask` such as ``PersonSearchTask``, or config.
        checkpoint: File of its weights, a training's or weights alone.
        size: Height and width that a picture is made as large as fits into, px, the shorter and
            the longer side; as in the network's training.

    Raises:
        InputError: If the weights are missing or another network's.
    """

    def __init__(
        self, task: Any, checkpoint: str | Path, *, size: Sequence[int] = (900, 1500)
    ) -> None:
        super().__init__()
        self.task = build(task, TASKS)
        if not isinstance(self.task, SceneTask):
            raise InputError(f"task is a {type(self.task).__name__}, which finds nobody in scenes")
        self.size = (min(size), max(size))
        content = self.read_weights(checkpoint)
        weights = content.get("state_dict", content)
        own = self.task.state_dict()
        for name, value in own.items():
            if not name.startswith(self.task.not_for_predict) and (
                name not in weights or weights[name].shape != value.shape
            ):
                raise InputError(
                    f"{checkpoint} does not fit the {type(self.task).__name__} of TrainedDetector: "
                    f"it lacks {name!r} of shape {tuple(value.shape)}; name the file of a training "
                    "with the same model"
                )
        self.task.load_state_dict({k: v for k, v in weights.items() if k in own}, strict=False)
        self.requires_grad_(False)
        self.eval()

    @torch.no_grad()
    def detect(self, pictures: Sequence[Tensor]) -> list[Detections]:
        """Return the people of each picture, best first."""
        return [self._people(picture) for picture in pictures]

    def _people(self, picture: Tensor) -> Detections:
        image = np.ascontiguousarray(picture.permute(1, 2, 0).cpu().numpy())
        batch = scenes_of_pictures([image], size=self.size)
        found = self.task(self.task.data_preprocessor(batch, False)["batch"], mode="predict")[0]
        return Detections(found.boxes, found.scores).cpu()
