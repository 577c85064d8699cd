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
from .last_stage import unstrided_copy


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
        last_stride: Stride of the last stage, as of :class:`PLIPResNet`; ``None`` leaves the
            network's own, 1 is for residual networks only. (``output_stride=16`` in ``options``
            spreads the convolutions, too.)

    Raises:
        InputError: If timm has no such network, it refuses an argument, or has no maps to give, or
            its last stage needs its stride.
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
        last_stride: int | None = None,
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
        self._options = dict(options or {})
        if last_stride not in (None, 1):
            raise InputError(f"last_stride is {last_stride!r}; TimmBackbone knows 1 and None")
        if last_stride == 1:
            setattr(self.net, self._last_stage_name(), self.copy_of_last_stage())
        if checkpoint is not None:
            load_backbone_weights(self.net, checkpoint)

    def forward(self, images: Tensor) -> tuple[Tensor, ...]:
        """Return the maps of ``out_indices``."""
        maps = self.net(images)
        if self._channels_last:
            maps = [m.permute(0, 3, 1, 2) for m in maps]
        return tuple(maps)

    def copy_of_last_stage(self) -> nn.Module:
        """Return a copy of a residual network's last stage, at stride 1."""
        stage = self.last_stage()
        before, after = self.stage_channels[-2:]
        return unstrided_copy(stage, (before, after), name=f"timm's {self.name!r}")

    def last_stage(self) -> nn.Module:
        """Return a residual network's last stage."""
        return getattr(self.net, self._last_stage_name())

    def steps_to_output(self) -> dict[str, int]:
        """Return what timm's own groups say of each parameter's depth."""
        depths = _depths(self.name, self._options)
        last = max(depths.values(), default=0)
        steps: dict[str, int] = {}
        for name, _ in self.net.named_parameters():
            place = _unfolded(name.removeprefix("model."))
            if place not in depths:
                raise InputError(
                    f"timm does not say in which layer of {self.name!r} {name!r} is; leave out "
                    "paramwise_cfg.layer_decay"
                )
            steps[f"net.{name}"] = last - depths[place]
        return steps

    def _last_stage_name(self) -> str:
        """Return the name of the child that makes the last map of the last but one."""
        last = [str(m).replace(".", "_") for m in _feature_info(self.net).module_name()[-2:]]
        if [name for name, _ in self.net.named_children()][-2:] != last or self._channels_last:
            raise InputError(
                f"the last map of timm's {self.name!r} is not made by layers that could do without "
                "their stride; take a residual network, such as resnet50, leave out last_stride, "
                "or take another neck"
            )
        return last[-1]

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


def _depths(name: str, options: Mapping[str, Any]) -> dict[str, int]:
    """Return the group that timm puts each weight of the whole network in, ascending with depth.

    A network of maps only lacks the groups at the end, and cannot always tell the others.
    """
    import timm
    from timm.models import group_parameters

    with torch.device("meta"):
        whole: Any = timm.create_model(name, pretrained=False, **options)
    if not hasattr(whole, "group_matcher"):
        return {}
    found = group_parameters(whole, whole.group_matcher(coarse=False), reverse=True)
    return {_unfolded(k): depth for k, depth in found.items()}


def _unfolded(name: str) -> str:
    """Return a name that is the same in the whole network and in one of maps only."""
    return name.replace("_", ".")  # there "layers.0" is called "layers_0"


def _feature_info(net: nn.Module) -> Any:
    return net.feature_info
