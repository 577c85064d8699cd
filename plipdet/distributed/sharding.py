"""Parameters of which every rank keeps its share: PyTorch's FSDP2 (``fully_shard``)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import FSDPModule, fully_shard
from torch.distributed.tensor import DTensor, distribute_tensor

from plipdet.errors import InputError

from .ranks import is_main, world_size


def can_shard(device_type: str) -> bool:
    """Return whether this PyTorch can; 2.6 lacks on a CPU what ``fully_shard`` calls there."""
    return device_type != "cpu" or hasattr(torch.cpu.Stream, "record_event")


def shard_model(
    model: nn.Module, blocks: Iterable[nn.Module], *, device_type: str, reshard: bool
) -> None:
    """Leave each rank a share of every parameter, in place; names do not change.

    Args:
        model: The module whose ``forward`` training calls, on its device, alike on all ranks.
        blocks: Parts that are gathered one at a time, inner ones before those that hold them; each
            must be run by calling it. What they leave over is gathered with ``model``.
        device_type: "cuda" or "cpu".
        reshard: Whether a block is given up after its forward pass and gathered again for the
            backward pass, for less memory.

    Raises:
        InputError: If this PyTorch cannot shard on such a device.
    """
    if not can_shard(device_type):
        raise InputError(
            f"FullySharded does not run on a CPU with PyTorch {torch.__version__}; take a GPU, a "
            "newer PyTorch, or leave model_wrapper_cfg out"
        )
    for parameter in model.parameters():  # sharding cuts rows, which channels-last memory has not
        parameter.data = parameter.data.contiguous()
    mesh = init_device_mesh(device_type, (world_size(),))
    for block in blocks:
        fully_shard(block, mesh=mesh, reshard_after_forward=reshard)
    fully_shard(model, mesh=mesh, reshard_after_forward=reshard)


def is_sharded(model: nn.Module) -> bool:
    """Return whether :func:`shard_model` has sharded the model."""
    return isinstance(model, FSDPModule)


def reshard(model: nn.Module) -> None:
    """Give up what is gathered of a sharded model."""
    for module in model.modules():
        if isinstance(module, FSDPModule):
            module.reshard()


def local(tensor: Tensor) -> Tensor:
    """Return this rank's share, which shares its memory, of a tensor; a whole one as it is."""
    return tensor.to_local() if isinstance(tensor, DTensor) else tensor


def whole(tensor: Tensor) -> Tensor:
    """Return the whole of a sharded tensor; every rank must call it."""
    return tensor.full_tensor() if isinstance(tensor, DTensor) else tensor


def whole_on_main(value: Any) -> Any:
    """Return a state whose sharded tensors are whole, on the CPU, for rank 0 to write.

    Every rank must call it with the same structure; on the others sharded tensors become empty.
    """
    if isinstance(value, Mapping):
        return {k: whole_on_main(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(whole_on_main(v) for v in value)
    if isinstance(value, DTensor):
        gathered = value.full_tensor().detach()
        return gathered.cpu() if is_main() else gathered.new_empty(0)
    return value


def shared_like(tensor: Tensor, example: Tensor) -> Tensor:
    """Return ``tensor``, whole and the same on all ranks, sharded as ``example`` is.

    Every rank must call it; a tensor that is sharded, or whose example is not, comes back as it is.
    """
    if not isinstance(example, DTensor) or isinstance(tensor, DTensor):
        return tensor
    on_device = tensor.to(example.device)
    return distribute_tensor(on_device, example.device_mesh, example.placements)


def optimizer_state_like(
    state: Mapping[str, Any], groups: Iterable[Mapping[str, Any]]
) -> Mapping[str, Any]:
    """Return an optimizer's whole state with its tensors sharded as the parameters are.

    Args:
        state: Of ``state_dict``, whole on every rank.
        groups: Parameter groups of the optimizer that is to load it.
    """
    parameters = [p for group in groups for p in group["params"]]
    numbers = [n for group in state["param_groups"] for n in group["params"]]
    if len(parameters) != len(numbers):
        return state  # which the optimizer then refuses
    of = dict(zip(numbers, parameters, strict=True))
    found = {
        number: {
            k: shared_like(v, of[number])
            if isinstance(v, Tensor) and v.shape == of[number].shape
            else v
            for k, v in own.items()
        }
        for number, own in state["state"].items()
    }
    return {**state, "state": found}
