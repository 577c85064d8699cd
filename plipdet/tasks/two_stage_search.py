"""TwoStageSearchTask: any detector, and any task that embeds crops."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from plipdet.errors import InputError
from plipdet.functional.resizing import resize
from plipdet.models.detectors import Detector
from plipdet.option_checks import share, two_whole_numbers, whole_number
from plipdet.registry import MODELS, TASKS, build
from plipdet.structures import Detections, LossTerms, PersonBatch, SceneBatch

from .person_task import PersonTask
from .scene_task import SceneTask

_DETECTOR = "detector."
_CROPS_AT_A_TIME = 64


@TASKS.register_module()
class TwoStageSearchTask(SceneTask):
    """Finds people with one network and embeds their crops with another; nothing is trained.

    The weights are those of the embedding task, under the same names, so that its checkpoints load
    as they are; the detector brings its own and is no part of them. Crops are cut out of the
    pictures that the loader gives: leave ``ResizeScene`` out of the pipeline to have them sharp.

    Args:
        detector: :class:`~plipdet.models.Detector` or config.
        embedder: Task on crops, such as ``PretrainingTask`` or ``ImageReIDTask``, or config.
        crop_size: Height and width of a crop, px.
        score_threshold: Least score of a person to embed, 0..1.
        max_people: Most people of a picture.

    Raises:
        InputError: If one of both is something else, or a number is out of its range.
    """

    def __init__(
        self,
        detector: Any,
        embedder: Any,
        *,
        crop_size: Sequence[int] = (256, 128),
        score_threshold: float = 0.05,
        max_people: int = 100,
    ) -> None:
        task = build(embedder, TASKS)
        if not isinstance(task, PersonTask) or isinstance(task, SceneTask):
            raise InputError(
                f"embedder is a {type(task).__name__}; TwoStageSearchTask embeds crops with a task "
                "such as PretrainingTask or ImageReIDTask"
            )
        super().__init__(
            task.image_encoder, task.text_encoder, data_preprocessor=task.data_preprocessor
        )
        for name, child in task.named_children():
            self.add_module(name, child)
        # Its parts are this task's, so that it is not one itself: names stay those of its file.
        object.__setattr__(self, "embedder", task)
        self.detector: Detector = build(detector, MODELS)
        if not isinstance(self.detector, Detector):
            raise InputError(f"detector is a {type(self.detector).__name__}, which is no Detector")
        self.crop_size = two_whole_numbers(crop_size, "crop_size of TwoStageSearchTask")
        self.score_threshold = share(score_threshold, "score_threshold of TwoStageSearchTask")
        self.max_people = whole_number(max_people, "max_people of TwoStageSearchTask")
        self.requires_grad_(False)
        self.register_state_dict_post_hook(_leave_out_detector)
        self.register_load_state_dict_post_hook(_miss_no_detector)
        self.eval()

    embedder: PersonTask

    @property
    def embed_dim(self) -> int:
        """Numbers of an embedding, the embedder's."""
        return int(self.image_encoder.embed_dim)

    def losses(self, batch: SceneBatch) -> dict[str, Tensor]:
        """Not trained as one: the detector and the embedding task are, each for itself."""
        raise InputError(
            "TwoStageSearchTask is not trained: train its embedder on crops, and name the file"
        )

    def loss_terms(self, batch: PersonBatch) -> dict[str, LossTerms]:
        """Not trained; see :meth:`losses`."""
        raise InputError("TwoStageSearchTask is not trained")

    def find(self, batch: SceneBatch) -> list[Detections]:
        """Return the people of each picture, boxes in px of the picture on disk, best first."""
        pictures = self._pictures(batch)
        found = []
        for number, people in enumerate(self.detector.detect([p.byte() for p in pictures])):
            people = people.select(people.scores >= self.score_threshold)
            people = people.select(torch.arange(min(len(people), self.max_people)))
            embeddings = self._embedded([pictures[number]], [people.boxes])
            boxes = batch.to_original(people.boxes.to(embeddings.device), number)
            found.append(Detections(boxes, people.scores.to(embeddings.device), embeddings))
        return found

    def embed_boxes(self, batch: SceneBatch) -> Tensor:
        """Return the embedding of each of ``batch.boxes``, of unit length, shape (R, D)."""
        boxes = [batch.boxes[batch.box_images == i] for i in range(len(batch))]
        return self._embedded(self._pictures(batch), boxes)

    def embed_images(self, images: Tensor) -> Tensor:
        """Return the embedder's embeddings of crops, of unit length, shape (B, D)."""
        return F.normalize(self.embedder.embed_images(images).float(), dim=1)

    def embed_texts(self, token_ids: Tensor, token_mask: Tensor) -> Tensor:
        """Return the embedder's embeddings of sentences, of unit length, shape (B, D)."""
        return F.normalize(self.embedder.embed_texts(token_ids, token_mask).float(), dim=1)

    def protocol(self) -> dict[str, str]:
        """Return, in words, what of the task changes a result."""
        size = "x".join(map(str, self.crop_size))
        own = {"detector": type(self.detector).__name__, "crops": f"{size}, bicubic"}
        return {**self.embedder.protocol(), **super().protocol(), **own}

    def train(self, mode: bool = True) -> TwoStageSearchTask:
        """Stay in eval mode: nothing is trained."""
        return super().train(False)

    def _pictures(self, batch: SceneBatch) -> list[Tensor]:
        """Return the pictures as they were read, 0..255, without padding, each (3, h, w)."""
        whole = (self.preprocessor.denormalize(batch.images) * 255).round().clamp(0, 255)
        sizes = batch.sizes.tolist()
        return [p[:, :height, :width] for p, (height, width) in zip(whole, sizes, strict=True)]

    def _embedded(self, pictures: list[Tensor], boxes: list[Tensor]) -> Tensor:
        """Return embeddings of the crops of all pictures, shape (R, D)."""
        crops = [
            resize(_crop(picture, box)[None], self.crop_size)
            for picture, own in zip(pictures, boxes, strict=True)
            for box in own.tolist()
        ]
        if not crops:
            return torch.zeros(0, self.embed_dim, device=pictures[0].device)
        images = self.preprocessor.normalize(torch.cat(crops))
        return torch.cat([self.embed_images(part) for part in images.split(_CROPS_AT_A_TIME)])


def _crop(picture: Tensor, box: list[float]) -> Tensor:
    """Return what a box holds of a picture (3, H, W), one pixel at least."""
    height, width = picture.shape[1:]
    left, top = (max(0, math.floor(v)) for v in box[:2])
    left, top = min(left, width - 1), min(top, height - 1)
    right, bottom = max(left + 1, math.ceil(box[2])), max(top + 1, math.ceil(box[3]))
    return picture[:, top:bottom, left:right]


def _leave_out_detector(module: Any, state: dict[str, Any], prefix: str, metadata: Any) -> None:
    for name in [n for n in state if n.startswith(prefix + _DETECTOR)]:
        del state[name]


def _miss_no_detector(module: Any, incompatible: Any) -> None:
    incompatible.missing_keys[:] = [
        name for name in incompatible.missing_keys if not name.startswith(_DETECTOR)
    ]
