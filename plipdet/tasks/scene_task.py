"""SceneTask: what finds people in whole pictures and says who they look like."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

from torch import Tensor

from plipdet.errors import InputError
from plipdet.structures import Detections, SceneBatch

from .person_task import PersonTask

_MODES = ("loss", "predict", "boxes", "text")


class SceneTask(PersonTask):
    """A task over :class:`~plipdet.structures.SceneBatch`; evaluation and search call it alike.

    All embeddings are L2-normalised, and those of boxes and of sentences can be compared where the
    task has a text encoder.
    """

    def forward(  # type: ignore[override]
        self, batch: SceneBatch, mode: str = "loss"
    ) -> Any:
        """Compute losses, or what is asked of a normalised batch.

        Args:
            batch: From the data preprocessor.
            mode: "loss" as in :class:`PersonTask`; "predict" for :meth:`find`; "boxes" for
                :meth:`embed_boxes`; "text" for the embeddings of ``token_ids``, shape (R, D).
        """
        if mode == "predict":
            return self.find(batch)
        if mode == "boxes":
            return self.embed_boxes(batch)
        if mode == "text":
            assert batch.token_ids is not None and batch.token_mask is not None, "sentences"
            return self.embed_texts(batch.token_ids, batch.token_mask)
        if mode != "loss":
            raise InputError(f"mode is {mode!r}; {type(self).__name__} knows {_MODES}")
        return self.losses(batch)

    @property
    @abstractmethod
    def embed_dim(self) -> int:
        """Numbers of an embedding."""

    @abstractmethod
    def losses(self, batch: SceneBatch) -> dict[str, Tensor]:
        """Return the weighted sum as "loss", and each loss by its name for the log."""

    @abstractmethod
    def find(self, batch: SceneBatch) -> list[Detections]:
        """Return the people of each picture, boxes in px of the picture on disk, best first."""

    @abstractmethod
    def embed_boxes(self, batch: SceneBatch) -> Tensor:
        """Return the embedding of each of ``batch.boxes``, shape (R, D)."""
