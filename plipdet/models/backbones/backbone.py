"""Backbone: what the image encoder asks of a backbone."""

from __future__ import annotations

from abc import ABC, abstractmethod

from torch import Tensor, nn

from plipdet.errors import InputError


class Backbone(nn.Module, ABC):
    """A picture to maps, fine to coarse.

    Attributes:
        stage_channels: Channels of each map.
    """

    stage_channels: tuple[int, ...]

    @abstractmethod
    def forward(self, images: Tensor) -> tuple[Tensor, ...]:
        """Return one map of shape (B, C_s, H_s, W_s) a stage.

        Args:
            images: Normalised, shape (B, C, H, W).
        """

    def maps_before_last(self, images: Tensor) -> tuple[Tensor, ...]:
        """Return all maps but the last; a backbone that can leaves out its last stage.

        Args:
            images: Normalised, shape (B, C, H, W).
        """
        return tuple(self(images))[:-1]

    def last_stage(self) -> nn.Module:
        """Return the layers from the last but one map to the last, with their stride.

        Raises:
            InputError: If this kind of backbone has no such layers.
        """
        raise InputError(
            f"{type(self).__name__} does not say which layers make its last map; take PLIPResNet, "
            "a residual network of TimmBackbone, or a pyramid of all its maps"
        )

    def checkpoint_activations(self, on: bool) -> None:
        """Turn on or off that activations are computed again in the backward pass.

        Raises:
            InputError: If this kind of backbone cannot do that.
        """
        raise InputError(
            f"{type(self).__name__} cannot compute its activations again; leave out "
            "activation_checkpointing"
        )

    def copy_of_last_stage(self) -> nn.Module:
        """Return a copy of the layers from the last but one map to the last, at stride 1.

        The names of its weights are those of the layers.

        Raises:
            InputError: If this kind of backbone has no such layers.
        """
        raise InputError(
            f"{type(self).__name__} does not say which layers make its last map; take PLIPResNet "
            "or a residual network of TimmBackbone, or another neck"
        )

    def steps_to_output(self) -> dict[str, int]:
        """Return how many layers after each parameter's own there are, for layer-wise decay.

        Returns:
            By the parameter's name, 1 for the last layer and 0 for what comes after it.

        Raises:
            InputError: If this kind of backbone cannot tell.
        """
        raise InputError(
            f"{type(self).__name__} does not say in which layer its weights are; leave out "
            "paramwise_cfg.layer_decay, or write its steps_to_output"
        )

    def freeze_side_outputs(self) -> None:
        """Freeze parameters that serve only maps other than the last.

        Called when no head reads the earlier maps, so that no parameter waits for a gradient.
        """
