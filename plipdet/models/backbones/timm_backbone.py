"""TimmBackbone: any network of timm that can return its maps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from plipdet.errors import InputError, near
from plipdet.registry import MODELS

from ..recompute import has_running_statistics
from ..weights import load_backbone_weights, on_meta
from .backbone import Backbone


@MODELS.register_module()
class TimmBackbone(Backbone):
    """A network of timm with ``features_only``.

    Weights are random unless ``pretrained`` lets timm fetch them or ``checkpoint`` names a local
    file, so that a run never reaches for the network by surprise.

    Args:
        name: Model name of timm, such as ``"resnet50"`` or ``"swin_base_patch4_window7_224"``.
        img_size: Height and width, for networks whose weights depend on it (ViT, Swin); ``None``
            leaves timm's own.
        out_indices: Which maps to return, in timm's counting; ``None`` takes the last four, or
            all when there are fewer.
        pretrained: Let timm load its published weights (hub or its cache).
        checkpoint: Local file of weights in timm's names for the ``features_only`` network.
        options: Further arguments of ``timm.create_model``.

    Raises:
        InputError: If timm has no such network, it refuses an argument, or has no maps to give.
    """

    def __init__(
        self,
        name: str,
        *,
        img_size: Sequence[int] | None = None,
        out_indices: Sequence[int] | None = None,
        pretrained: bool = False,
        checkpoint: str | Path | None = None,
        options: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__()
        import timm  # a second of import time that only this class needs

        self.name = name
        if not timm.is_model(name):
            known = timm.list_models()
            raise InputError(f"timm has no model {name!r}{near(name, known)}")
        reads = pretrained and not on_meta()
        arguments: dict[str, Any] = {"features_only": True, "pretrained": reads}
        if img_size is not None:
            arguments["img_size"] = tuple(img_size)
        arguments["out_indices"] = tuple(out_indices or _last_maps(name))
        try:
            self.net = timm.create_model(name, **arguments, **dict(options or {}))
        except (TypeError, RuntimeError, AssertionError, IndexError) as error:
            raise InputError(f"timm cannot build {name!r} with {arguments}: {error}") from error
        self.stage_channels = tuple(_feature_info(self.net).channels())
        self._channels_last = str(getattr(self.net, "output_fmt", "NCHW")).endswith("NHWC")
        if checkpoint is not None:
            load_backbone_weights(self.net, checkpoint)

    def forward(self, images: Tensor) -> tuple[Tensor, ...]:
        """Return the maps of ``out_indices``."""
        maps = self.net(images)
        if self._channels_last:
            maps = [m.permute(0, 3, 1, 2) for m in maps]
        return tuple(maps)

    def checkpoint_activations(self, on: bool) -> None:
        """Let timm compute activations again.

        Raises:
            InputError: If timm cannot for this network, or it has batch norms, whose statistics
                timm would update twice a step.
        """
        if on and has_running_statistics(self.net):
            raise InputError(
                f"timm would update the batch statistics of {self.name!r} twice a step; leave out "
                "activation_checkpointing, or take PLIPResNet"
            )
        # The network, a container of its stages, and the stages have the switch: the innermost
        # ones compute block by block, the others would hold a whole stage in memory.
        known: list[Any] = [m for m in self.net.modules() if hasattr(m, "grad_checkpointing")]
        innermost = [m for m in known if not any(c in known for c in list(m.modules())[1:])]
        if not innermost:
            raise InputError(
                f"timm cannot compute the activations of {self.name!r} again; leave out "
                "activation_checkpointing"
            )
        for module in innermost:
            module.grad_checkpointing = on


def _last_maps(name: str) -> tuple[int, ...]:
    """Return the indices of the last four maps, found on a network without memory."""
    import timm

    with torch.device("meta"):
        try:
            net = timm.create_model(name, features_only=True, pretrained=False)
        except (RuntimeError, AssertionError, NotImplementedError) as error:
            raise InputError(f"timm's {name!r} gives no feature maps: {error}") from error
    return tuple(_feature_info(net).out_indices)[-4:]


def _feature_info(net: nn.Module) -> Any:
    return net.feature_info
