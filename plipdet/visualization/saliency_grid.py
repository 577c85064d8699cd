"""SaliencyGrid: where in a picture the words of a sentence find what they say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from plipdet.registry import VISUALIZERS

from .drawing import Picture, captioned, column, fitted, grid, page, ruled, to_picture
from .text_layout import INK, MUTED, Color, TextRun, draw_text

# Told apart also by those who do not tell red from green
_FOR: Color = (230, 97, 1)
_AGAINST: Color = (50, 80, 200)
_STRONGEST = 0.85  # opacity of the largest value


@dataclass(slots=True, frozen=True)
class WordHeat:
    """A word's part of the similarity, and where it comes from.

    Args:
        start: First character of the word in the sentence.
        end: One past its last character.
        contribution: How much higher the similarity is than with the word hidden.
        heat: The same spread over the picture, any unit, shape (H, W).
    """

    start: int
    end: int
    contribution: float
    heat: np.ndarray


@dataclass(slots=True, frozen=True)
class SaliencyExample:
    """A sentence and a picture.

    Args:
        picture: Pillow picture, or RGB uint8 array (H, W, 3).
        sentence: Any text.
        similarity: Cosine of the two.
        heat: The similarity spread over the picture, shape (H, W).
        words: In their order in the sentence.
        note: What is known of the pair.
    """

    picture: Picture
    sentence: str
    similarity: float
    heat: np.ndarray
    words: Sequence[WordHeat]
    note: str = ""


@VISUALIZERS.register_module()
class SaliencyGrid:
    """Draws for each pair the picture, the sentence's map, and one map a word.

    The maps of an example's words share one scale, so that a word that adds little looks pale.

    Args:
        cell: Width and height of a picture, px.
        columns: Pictures side by side.
    """

    def __init__(self, cell: tuple[int, int] = (104, 208), *, columns: int = 9) -> None:
        self.cell = cell
        self.columns = columns

    def draw(self, examples: Sequence[SaliencyExample], *, title: str = "") -> Image.Image:
        """Return the grid.

        Args:
            examples: From top to bottom.
            title: Printed at the top.
        """
        grids = [grid(self._cells(example), columns=self.columns, gap=8) for example in examples]
        width = max((part.width for part in grids), default=self.cell[0])
        parts = []
        for example, cells in zip(examples, grids, strict=True):
            sentence = draw_text(_marked(example), width=width, size=15)
            parts += [ruled(width), column([sentence, cells], gap=8)]
        legend = [
            TextRun(" orange ", (255, 255, 255), _FOR, bold=True),
            TextRun(" speaks for the word being there, "),
            TextRun(" blue ", (255, 255, 255), _AGAINST, bold=True),
            TextRun(
                " against it; numbers: how much higher the similarity is than with the word hidden"
            ),
        ]
        return page(column(parts, gap=12), title=title, legend=legend)

    def _cells(self, example: SaliencyExample) -> list[Image.Image]:
        note = [TextRun(example.note or "picture", MUTED)]
        whole = [TextRun(f"sentence {example.similarity:.2f}", INK, bold=True)]
        cells = [
            captioned(fitted(example.picture, *self.cell), note),
            captioned(self._heated(example, example.heat, _largest([example.heat])), whole),
        ]
        largest = _largest([word.heat for word in example.words])
        for word in example.words:
            heated = self._heated(example, word.heat, largest)
            name = TextRun(example.sentence[word.start : word.end], INK, bold=True)
            number = TextRun(f"{word.contribution:+.3f}", MUTED)
            cells.append(captioned(captioned(heated, [name]), [number], size=11))
        return cells

    def _heated(self, example: SaliencyExample, heat: np.ndarray, largest: float) -> Image.Image:
        picture = to_picture(example.picture)
        small = Image.fromarray(np.asarray(heat / largest, np.float32))
        strength = np.asarray(small.resize(picture.size, Image.Resampling.BILINEAR))[..., None]
        gray = np.asarray(picture.convert("L").convert("RGB"), np.float32)
        color = np.where(strength > 0, *np.array([_FOR, _AGAINST], np.float32))
        opacity = _STRONGEST * np.minimum(np.abs(strength), 1)
        mixed = (1 - opacity) * gray + opacity * color
        return fitted(mixed.round().astype(np.uint8), *self.cell)


def _largest(heats: Sequence[np.ndarray]) -> float:
    return max((float(np.abs(heat).max()) for heat in heats), default=0.0) or 1.0


def _marked(example: SaliencyExample) -> list[TextRun]:
    """Return the sentence, each word on a ground as strong as its contribution."""
    most = max((abs(word.contribution) for word in example.words), default=0.0) or 1.0
    runs: list[TextRun] = []
    at = 0
    for word in example.words:
        runs.append(TextRun(example.sentence[at : word.start]))
        color = _FOR if word.contribution > 0 else _AGAINST
        opacity = 0.75 * abs(word.contribution) / most
        mark = tuple(round(255 + opacity * (part - 255)) for part in color)
        text = example.sentence[word.start : word.end]
        runs.append(TextRun(text, INK, (mark[0], mark[1], mark[2])))
        at = word.end
    return [*runs, TextRun(example.sentence[at:])]
