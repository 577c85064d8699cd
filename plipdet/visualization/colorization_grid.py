"""ColorizationGrid: gray pictures coloured by their caption, and by changed captions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image

from plipdet.registry import VISUALIZERS

from .drawing import Picture, captioned, column, fitted, page, row, ruled
from .text_layout import INK, MUTED, PAPER, Color, TextRun, draw_text

_MARK: Color = (255, 228, 130)


@dataclass(slots=True, frozen=True)
class ColorVariant:
    """The picture coloured by a caption with one colour changed.

    Args:
        picture: Result, Pillow or RGB uint8 (H, W, 3).
        color: The new colour, as the caption says it.
    """

    picture: Picture
    color: str


@dataclass(slots=True, frozen=True)
class ColorizationExample:
    """One picture in all its colours.

    Args:
        original: The true picture.
        gray: What the model sees.
        colored: Coloured by the true caption.
        caption: The true caption.
        changed: First and one past the last character of the colour that the variants change;
            equal where there are no variants.
        variants: Coloured by the changed captions.
    """

    original: Picture
    gray: Picture
    colored: Picture
    caption: str
    changed: tuple[int, int] = (0, 0)
    variants: Sequence[ColorVariant] = ()


@VISUALIZERS.register_module()
class ColorizationGrid:
    """Draws one line an example, as Fig. 5 of PLIP (arXiv 2305.08386), with the caption above.

    Args:
        cell: Width and height of a picture, px.
    """

    def __init__(self, cell: tuple[int, int] = (104, 208)) -> None:
        self.cell = cell

    def draw(self, examples: Sequence[ColorizationExample], *, title: str = "") -> Image.Image:
        """Return the grid.

        Args:
            examples: One for each line.
            title: Printed at the top.
        """
        pictures = [self._pictures(example) for example in examples]
        width = max((line.width for line in pictures), default=self.cell[0])
        parts = []
        for example, line in zip(examples, pictures, strict=True):
            caption = draw_text(self._caption(example), width=width, size=14)
            parts += [ruled(width), column([caption, line], gap=6)]
        legend = [
            TextRun("From the gray picture and the sentence alone; a "),
            TextRun(" marked ", mark=_MARK),
            TextRun(" colour is what the pictures at the right change."),
        ]
        return page(column(parts, gap=12), title=title, legend=legend)

    def _pictures(self, example: ColorizationExample) -> Image.Image:
        known = (
            (example.gray, "gray input"),
            (example.colored, "true sentence"),
            (example.original, "original"),
        )
        cells = [captioned(fitted(p, *self.cell), [TextRun(t, MUTED)]) for p, t in known]
        for variant in example.variants:
            label = [TextRun("to ", MUTED), TextRun(variant.color, INK, _MARK, bold=True)]
            cells.append(captioned(fitted(variant.picture, *self.cell), label))
        return row([*cells[:3], Image.new("RGB", (6, 1), PAPER), *cells[3:]], gap=8)

    @staticmethod
    def _caption(example: ColorizationExample) -> list[TextRun]:
        start, end = example.changed
        text = example.caption
        runs = [TextRun(text[:start]), TextRun(text[start:end], INK, _MARK, bold=True)]
        return [*runs, TextRun(text[end:])]
