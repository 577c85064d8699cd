"""What a run needs besides weights to go on as if it had never stopped, as plain data."""

from __future__ import annotations

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

from plipdet.distributed import gather_rows, rank
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


def gather_random_states() -> list[dict[str, Any]]:
    """Return the random state of each rank, in rank order; every rank must call it."""
    file = io.BytesIO()
    torch.save(random_state(), file)
    data = torch.frombuffer(bytearray(file.getvalue()), dtype=torch.uint8).to(get_device())
    lengths = gather_rows(torch.tensor([len(data)], device=data.device)).tolist()
    parts = gather_rows(data).cpu().split(lengths)
    return [torch.load(io.BytesIO(part.numpy().tobytes()), weights_only=True) for part in parts]


def restore_random_state(states: list[dict[str, Any]]) -> bool:
    """Set this rank's generators; return whether the checkpoint has a state for this rank."""
    if rank() >= len(states):
        return False
    set_random_state(states[rank()])
    return True


def message_hub_state(hub: MessageHub) -> dict[str, Any]:
    """Return the hub's scalars and facts as plain data."""
    state = hub.state_dict()
    scalars = {
        name: [torch.as_tensor(part, dtype=torch.float64) for part in history.data]
        for name, history in state["log_scalars"].items()
    }
    return {
        "log_scalars": scalars,
        "runtime_info": to_plain(state["runtime_info"]),
        "resumed_keys": dict(state["resumed_keys"]),
    }


def restore_message_hub(hub: MessageHub, state: Mapping[str, Any]) -> None:
    """Give a hub the scalars and facts that :func:`message_hub_state` returned."""
    histories = {
        name: HistoryBuffer(values.tolist(), counts.tolist())
        for name, (values, counts) in state["log_scalars"].items()
    }
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
