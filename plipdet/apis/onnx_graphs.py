"""What is exported: each encoder with its preprocessing before it and the unit length after it."""

from __future__ import annotations

import copy

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from plipdet.datasets.transforms import ResizePerson
from plipdet.errors import InputError
from plipdet.functional.resizing import INTERPOLATIONS, resize
from plipdet.tasks import PersonTask


class ImageGraph(nn.Module):
    """RGB pictures of any size, uint8 (B, H, W, 3), to unit vectors (B, D).

    Args:
        task: A copy of it on the CPU computes.
        resizing: Of the model's inputs.
        dtype: float32 or float16; pictures are normalised in float32 in any case.

    Raises:
        InputError: If the resizing cannot be exported.
    """

    def __init__(
        self, task: PersonTask, resizing: ResizePerson, *, dtype: torch.dtype = torch.float32
    ) -> None:
        super().__init__()
        if resizing.interpolation not in INTERPOLATIONS:
            raise InputError(
                f"ResizePerson has interpolation={resizing.interpolation!r}, which is not "
                f"exported; one of {', '.join(INTERPOLATIONS)} is"
            )
        self.size = resizing.size
        self.interpolation = resizing.interpolation
        self.preprocessor = copy.deepcopy(task.preprocessor).cpu()
        self.task = copy.deepcopy(task).to("cpu", dtype)
        self.dtype = dtype
        self.eval()  # the exporters put back whatever mode they found

    def forward(self, images: Tensor) -> Tensor:
        """Return embeddings of unit length."""
        pixels = images.permute(0, 3, 1, 2).float()  # (B, 3, H, W)
        resized = resize(pixels, self.size, interpolation=self.interpolation)
        normalised = self.preprocessor.normalize(resized).to(self.dtype)
        return F.normalize(self.task.embed_images(normalised).float(), dim=1)


class TextGraph(nn.Module):
    """Word pieces and their mask, int64 (B, L), to unit vectors (B, D).

    Args:
        task: With a text encoder; a copy of it on the CPU computes.
        dtype: float32 or float16.
    """

    def __init__(self, task: PersonTask, *, dtype: torch.dtype = torch.float32) -> None:
        super().__init__()
        self.task = copy.deepcopy(task).to("cpu", dtype)
        self.dtype = dtype
        self.eval()

    def forward(self, token_ids: Tensor, token_mask: Tensor) -> Tensor:
        """Return embeddings of unit length."""
        return F.normalize(self.task.embed_texts(token_ids, token_mask != 0).float(), dim=1)
