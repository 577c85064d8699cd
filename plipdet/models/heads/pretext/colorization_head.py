"""ColorizationHead: text-guided image colorization."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from plipdet.errors import InputError
from plipdet.functional.color import color_reconstruction
from plipdet.models.views import Views
from plipdet.registry import MODELS
from plipdet.structures import LossTerms, PersonBatch

from .modality_gate import ModalityGate
from .pretext_head import PretextHead

_CHOICES = {
    "pool": ("average", "max"),
    "gate": ("sigmoid", "softmax"),
    "loss_form": ("mse", "l2", "l1"),
}


@MODELS.register_module()
class ColorizationHead(PretextHead):
    """Colours a gray picture from its maps and its caption.

    PLIP (arXiv 2305.08386), section 2.1, A.6.2 and Eq. (1) (TIC; SIC in the first version).
    Maps of strides 4, 8, 16 and 32 become one width by 1x1 convolutions, are summed top-down,
    and concatenated at stride 4; twice a text-guided gate and a transposed convolution double
    the size. In the authors' decoder ``lateral.N`` is ``channelunity{N+1}``, ``gates.N`` is
    ``SE_block{N+1}`` and ``upsample.N`` is ``deconv{N+1}``.

    Args:
        stage_channels: Channels of the four maps, fine to coarse.
        text_dim: Width of the text embedding.
        channels: Width C of the decoder.
        pool: "average" (A.6.2) or "max" (section 2.1) in the gates.
        gate: "sigmoid" (A.6.2) or "softmax" (section 2.1).
        loss_form: "mse", "l2" or "l1" on normalised pictures; see
            :func:`plipdet.functional.color.color_reconstruction`.
        loss_weight: Factor of the loss in the task's sum; the paper's is 0.02.

    Raises:
        InputError: If there are not four maps, or an option is unknown.
    """

    uses = frozenset({"image.stages", "text.embedding"})
    couples = frozenset()

    def __init__(
        self,
        stage_channels: Sequence[int] = (256, 512, 1024, 2048),
        *,
        text_dim: int = 768,
        channels: int = 256,
        pool: Literal["average", "max"] = "average",
        gate: Literal["sigmoid", "softmax"] = "sigmoid",
        loss_form: Literal["mse", "l2", "l1"] = "mse",
        loss_weight: float = 1.0,
    ) -> None:
        super().__init__(loss_weight=loss_weight)
        for name, value in {"pool": pool, "gate": gate, "loss_form": loss_form}.items():
            if value not in _CHOICES[name]:
                raise InputError(f"{name} is {value!r}; ColorizationHead knows {_CHOICES[name]}")
        if len(stage_channels) != 4:
            raise InputError(
                f"ColorizationHead needs maps of strides 4, 8, 16 and 32; the backbone gives "
                f"{len(stage_channels)} maps"
            )
        self.stage_channels = tuple(stage_channels)
        self.text_dim = text_dim
        self.loss_form = loss_form
        wide = 4 * channels
        self.lateral = nn.ModuleList(nn.Conv2d(c, channels, 1) for c in stage_channels)
        self.gates = nn.ModuleList(
            ModalityGate(c, text_dim, pool=pool, gate=gate) for c in (wide, channels)
        )
        self.upsample = nn.ModuleList(
            nn.ConvTranspose2d(before, after, 3, stride=2, padding=1, output_padding=1)
            for before, after in ((wide, channels), (channels, 3))
        )

    def loss(self, views: Views, batch: PersonBatch) -> LossTerms:
        """Return the distance of the coloured from the true pictures, both normalised."""
        colored = self.colorize(views.gray.stages, views.text.embedding)
        assert batch.images is not None, "views.gray has checked it"
        if colored.shape != batch.images.shape:
            raise InputError(
                f"ColorizationHead makes pictures of {tuple(colored.shape[2:])} from the maps of "
                f"pictures of {tuple(batch.images.shape[2:])}; the first map needs stride 4"
            )
        loss = color_reconstruction(
            colored.to(batch.images.dtype), batch.images, form=self.loss_form
        )
        return LossTerms(loss)

    def colorize(self, gray_stages: Sequence[Tensor], text: Tensor) -> Tensor:
        """Return normalised RGB pictures, shape (B, 3, H, W).

        Args:
            gray_stages: Maps of the gray pictures at strides 4, 8, 16 and 32.
            text: Text embeddings, shape (B, D).

        Raises:
            InputError: If a map is not half as large as the one before.
        """
        return self(gray_stages, text)

    def forward(self, gray_stages: Sequence[Tensor], text: Tensor) -> Tensor:
        """Compute :meth:`colorize`; apart from it so that ``torch.compile`` takes effect."""
        for fine, coarse in pairwise(gray_stages):
            if fine.shape[2] != 2 * coarse.shape[2] or fine.shape[3] != 2 * coarse.shape[3]:
                raise InputError(
                    f"ColorizationHead needs maps that halve from one to the next; the backbone's "
                    f"are {[tuple(s.shape[2:]) for s in gray_stages]}"
                )
        unified = [conv(stage) for conv, stage in zip(self.lateral, gray_stages, strict=True)]
        levels = [unified[-1]]
        for finer in unified[-2::-1]:
            levels.insert(0, _enlarge(levels[0], 2) + finer)
        joined = [levels[0], *(_enlarge(level, 2**k) for k, level in enumerate(levels) if k)]
        x = torch.cat(joined, dim=1)  # (B, 4C, H/4, W/4)
        for gate, upsample in zip(self.gates, self.upsample, strict=True):
            x = upsample(gate(x, text))
        return x


def _enlarge(features: Tensor, factor: int) -> Tensor:
    return F.interpolate(features, scale_factor=factor, mode="bilinear", align_corners=False)
