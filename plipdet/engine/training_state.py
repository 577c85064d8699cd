"""What a run needs besides weights to go on as if it had never stopped, as plain data."""

from __future__ import annotations

import hashlib
import io
import random
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from mmengine.device import get_device
from mmengine.logging import HistoryBuffer, MessageHub
from mmengine.optim import OptimWrapperDict
from torch import Tensor, nn

from plipdet.distributed import broadcast_object, gather_rows, rank
from plipdet.engine.checkpoint import to_plain


def random_state() -> dict[str, Any]:
    """Return the state of Python's, NumPy's and PyTorch's generators in this process."""
    version, numbers, gauss = random.getstate()
    name, keys, position, has_gauss, cached = np.random.get_state(legacy=True)
    assert isinstance(keys, np.ndarray)
    return {
        "python": [version, list(numbers), gauss],
        "numpy": [name, keys.tolist(), int(position), int(has_gauss), float(cached)],
        "torch": torch.get_rng_state(),
        "cuda": torch.cuda.get_rng_state() if torch.cuda.is_available() else None,
    }


def set_random_state(state: Mapping[str, Any]) -> None:
    """Set the generators to a state that :func:`random_state` returned."""
    version, numbers, gauss = state["python"]
    random.setstate((version, tuple(numbers), gauss))
    name, keys, position, has_gauss, cached = state["numpy"]
    np.random.set_state((name, np.array(keys, dtype=np.uint32), position, has_gauss, cached))
    torch.set_rng_state(state["torch"])
    if state["cuda"] is not None and torch.cuda.is_available():
        torch.cuda.set_rng_state(state["cuda"])


@contextmanager
def untouched_randomness() -> Iterator[None]:
    """Leave the generators as they were, so that what runs inside does not change training."""
    state = random_state()
    try:
        yield
    finally:
        set_random_state(state)


def gather_states(own: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return each rank's tensors and plain data, in rank order; every rank must call it."""
    file = io.BytesIO()
    torch.save(to_plain(own), file)
    data = torch.frombuffer(bytearray(file.getvalue()), dtype=torch.uint8).to(get_device())
    lengths = gather_rows(torch.tensor([len(data)], device=data.device)).tolist()
    parts = gather_rows(data).cpu().split(lengths)
    return [torch.load(io.BytesIO(part.numpy().tobytes()), weights_only=True) for part in parts]


def of_this_rank(states: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Return this rank's of the states that :func:`gather_states` returned, if it has one."""
    return states[rank()] if rank() < len(states) else None


def own_buffers(modules: Mapping[str, nn.Module]) -> dict[str, Tensor]:
    """Return the buffers that differ from rank 0's; every rank must call it.

    The running statistics of batch norm do, until the ranks average them at an epoch's end.

    Args:
        modules: Modules by a name, which stands before those of their buffers.
    """
    buffers = _saved_buffers(modules)
    hashes = {name: _hash(buffer) for name, buffer in buffers.items()}
    of_main = broadcast_object(hashes)
    return {k: buffer for k, buffer in buffers.items() if hashes[k] != of_main.get(k)}


def restore_own_buffers(modules: Mapping[str, nn.Module], saved: Mapping[str, Tensor]) -> None:
    """Give modules the buffers that :func:`own_buffers` returned on this rank."""
    buffers = _saved_buffers(modules)
    for name, value in saved.items():
        buffers[name].copy_(value)


def _saved_buffers(modules: Mapping[str, nn.Module]) -> dict[str, Tensor]:
    found = {}
    for label, module in modules.items():
        saved = module.state_dict(keep_vars=True)
        for name, buffer in module.named_buffers():
            if name in saved:
                found[f"{label}.{name}"] = buffer
    return found


def _hash(tensor: Tensor) -> bytes:
    content = tensor.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy()
    return hashlib.sha1(content.tobytes(), usedforsecurity=False).digest()


def at_step(optim_wrapper: Any) -> bool:
    """Return whether no gradients are accumulated that the optimizer has not used yet."""
    several = isinstance(optim_wrapper, OptimWrapperDict)
    wrappers = optim_wrapper.values() if several else [optim_wrapper]
    return all(wrapper.should_update() for wrapper in wrappers)


def message_hub_state(hub: MessageHub) -> dict[str, Any]:
    """Return the hub's scalars and facts as plain data."""
    state = hub.state_dict()
    scalars = {
        name: [torch.as_tensor(part, dtype=torch.float64) for part in history.data]
        for name, history in state["log_scalars"].items()
    }
    return {
        "log_scalars": scalars,
        "max_lengths": {k: history.max_length for k, history in state["log_scalars"].items()},
        "runtime_info": to_plain(state["runtime_info"]),
        "resumed_keys": dict(state["resumed_keys"]),
    }


def restore_message_hub(hub: MessageHub, state: Mapping[str, Any]) -> None:
    """Give a hub the scalars and facts that :func:`message_hub_state` returned."""
    histories = {
        name: HistoryBuffer(values.tolist(), counts.tolist())
        for name, (values, counts) in state["log_scalars"].items()
    }
    for name, length in state.get("max_lengths", {}).items():
        histories[name].max_length = length
    known = {*histories, *state["runtime_info"]}
    keys = {name: kept for name, kept in state["resumed_keys"].items() if name in known}
    info = state["runtime_info"]
    hub.load_state_dict({"log_scalars": histories, "runtime_info": info, "resumed_keys": keys})


def scheduler_states(schedulers: Any) -> Any:
    """Return the state of one list of schedulers, or of a mapping of lists, as plain data."""
    if isinstance(schedulers, Mapping):
        return {name: scheduler_states(some) for name, some in schedulers.items()}
    return [to_plain(scheduler.state_dict()) for scheduler in schedulers]


def restore_schedulers(schedulers: Any, states: Any) -> None:
    """Give schedulers the states that :func:`scheduler_states` returned."""
    if isinstance(schedulers, Mapping):
        for name, some in schedulers.items():
            restore_schedulers(some, states[name])
        return
    for scheduler, state in zip(schedulers, states, strict=True):
        counters = {k for k, v in vars(scheduler).items() if isinstance(v, Counter)}
        scheduler.load_state_dict({k: Counter(v) if k in counters else v for k, v in state.items()})
