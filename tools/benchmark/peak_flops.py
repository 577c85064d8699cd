"""What a device could compute at best, as the yardstick of what a model uses of it."""

from __future__ import annotations

import time

import torch

# Dense bfloat16 matrix products, TFLOP/s, from NVIDIA's data sheets of each card; float16 where
# the card has no bfloat16 (V100, T4). The first name that is in the device's name counts.
_CARDS = {
    "B200": 2250.0,
    "GH200": 989.4,
    "H200": 989.4,
    "H100 PCIe": 756.0,
    "H100 NVL": 835.5,
    "H100": 989.4,
    "A100": 311.8,
    "A800": 311.8,
    "L40S": 362.1,
    "L40": 181.0,
    "L4": 121.0,
    "A40": 149.7,
    "A30": 165.0,
    "A10G": 70.0,
    "A10": 125.0,
    "RTX 4090": 165.2,
    "RTX 3090": 71.0,
    "V100": 125.0,
    "T4": 65.0,
}
_SIDE = 1536
_REPEATS = 5


def card_peak(name: str) -> float | None:
    """Return the dense bfloat16 TFLOP/s of an NVIDIA card by its name, ``None`` if unknown."""
    return next((peak for card, peak in _CARDS.items() if card in name), None)


def measured_peak(dtype: torch.dtype, *, device: str = "cpu") -> float:
    """Return the TFLOP/s of a large matrix product, the best of a few."""
    left, right = (torch.randn(_SIDE, _SIDE, device=device).to(dtype) for _ in range(2))
    times = []
    for _ in range(_REPEATS):
        start = time.perf_counter()
        _ = left @ right
        times.append(time.perf_counter() - start)
    return 2 * _SIDE**3 / min(times) / 1e12
