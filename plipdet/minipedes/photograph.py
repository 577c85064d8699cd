"""From light to the bytes of a surveillance camera: response, blur, low resolution, noise."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from plipdet.minipedes.cameras import Camera, ViewSpec

Floats = NDArray[np.float32]


def _native_height(view: ViewSpec) -> float:
    near, far = view.camera.distances
    share = (view.position[1] - near) / max(far - near, 1e-6)
    return view.camera.native[0] + (view.camera.native[1] - view.camera.native[0]) * share


def motion_blur(image: Floats, length: float, heading: float) -> Floats:
    """Return ``image`` smeared by who walks: ``length`` px where the heading is sideways."""
    steps = int(np.ceil(length))
    if steps < 1 or abs(np.sin(heading)) * length < 0.5:
        return image
    kernel = np.ones((1, 2 * (steps // 2) + 3), np.float32)
    kernel[0, 0] = kernel[0, -1] = max(length - 1, 0.1) / 2
    return cv2.filter2D(image, -1, kernel / kernel.sum()).astype(np.float32, copy=False)


def photograph(image: Floats, view: ViewSpec) -> NDArray[np.uint8]:
    """Return the sRGB picture that the camera of ``view`` makes of linear light ``image``."""
    camera, (rows, columns) = view.camera, image.shape[:2]
    native = min(_native_height(view) * rows / 256, rows)
    small = (max(round(columns * native / rows), 8), max(round(native), 16))
    light = cv2.resize(image, small, interpolation=cv2.INTER_AREA)
    light = cv2.GaussianBlur(light, (0, 0), max(camera.blur * native / 180, 0.15))
    light = motion_blur(
        light.astype(np.float32, copy=False), view.motion * native / 180, view.heading
    )
    gains = np.array(camera.cast) * np.array(view.tint) * view.exposure
    rng = np.random.default_rng((view.seed, 5))
    return develop(light, camera, gains, rng, size=(rows, columns))


def develop(
    light: Floats,
    camera: Camera,
    gains: NDArray[np.float64],
    rng: np.random.Generator,
    *,
    size: tuple[int, int],
) -> NDArray[np.uint8]:
    """Return the sRGB picture of what reaches a sensor, enlarged to its size on disk.

    Args:
        light: Linear light at the sensor's resolution, shape (h, w, 3).
        camera: How it responds.
        gains: Of red, green, blue.
        rng: Of the noise; consumed.
        size: Height and width of the picture, px.
    """
    rows, columns = size
    light = np.maximum(light * gains.astype(np.float32), 0)
    light = light + camera.haze
    level = 0.95
    light = light / (1 + np.maximum(light - level, 0) * 0.8)  # soft shoulder of the highlights
    value = np.where(light < 0.0031308, 12.92 * light, 1.055 * np.power(light, 1 / 2.4) - 0.055)
    value = 0.5 + (value - 0.5) * camera.contrast
    grey = value.mean(-1, keepdims=True)
    value = grey + (value - grey) * camera.saturation
    noise = rng.normal(0, camera.noise, value.shape).astype(np.float32)
    value = value + noise * 0.6 + noise.mean(-1, keepdims=True)
    if camera.sharpen > 0:
        soft = cv2.GaussianBlur(value, (0, 0), 1.0)
        value = value + camera.sharpen * (value - soft)
    value = cv2.resize(value.astype(np.float32), (columns, rows), interpolation=cv2.INTER_CUBIC)
    return (np.clip(value, 0, 1) * 255 + 0.5).astype(np.uint8)
