"""Placing pictures and text on a page."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TypeAlias

import numpy as np
from PIL import Image, ImageDraw, UnidentifiedImageError

from plipdet.errors import InputError
from plipdet.whole_file import whole_file

from .text_layout import INK, MUTED, PAPER, Color, Text, TextRun, draw_text

Picture: TypeAlias = Image.Image | np.ndarray
RIGHT: Color = (24, 148, 72)
WRONG: Color = (206, 44, 49)
_EMPTY: Color = (236, 237, 240)


def to_picture(picture: Picture) -> Image.Image:
    """Return a Pillow picture, RGB, of one or of an RGB uint8 array (H, W, 3)."""
    if isinstance(picture, Image.Image):
        return picture.convert("RGB")
    assert picture.dtype == np.uint8, picture.dtype
    assert picture.ndim == 3 and picture.shape[2] == 3, picture.shape
    return Image.fromarray(picture)


def fitted(picture: Picture, width: int, height: int) -> Image.Image:
    """Return the picture as large as fits, centred on a pale ground of width x height px."""
    found = to_picture(picture)
    scale = min(width / found.width, height / found.height)
    size = (max(1, round(found.width * scale)), max(1, round(found.height * scale)))
    page = Image.new("RGB", (width, height), _EMPTY)
    resized = found.resize(size, Image.Resampling.BICUBIC)
    page.paste(resized, ((width - size[0]) // 2, (height - size[1]) // 2))
    return page


def framed(picture: Picture, color: Color, *, width: int = 4) -> Image.Image:
    """Return the picture within a border of ``width`` px."""
    found = to_picture(picture)
    page = Image.new("RGB", (found.width + 2 * width, found.height + 2 * width), color)
    page.paste(found, (width, width))
    return page


def column(parts: Sequence[Image.Image], *, gap: int = 4) -> Image.Image:
    """Return the pictures below one another, left-aligned on white."""
    parts = parts or [Image.new("RGB", (1, 1), PAPER)]
    height = sum(part.height for part in parts) + gap * (len(parts) - 1)
    page = Image.new("RGB", (max(part.width for part in parts), height), PAPER)
    top = 0
    for part in parts:
        page.paste(part, (0, top))
        top += part.height + gap
    return page


def row(parts: Sequence[Image.Image], *, gap: int = 8) -> Image.Image:
    """Return the pictures side by side, top-aligned on white."""
    parts = parts or [Image.new("RGB", (1, 1), PAPER)]
    width = sum(part.width for part in parts) + gap * (len(parts) - 1)
    page = Image.new("RGB", (width, max(part.height for part in parts)), PAPER)
    left = 0
    for part in parts:
        page.paste(part, (left, 0))
        left += part.width + gap
    return page


def grid(parts: Sequence[Image.Image], *, columns: int, gap: int = 14) -> Image.Image:
    """Return the pictures in rows of ``columns``, each column as wide as its widest."""
    lines = [list(parts[start : start + columns]) for start in range(0, len(parts), columns)]
    width = max((part.width for part in parts), default=1)
    wide = [[_widened(part, width) for part in line] for line in lines]
    return column([row(line, gap=gap) for line in wide], gap=gap)


def _widened(part: Image.Image, width: int) -> Image.Image:
    page = Image.new("RGB", (width, part.height), PAPER)
    page.paste(part, (0, 0))
    return page


def ruled(width: int) -> Image.Image:
    """Return a thin line across."""
    return Image.new("RGB", (width, 1), _EMPTY)


def captioned(picture: Image.Image, text: Text, *, size: int = 12) -> Image.Image:
    """Return the picture with one line of text below, cut off where it would be wider."""
    return column([picture, draw_text(text, width=picture.width, size=size, max_lines=1)], gap=3)


def swatch(color: Color, *, size: int = 12) -> Image.Image:
    """Return a small square with a hairline around."""
    square = Image.new("RGB", (size, size), color)
    ImageDraw.Draw(square).rectangle((0, 0, size - 1, size - 1), outline=MUTED)
    return square


def page(body: Image.Image, *, title: str = "", legend: Text = "", margin: int = 20) -> Image.Image:
    """Return the body on white with margins, a title and a legend above it."""
    head = []
    if title:
        head.append(draw_text([TextRun(title, INK, bold=True)], width=body.width, size=19))
    if legend:
        runs = [TextRun(legend, MUTED)] if isinstance(legend, str) else legend
        head.append(draw_text(runs, width=body.width, size=13))
    whole = column([*head, body], gap=10)
    sheet = Image.new("RGB", (whole.width + 2 * margin, whole.height + 2 * margin), PAPER)
    sheet.paste(whole, (margin, margin))
    return sheet


def save_png(picture: Image.Image, path: str | Path) -> Path:
    """Write a PNG, whole or not at all, and return its path.

    Raises:
        InputError: If the name does not end in .png.
    """
    path = Path(path)
    if path.suffix.lower() != ".png":
        raise InputError(f"pictures are written as PNG; name a file that ends in .png, not {path}")
    with whole_file(path) as file:
        picture.save(file, format="PNG", optimize=True)
    return path


def open_picture(path: str | Path) -> Image.Image:
    """Read a picture file as RGB.

    Raises:
        InputError: If there is no such file, or it is no picture.
    """
    try:
        with Image.open(path) as file:
            return file.convert("RGB")
    except FileNotFoundError as error:
        raise InputError(f"there is no picture {path}") from error
    except (UnidentifiedImageError, OSError) as error:
        raise InputError(f"{path} is no readable picture ({error})") from error
