"""The most memory that a call takes beyond what was there before."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

_FORGET_PEAK, _STATUS = Path("/proc/self/clear_refs"), Path("/proc/self/status")


def extra_memory(run: Callable[[], Any]) -> float:
    """Return it in GB: of the GPU if there is one in use, else of this process by Linux's count.

    The peak is the kernel's own, forgotten before the call; nothing is sampled.
    """
    if torch.cuda.is_initialized():
        torch.cuda.reset_peak_memory_stats()
        before = torch.cuda.memory_allocated()
        run()
        return (torch.cuda.max_memory_allocated() - before) / 1e9
    _FORGET_PEAK.write_text("5")
    before = _kilobytes("VmRSS")
    run()
    return (_kilobytes("VmHWM") - before) * 1024 / 1e9


def free_memory() -> float:
    """Return the GB that a new process can take without swapping."""
    lines = Path("/proc/meminfo").read_text().splitlines()
    return int(next(x for x in lines if x.startswith("MemAvailable:")).split()[1]) * 1024 / 1e9


def _kilobytes(field: str) -> int:
    line = next(x for x in _STATUS.read_text().splitlines() if x.startswith(field + ":"))
    return int(line.split()[1])
