"""Text in pictures: wrapped to a width, with coloured and marked parts, never wider."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TypeAlias

import matplotlib
from PIL import Image, ImageDraw, ImageFont

Color: TypeAlias = tuple[int, int, int]
INK: Color = (28, 28, 32)
MUTED: Color = (112, 114, 122)
PAPER: Color = (255, 255, 255)
_LEADING = 1.3  # line height over the font's size


@dataclass(slots=True, frozen=True)
class TextRun:
    """A stretch of text in one style.

    Args:
        text: Any string; a newline breaks the line.
        color: Of the letters, RGB.
        mark: Colour behind the letters, ``None`` for none.
        bold: Whether the letters are bold.
    """

    text: str
    color: Color = INK
    mark: Color | None = None
    bold: bool = False


Text: TypeAlias = str | Sequence[TextRun]
_Piece: TypeAlias = tuple[TextRun, str]  # letters of one run without a break


def draw_text(
    text: Text, *, width: int, size: int = 14, max_lines: int | None = None
) -> Image.Image:
    """Return text on white, wrapped at spaces; a word wider than the line is broken.

    Args:
        text: A string, or runs of different style.
        width: Of the picture, px.
        size: Of the font, px.
        max_lines: Lines before the rest is cut off with an ellipsis; ``None`` for all.
    """
    runs = [TextRun(text)] if isinstance(text, str) else list(text)
    lines = _lines(runs, width, size)
    if max_lines is not None and len(lines) > max_lines:
        lines = [*lines[: max_lines - 1], _shortened(lines[max_lines - 1], width, size)]
    height = round(size * _LEADING)
    picture = Image.new("RGB", (width, max(1, height * len(lines))), PAPER)
    canvas = ImageDraw.Draw(picture)
    for number, line in enumerate(lines):
        _draw_line(canvas, line, number * height, size)
    return picture


def text_width(text: str, *, size: int = 14, bold: bool = False) -> int:
    """Return the width of one line of text, px."""
    return round(_font(size, bold).getlength(text) + 0.5)


@lru_cache(maxsize=32)
def _font(size: int, bold: bool) -> ImageFont.FreeTypeFont:
    # MMEngine needs matplotlib, which brings this font with a thousand more letters than
    # Pillow's own, so pictures look the same on every machine.
    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    return ImageFont.truetype(str(Path(matplotlib.get_data_path(), "fonts", "ttf", name)), size)


def _length(line: Sequence[_Piece], size: int) -> float:
    return sum(_font(size, run.bold).getlength(letters) for run, letters in line)


def _lines(runs: Sequence[TextRun], width: int, size: int) -> list[list[_Piece]]:
    lines: list[list[_Piece]] = [[]]
    for word in _words(runs):
        if word[0][1] == "\n":
            lines.append([])
            continue
        if _length([*lines[-1], *_stripped(word)], size) > width and lines[-1]:
            lines.append([])
        for part in _broken(_stripped(word), width, size):
            if lines[-1] and _length([*lines[-1], *part], size) > width:
                lines.append([])
            lines[-1].extend(part)
        lines[-1].extend(word[len(_stripped(word)) :])
    return [_stripped(line) for line in lines]


def _words(runs: Sequence[TextRun]) -> Iterator[list[_Piece]]:
    """Yield words with the space behind them; a word may go on from one run into the next."""
    word: list[_Piece] = []
    spaced = False
    for run in runs:
        for letters in _split(run.text):
            if letters == "\n":
                if word:
                    yield word
                yield [(run, "\n")]
                word, spaced = [], False
                continue
            if spaced and letters != " ":
                yield word  # a word of spaces alone, at the start, keeps its place
                word = []
            spaced = letters == " "
            word.append((run, letters))
    if word:
        yield word


def _split(text: str) -> Iterator[str]:
    for number, line in enumerate(text.splitlines() or [""]):
        if number:
            yield "\n"
        for place, word in enumerate(line.replace("\t", " ").split(" ")):
            if place:
                yield " "
            if word:
                yield word


def _stripped(line: list[_Piece]) -> list[_Piece]:
    end = len(line)
    while end and line[end - 1][1] == " ":
        end -= 1
    return line[:end]


def _broken(word: list[_Piece], width: int, size: int) -> Iterator[list[_Piece]]:
    """Yield the word whole if it fits into a line, else letter by letter."""
    if _length(word, size) <= width:
        yield word
        return
    for run, letters in word:
        yield from ([(run, letter)] for letter in letters)


def _shortened(line: list[_Piece], width: int, size: int) -> list[_Piece]:
    line = list(line)
    while line and _length([*line, (line[-1][0], "…")], size) > width:
        run, letters = line.pop()
        if len(letters) > 1:
            line.append((run, letters[:-1]))
    style = line[-1][0] if line else TextRun("")
    return [*line, (TextRun("", color=style.color, mark=style.mark), "…")]


def _draw_line(canvas: ImageDraw.ImageDraw, line: Sequence[_Piece], top: int, size: int) -> None:
    x = 0.0
    height = round(size * _LEADING)
    baseline = top + round(size * 1.02)
    for run, letters in line:
        end = x + _font(size, run.bold).getlength(letters)
        if run.mark is not None:
            canvas.rectangle((round(x), top + 1, round(end) - 1, top + height - 2), fill=run.mark)
        x = end
    x = 0.0
    for run, letters in line:
        font = _font(size, run.bold)
        canvas.text((x, baseline), letters, font=font, fill=run.color, anchor="ls")
        x += font.getlength(letters)
