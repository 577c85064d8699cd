"""TorchvisionDetector: one of torchvision's detectors, with weights from a file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor
from torchvision.models import detection, get_model, list_models

from plipdet.errors import InputError, near
from plipdet.registry import MODELS
from plipdet.structures import Detections

from .detector import Detector

_PERSON = 1  # in torchvision's numbering of COCO's classes; 0 is the background
_CLASSES = 91
_PAGE = "https://docs.pytorch.org/vision/stable/models.html#object-detection"


@MODELS.register_module()
class TorchvisionDetector(Detector):
    """A detector of ``torchvision.models.detection``, trained on COCO, of whose classes one counts.

    ::

        TorchvisionDetector("fasterrcnn_resnet50_fpn_v2", "fasterrcnn_resnet50_fpn_v2_coco.pth")

    Args:
        model: Its name in torchvision.
        weights: File of its weights, downloaded beforehand; read without executing anything.
        score: Least score of a person, 0..1.
        classes: Classes that the weights tell apart, the background with them.
        person: Number of the class "person" among them.

    Raises:
        InputError: If there is no such model or file, or the weights are another model's.
    """

    def __init__(
        self,
        model: str,
        weights: str | Path,
        *,
        score: float = 0.3,
        classes: int = _CLASSES,
        person: int = _PERSON,
    ) -> None:
        super().__init__()
        known = list_models(detection, exclude=["*keypoint*"])
        if model not in known:
            raise InputError(
                f"torchvision has no detector {model!r}{near(model, known)}; one of {known}"
            )
        if not 0 < person < classes:
            raise InputError(f"person is {person}; expected 1..{classes - 1}, as 0 is no object")
        self.score, self.person = score, person
        self.network = get_model(
            model, weights=None, weights_backbone=None, num_classes=classes
        ).eval()
        content = self.read_weights(weights)
        try:
            self.network.load_state_dict(content.get("model", content))
        except (RuntimeError, TypeError, AttributeError) as error:
            raise InputError(
                f"{weights} holds no weights of {model} with {classes} classes "
                f"({str(error).strip().splitlines()[-1].strip()[:160]}); download those that "
                f"{_PAGE} lists for it"
            ) from error

    @torch.no_grad()
    def detect(self, pictures: Sequence[Tensor]) -> list[Detections]:
        """Return the people of each picture, best first."""
        device = next(self.parameters()).device
        return [self._people(p.to(device, torch.float32) / 255) for p in pictures]

    def _people(self, picture: Tensor) -> Detections:
        found = self.network([picture])[0]
        mine = (found["labels"] == self.person) & (found["scores"] >= self.score)
        scores, order = found["scores"][mine].sort(descending=True, stable=True)
        return Detections(found["boxes"][mine][order], scores).cpu()
