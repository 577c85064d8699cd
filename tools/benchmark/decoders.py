"""Decoders of JPEGs side by side: full, and scaled where the target is much smaller."""

from __future__ import annotations

import io
import statistics
import time
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
from PIL import Image
from tqdm import tqdm

Decode = Callable[[bytes], np.ndarray]
Size = tuple[int, int]
_PICTURES = 128
_LARGE = 2.5  # times the target: as a scaled decoding asks for
_QUALITY = 90


def compare_decoders(pictures: list[bytes], size: Size, *, repeats: int) -> dict[str, Any]:
    """Return pictures a second of one process for each decoder, resizing included.

    Args:
        pictures: JPEGs; the first ones are taken, as they are and enlarged.
        size: Height and width that they are resized to, px.
        repeats: Of each, taken in turns; the result is the median.
    """
    cv2.setNumThreads(0)
    found: dict[str, Any] = {"skipped": {}}
    decoders: dict[str, Decode] = {}
    for make in (_opencv, _pillow, _simplejpeg, _torchvision, _pyturbojpeg):
        name = make.__name__[1:]
        try:
            decoders.update({f"{name} {kind}": f for kind, f in make(size).items()})
        except (ImportError, OSError, RuntimeError) as error:
            found["skipped"][name] = str(error).splitlines()[0]
    own = pictures[:_PICTURES]
    for kind, data in (("as_they_are", own), ("large", [_enlarged(d, size) for d in own])):
        found[kind] = _rates(decoders, data, size, repeats=repeats, label=kind)
    return found


def _rates(
    decoders: dict[str, Decode], data: list[bytes], size: Size, *, repeats: int, label: str
) -> dict[str, float]:
    seconds: dict[str, list[float]] = {name: [] for name in decoders}
    for repeat in tqdm(range(repeats + 1), desc=f"decoders, {label.replace('_', ' ')}"):
        for name, decode in decoders.items():
            start = time.perf_counter()
            for picture in data:
                cv2.resize(decode(picture), size[::-1], interpolation=cv2.INTER_CUBIC)
            if repeat:  # the first one warms up
                seconds[name].append(time.perf_counter() - start)
    return {name: round(len(data) / statistics.median(s), 1) for name, s in seconds.items()}


def _enlarged(data: bytes, size: Size) -> bytes:
    picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    target = (round(size[1] * _LARGE), round(size[0] * _LARGE))
    large = cv2.resize(picture, target, interpolation=cv2.INTER_CUBIC)
    return cv2.imencode(".jpg", large, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])[1].tobytes()


def _opencv(size: Size) -> dict[str, Decode]:
    from simplejpeg import decode_jpeg_header

    def decode(data: bytes, flags: int = cv2.IMREAD_COLOR) -> np.ndarray:
        image = cv2.imdecode(np.frombuffer(data, np.uint8), flags)
        return cv2.cvtColor(image, cv2.COLOR_BGR2RGB)

    def scaled(data: bytes) -> np.ndarray:
        height, width = decode_jpeg_header(data)[:2]
        half = height >= 2 * size[0] and width >= 2 * size[1]
        return decode(data, cv2.IMREAD_REDUCED_COLOR_2 if half else cv2.IMREAD_COLOR)

    return {"full": decode, "scaled": scaled}


def _pillow(size: Size) -> dict[str, Decode]:
    def scaled(data: bytes) -> np.ndarray:
        image = Image.open(io.BytesIO(data))
        image.draft("RGB", size[::-1])
        return np.asarray(image.convert("RGB"))

    return {
        "full": lambda data: np.asarray(Image.open(io.BytesIO(data)).convert("RGB")),
        "scaled": scaled,
    }


def _simplejpeg(size: Size) -> dict[str, Decode]:
    from simplejpeg import decode_jpeg

    least = {"min_height": size[0], "min_width": size[1], "min_factor": 2}
    return {"full": decode_jpeg, "scaled": lambda data: decode_jpeg(data, **least)}


def _torchvision(size: Size) -> dict[str, Decode]:
    import torch
    from torchvision.io import ImageReadMode, decode_jpeg

    def decode(data: bytes) -> np.ndarray:
        tensor = torch.frombuffer(bytearray(data), dtype=torch.uint8)
        return decode_jpeg(tensor, mode=ImageReadMode.RGB).permute(1, 2, 0).numpy()

    return {"full": decode}


def _pyturbojpeg(size: Size) -> dict[str, Decode]:
    from turbojpeg import TJPF_RGB, TurboJPEG

    jpeg = TurboJPEG()

    def scaled(data: bytes) -> np.ndarray:
        width, height = jpeg.decode_header(data)[:2]
        half = height >= 2 * size[0] and width >= 2 * size[1]
        factor = (1, 2) if half else None
        return jpeg.decode(data, pixel_format=TJPF_RGB, scaling_factor=factor)

    return {"full": lambda data: jpeg.decode(data, pixel_format=TJPF_RGB), "scaled": scaled}
