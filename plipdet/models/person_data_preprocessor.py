"""PersonDataPreprocessor: batches to the device, pictures mirrored and normalised there."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from mmengine.model import BaseDataPreprocessor
from torch import Tensor

from plipdet.functional.color import luma
from plipdet.registry import MODELS
from plipdet.structures import PersonBatch, SceneBatch

# Of SYNTH-PEDES, RGB over 0..1 (PLIP, arXiv 2305.08386, A.8.1)
_MEAN = (0.357, 0.323, 0.328)
_STD = (0.252, 0.242, 0.239)


@MODELS.register_module()
class PersonDataPreprocessor(BaseDataPreprocessor):
    """Moves a batch to the model's device, mirrors its ``flips`` and normalises its pictures.

    Mean and deviation are buffers of the model: a checkpoint brings its own, so that pictures
    are always normalised as in training.

    Args:
        mean: Mean of R, G and B, 0..1.
        std: Standard deviation of R, G and B, 0..1.
        non_blocking: Copy from page-locked memory while the host goes on.
    """

    def __init__(
        self,
        mean: Sequence[float] = _MEAN,
        std: Sequence[float] = _STD,
        *,
        non_blocking: bool = True,
    ) -> None:
        super().__init__(non_blocking)
        self.mean: Tensor
        self.std: Tensor
        self.register_buffer("mean", torch.tensor(mean).view(1, 3, 1, 1))
        self.register_buffer("std", torch.tensor(std).view(1, 3, 1, 1))

    def forward(  # type: ignore[override]
        self, data: PersonBatch | SceneBatch, training: bool = False
    ) -> dict[str, PersonBatch | SceneBatch]:
        """Return ``{"batch": batch}``, the arguments of a task's ``forward``.

        Args:
            data: Batch from the loader; pictures uint8, 0..255. Those of scenes have been mirrored
                with their boxes; what they are padded with becomes 0.
            training: Not used; MMEngine passes it.
        """
        if isinstance(data, SceneBatch):
            return {"batch": self._scenes(data)}
        batch = data.to(self.mean.device, non_blocking=self._non_blocking)
        batch = batch.replace(
            images=self._prepared(batch.images, batch.flips),
            flips=None,
            second_images=self._prepared(batch.second_images, batch.second_flips),
            second_flips=None,
        )
        return {"batch": batch}

    def _scenes(self, data: SceneBatch) -> SceneBatch:
        batch = data.to(self.mean.device, non_blocking=self._non_blocking)
        images = self.normalize(batch.images)
        for image, (height, width) in zip(images, data.sizes.tolist(), strict=True):
            image[:, height:] = 0
            image[:, :, width:] = 0
        return batch.replace(images=images)

    def _prepared(self, images: Tensor | None, flips: Tensor | None) -> Tensor | None:
        """Return the pictures mirrored where they are to be, and normalised."""
        if images is None:
            return None
        if flips is not None:  # as bytes, of which there are four times fewer
            images = torch.where(flips[:, None, None, None], images.flip(3), images)
        return self.normalize(images)

    def normalize(self, images: Tensor) -> Tensor:
        """Return normalised pictures for RGB uint8, 0..255, shape (B, 3, H, W)."""
        return (images.to(self.mean.dtype) - 255 * self.mean) / (255 * self.std)

    def denormalize(self, images: Tensor) -> Tensor:
        """Return RGB pictures in 0..1 (up to rounding) for normalised ones."""
        return images * self.std + self.mean

    def to_gray(self, images: Tensor) -> Tensor:
        """Return normalised gray pictures for normalised colour ones, shape (B, 3, H, W).

        Three equal channels of luma (see :func:`plipdet.functional.color.luma`), taken before
        normalisation and then normalised like colour.
        """
        return (luma(self.denormalize(images)) - self.mean) / self.std
