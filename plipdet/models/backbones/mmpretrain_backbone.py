"""MMPretrainBackbone: any backbone of mmpretrain."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from itertools import chain
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call

from plipdet.errors import InputError, near
from plipdet.registry import MODELS, check_arguments

from ..weights import load_backbone_weights, on_meta
from .backbone import Backbone
from .last_stage import unstrided_copy


@MODELS.register_module()
class MMPretrainBackbone(Backbone):
    """A backbone of mmpretrain that returns maps.

    Swin on pictures of 256x128 (PLIP's Swin-B; how it is fed is open in the paper): give
    ``img_size=(256, 128)``, ``window_size=7``, ``pad_small_map=True`` and
    ``out_indices=(0, 1, 2, 3)``. Its maps are then 64x32 to 8x4; each is padded with zeros to
    whole windows of 7x7 before attention and cut after it, so that ImageNet weights, whose
    relative positions are those of a 7x7 window, load unchanged.

    Args:
        backbone: ``type``, a name or class of ``mmpretrain.models``, and its arguments.
        checkpoint: Local file of weights; ``None`` keeps mmpretrain's random initialisation.
        checkpoint_prefix: Part of the file's names to cut off; mmpretrain's published
            classifiers have ``"backbone."``.

    Raises:
        InputError: If the type or an argument is unknown, or the backbone asks for weights by
            ``init_cfg``, which would read a file with code execution.
    """

    def __init__(
        self,
        backbone: Mapping[str, Any],
        *,
        checkpoint: str | Path | None = None,
        checkpoint_prefix: str = "backbone.",
    ) -> None:
        super().__init__()
        arguments = dict(backbone)
        cls = _find(arguments.pop("type", None))
        if (arguments.get("init_cfg") or {}) and _loads_weights(arguments["init_cfg"]):
            raise InputError("init_cfg of type Pretrained is not used; give checkpoint=FILE")
        check_arguments(cls, arguments, where="MMPretrainBackbone.backbone")
        try:
            with torch.device("cpu"):  # the constructors read values of tensors
                self.net = cls(**arguments)
        except (AssertionError, TypeError, KeyError) as error:
            raise InputError(f"mmpretrain cannot build {dict(backbone)}: {error}") from error
        self.stage_channels = _probe_channels(self.net, arguments)
        if on_meta():
            self.net.to("meta")
            return
        # MMEngine initialises on the runner's call, which stops at modules that are not its own.
        self.net.init_weights()
        if checkpoint is not None:
            load_backbone_weights(self.net, checkpoint, prefix=checkpoint_prefix)

    def forward(self, images: Tensor) -> tuple[Tensor, ...]:
        """Return the maps of the backbone's ``out_indices``."""
        return tuple(self.net(images))

    def copy_of_last_stage(self) -> nn.Module:
        """Return a copy of a residual network's last stage, at stride 1."""
        stage, name = self.last_stage(), type(self.net).__name__
        before, last = self.stage_channels[-2:]
        return unstrided_copy(stage, (before, last), name=name)

    def last_stage(self) -> nn.Module:
        """Return a residual network's last stage."""
        name = type(self.net).__name__
        stages = getattr(self.net, "res_layers", None)
        if not stages or tuple(self.net.out_indices)[-2:] != (len(stages) - 2, len(stages) - 1):
            raise InputError(
                f"{name} does not give the maps before and after a stage of residual blocks; set "
                "out_indices=(0, 1, 2, 3), take a residual network, or another neck"
            )
        return getattr(self.net, stages[-1])

    def steps_to_output(self) -> dict[str, int]:
        """Return what mmpretrain says of each parameter's depth."""
        depth_of = getattr(self.net, "get_layer_depth", None)
        if depth_of is None:
            raise InputError(
                f"mmpretrain's {type(self.net).__name__} does not say in which layer its weights "
                "are; leave out paramwise_cfg.layer_decay"
            )
        found = {name: depth_of(name) for name, _ in self.net.named_parameters()}
        return {f"net.{name}": layers - 1 - depth for name, (depth, layers) in found.items()}

    def freeze_side_outputs(self) -> None:
        """Freeze the norms that only the maps before the last pass through (Swin)."""
        for index in self.net.out_indices[:-1]:
            norm = getattr(self.net, f"norm{index}", None)
            if isinstance(norm, nn.Module):
                norm.requires_grad_(False)


def _find(kind: Any) -> Any:
    if kind is not None and not isinstance(kind, str):
        return kind
    models = import_mmpretrain_models()
    name = str(kind).removeprefix("mmpretrain.")
    found = getattr(models, name, None)
    if not isinstance(found, type):
        raise InputError(f"mmpretrain has no backbone {kind!r}{near(name, dir(models))}")
    return found


def import_mmpretrain_models() -> Any:
    """Return ``mmpretrain.models``, imported without its multimodal ones.

    Those do not import under transformers 5, and would take all others with them.
    """
    importlib.import_module("mmpretrain.utils.dependency").WITH_MULTIMODAL = False  # type: ignore[attr-defined]
    return importlib.import_module("mmpretrain.models")


def _loads_weights(init_cfg: Any) -> bool:
    steps = init_cfg if isinstance(init_cfg, (list, tuple)) else [init_cfg]
    return any("Pretrained" in str(step.get("type")) for step in steps)


def _probe_channels(net: nn.Module, arguments: Mapping[str, Any]) -> tuple[int, ...]:
    """Return the channels of each map, from a pass without memory or arithmetic."""
    size = arguments.get("img_size", (256, 128))
    height, width = (size, size) if isinstance(size, int) else size
    images = torch.empty(1, arguments.get("in_channels", 3), height, width, device="meta")
    tensors = chain(net.named_parameters(), net.named_buffers())
    with torch.no_grad():
        maps = functional_call(net, {k: t.to("meta") for k, t in tensors}, (images,))
    if not all(isinstance(m, Tensor) and m.ndim == 4 for m in maps):
        raise InputError(
            f"{type(net).__name__} gives no maps of four axes with {dict(arguments)}; for a "
            f"vision transformer add out_type='featmap'"
        )
    return tuple(m.shape[1] for m in maps)
