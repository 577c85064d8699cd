"""ContactSheet: the pictures of a data set with what its annotation says of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image

from plipdet.errors import InputError
from plipdet.registry import VISUALIZERS
from plipdet.structures import PHRASE_SLOTS

from .drawing import Picture, column, fitted, grid, page
from .text_layout import INK, MUTED, Color, TextRun, draw_text

# One pale ground for each slot, dark letters readable on all
SLOT_COLORS: dict[str, Color] = dict(
    zip(
        PHRASE_SLOTS,
        (
            (214, 209, 245),  # gender
            (252, 224, 176),  # head
            (188, 226, 250),  # upper
            (198, 236, 196),  # lower
            (248, 205, 218),  # shoes
            (224, 222, 212),  # belongings
        ),
        strict=True,
    )
)


@dataclass(slots=True, frozen=True)
class SheetItem:
    """One person crop.

    Args:
        picture: Pillow picture, or RGB uint8 array (H, W, 3).
        label: Like identity and camera, printed in bold.
        caption: Sentence, "" for none.
        phrases: Slot, first and one past the last character of each attribute phrase.
    """

    picture: Picture
    label: str = ""
    caption: str = ""
    phrases: Sequence[tuple[int, int, int]] = ()


@VISUALIZERS.register_module()
class ContactSheet:
    """Draws crops in a grid, captions below with attribute phrases coloured by slot.

    Args:
        cell: Width and height of a picture, px; the caption is as wide.
        columns: Pictures side by side.
        caption_lines: Lines of a caption before it is cut off.
    """

    def __init__(
        self,
        cell: tuple[int, int] = (150, 240),
        *,
        columns: int = 8,
        caption_lines: int = 9,
    ) -> None:
        if columns < 1:
            raise InputError(f"columns = {columns} of a contact sheet; expected 1 or more")
        self.cell = cell
        self.columns = columns
        self.caption_lines = caption_lines

    def draw(self, items: Sequence[SheetItem], *, title: str = "") -> Image.Image:
        """Return the sheet.

        Args:
            items: In reading order.
            title: Printed at the top.
        """
        legend: list[TextRun] = []
        if any(item.phrases for item in items):
            for slot, color in SLOT_COLORS.items():
                legend += [TextRun(f" {slot} ", INK, color), TextRun("  ")]
        body = grid([self._cell(item) for item in items], columns=self.columns)
        return page(body, title=title, legend=legend)

    def _cell(self, item: SheetItem) -> Image.Image:
        width = self.cell[0]
        parts = [fitted(item.picture, *self.cell)]
        if item.label:
            label = [TextRun(item.label, MUTED, bold=True)]
            parts.append(draw_text(label, width=width, size=12, max_lines=1))
        if item.caption:
            caption = draw_text(_marked(item), width=width, size=12, max_lines=self.caption_lines)
            parts.append(caption)
        return column(parts, gap=4)


def _marked(item: SheetItem) -> list[TextRun]:
    runs: list[TextRun] = []
    at = 0
    for slot, start, end in sorted(item.phrases, key=lambda phrase: phrase[1]):
        runs.append(TextRun(item.caption[at:start]))
        runs.append(TextRun(item.caption[start:end], INK, SLOT_COLORS[PHRASE_SLOTS[slot]]))
        at = end
    return [*runs, TextRun(item.caption[at:])]
