"""PeopleFinder: pictures in, people with embeddings out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F

from plipdet.apis.model_inputs import ModelInputs
from plipdet.apis.scene_inputs import SceneInputs
from plipdet.apis.task_inputs import TaskInputs
from plipdet.datasets import scenes_of_pictures
from plipdet.errors import InputError
from plipdet.models import Detector
from plipdet.structures import Detections, SceneBatch
from plipdet.tasks import PersonTask
from plipdet.tasks.scene_task import SceneTask
from plipdet.tasks.two_stage_search import TwoStageSearchTask

from .model_fingerprint import model_fingerprint

_LARGEST = 1920  # px; a detector sees no larger picture, and crops stay sharp enough


class _NoDetector(Detector):
    """Stands where no detector was named, and says so when it is asked."""

    def __init__(self, embedder: str) -> None:
        super().__init__()
        self.embedder = embedder

    def detect(self, pictures: Sequence[torch.Tensor]) -> list[Detections]:
        raise InputError(f"{self.embedder} does not find people; name a detector")


class PeopleFinder:
    """A person-search network, or a detector and a model of crops.

    Args:
        model: From :func:`plipdet.apis.load_model`: a ``SceneTask``, or any other task; not to be
            trained any more.
        detector: Finds people for a task that is no ``SceneTask``; without one such a task can
            only embed sentences and boxes.
        inputs: In place of those that the task brings.
        size: Shorter and longer side that pictures are made as large as fits into, px, for a
            person-search network; ``None`` for that of its config. Crops are cut from pictures
            as they are.
        least_score: Of a person, 0..1.
        least_height: Of a person, px of the picture: smaller ones cannot be told apart.
        least_ratio: Height over width of a person: wider boxes are mostly furniture, or people
            who lie, which models of crops do not know.

    Raises:
        InputError: If a detector is too much.
    """

    def __init__(
        self,
        model: PersonTask,
        detector: Detector | None = None,
        *,
        inputs: TaskInputs | None = None,
        size: Sequence[int] | None = None,
        least_score: float = 0.3,
        least_height: float = 32.0,
        least_ratio: float = 0.8,
    ) -> None:
        if isinstance(model, SceneTask) and detector is not None:
            raise InputError(f"{type(model).__name__} finds people itself; name no detector")
        self.embedder = model
        self.least_score = least_score
        self.least_height, self.least_ratio = least_height, least_ratio
        self.size: tuple[int, int] | None = None
        self.inputs: Any  # of the one kind or the other
        if isinstance(model, SceneTask):
            self.task, self.inputs = model, inputs or SceneInputs.of(model)
            chosen = size or self.inputs.size
            if chosen is not None and not isinstance(model, TwoStageSearchTask):
                self.size = (min(chosen), max(chosen))
        else:
            self.inputs = inputs or ModelInputs.of(model)
            crop = self.inputs.resize.size
            found_by = detector or _NoDetector(type(model).__name__)
            self.task = TwoStageSearchTask(found_by, model, crop_size=crop)
            self.task.to(next(model.parameters()).device)
        two = isinstance(self.task, TwoStageSearchTask)
        facts = self.task.crop_size if two else self.size or ()
        self.fingerprint = model_fingerprint(model, *facts, leave_out=model.not_for_predict)

    def check_finds(self) -> None:
        """Check that there is something to find people with.

        Raises:
            InputError: If the model is one of crops, and came without a detector.
        """
        detector = getattr(self.task, "detector", None)
        if isinstance(detector, _NoDetector):
            detector.detect(())

    @property
    def width(self) -> int:
        """Numbers of an embedding."""
        return self.task.embed_dim

    @torch.no_grad()
    def find(self, pictures: Sequence[np.ndarray]) -> list[Detections]:
        """Return the people of pictures, RGB uint8, (H, W, 3), with embeddings, on the CPU."""
        found = self.task.val_step(self._batch(pictures))
        return [self._worthwhile(people.cpu()) for people in found]

    @torch.no_grad()
    def embed_box(self, picture: np.ndarray, box: Sequence[float]) -> np.ndarray:
        """Return the embedding of a part of a picture, of unit length, shape (D,)."""
        batch = self._batch([picture], [np.array([box], np.float32)])
        ready = self.task.data_preprocessor(batch, False)["batch"]
        return F.normalize(self.task(ready, mode="boxes").float(), dim=1)[0].cpu().numpy()

    @torch.no_grad()
    def embed_text(self, sentence: str) -> np.ndarray:
        """Return the embedding of a sentence, of unit length, shape (D,).

        Raises:
            InputError: If the model reads no sentences, or there are no words.
        """
        if not sentence.strip():
            raise InputError("there is no sentence to search for")
        ids, mask, _ = self.inputs.need_tokenizer()(sentence)
        device = next(self.task.parameters()).device
        tokens = torch.as_tensor(ids)[None].to(device), torch.as_tensor(mask)[None].to(device)
        return F.normalize(self.task.embed_texts(*tokens).float(), dim=1)[0].cpu().numpy()

    def _worthwhile(self, people: Detections) -> Detections:
        width, height = (people.boxes[:, 2:] - people.boxes[:, :2]).unbind(1)
        upright = (height >= self.least_height) & (height >= self.least_ratio * width)
        return people.select(upright & (people.scores >= self.least_score))

    def _batch(
        self, pictures: Sequence[np.ndarray], boxes: Sequence[np.ndarray] | None = None
    ) -> SceneBatch:
        return scenes_of_pictures(pictures, size=self.size, largest=_LARGEST, boxes=boxes)
