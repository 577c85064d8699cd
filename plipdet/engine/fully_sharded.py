"""FullySharded: a model wrapper for encoders whose states are too large for one device."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from mmengine.device import get_device
from torch import nn

from plipdet.distributed.sharding import reshard, shard_model
from plipdet.engine.registries import MODEL_WRAPPERS


@MODEL_WRAPPERS.register_module()
class FullySharded(nn.Module):
    """Shards parameters, gradients and optimizer states over the ranks.

    It is PyTorch's FSDP2 behind MMEngine's ``model_wrapper_cfg``. MMEngine's own
    ``MMFullyShardedDataParallel`` wraps the first FSDP, which PyTorch develops no further and
    which needs GPUs. Each block of an encoder is gathered when it runs. Losses and gradients are
    those of distributed data-parallel training up to rounding; checkpoints hold the whole weights
    and states, so that a run may go on with another number of ranks, or unsharded.

    Args:
        module: The task, on its device and the same on all ranks.
        reshard_after_forward: Give a block up after its forward pass and gather it again for the
            backward pass; ``False`` keeps it, for more speed and more memory.
    """

    def __init__(self, module: nn.Module, *, reshard_after_forward: bool = True) -> None:
        super().__init__()
        blocks = [
            block
            for name in ("image_encoder", "text_encoder")
            if isinstance(encoder := getattr(module, name, None), nn.Module)
            for block in _blocks(encoder)
        ]
        shard_model(module, blocks, device_type=get_device(), reshard=reshard_after_forward)
        self.module: Any = module

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """Call the task."""
        return self.module(*args, **kwargs)

    def train_step(self, data: Any, optim_wrapper: Any) -> Any:
        """Train the task on a batch."""
        return self._sharded_after(self.module.train_step, data, optim_wrapper)

    def val_step(self, data: Any) -> Any:
        """Compute the outputs of a batch for validation."""
        return self._sharded_after(self.module.val_step, data)

    def test_step(self, data: Any) -> Any:
        """Compute the outputs of a batch for a test."""
        return self._sharded_after(self.module.test_step, data)

    def _sharded_after(self, step: Callable[..., Any], *arguments: Any) -> Any:
        # Hooks expect shares; what has had no backward pass may be gathered still.
        result = step(*arguments)
        reshard(self.module)
        return result


def _blocks(module: nn.Module) -> Iterator[nn.Module]:
    """Yield the items of lists that are more than a layer of PyTorch's, inner ones first."""
    for child in module.children():
        yield from _blocks(child)
        listed = isinstance(module, (nn.Sequential, nn.ModuleList))
        plain = type(child).__module__.startswith("torch.nn.")
        if listed and not plain and any(True for _ in child.parameters()):
            yield child
