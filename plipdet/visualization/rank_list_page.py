"""RankListPage: queries with the gallery pictures ranked first for each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image

from plipdet.registry import VISUALIZERS

from .drawing import RIGHT, WRONG, Picture, captioned, column, fitted, framed, page, row, ruled
from .text_layout import MUTED, PAPER, TextRun, draw_text

_FRAME = 4


@dataclass(slots=True, frozen=True)
class RankedPicture:
    """A gallery picture at its place in a ranked list.

    Args:
        picture: Pillow picture, or RGB uint8 array (H, W, 3).
        right: Whether it shows the query's identity.
        score: Similarity to the query.
        note: What to print beside the score, like the camera.
    """

    picture: Picture
    right: bool
    score: float
    note: str = ""


@dataclass(slots=True, frozen=True)
class RankList:
    """One query and the best of the gallery.

    Args:
        query: A sentence, or a picture.
        items: Best first.
        note: What to print below the query, like its identity.
    """

    query: str | Picture
    items: Sequence[RankedPicture]
    note: str = ""


@VISUALIZERS.register_module()
class RankListPage:
    """Draws one line a query: the query at the left, then the gallery, right green, wrong red.

    Args:
        cell: Width and height of a picture, px.
        query_width: Width of a sentence, px.
    """

    def __init__(self, cell: tuple[int, int] = (88, 176), *, query_width: int = 230) -> None:
        self.cell = cell
        self.query_width = query_width

    def draw(self, lists: Sequence[RankList], *, title: str = "") -> Image.Image:
        """Return the page.

        Args:
            lists: One for each line.
            title: Printed at the top.
        """
        sentences = any(isinstance(entry.query, str) for entry in lists)
        query_width = self.query_width if sentences else self.cell[0]
        lines = [self._line(entry, query_width) for entry in lists]
        width = max((line.width for line in lines), default=self.query_width)
        parts = [part for line in lines for part in (ruled(width), line)]
        legend = [
            TextRun("green: ", RIGHT, bold=True),
            TextRun("the query's identity   ", MUTED),
            TextRun("red: ", WRONG, bold=True),
            TextRun("another identity   number: rank and similarity", MUTED),
        ]
        return page(column(parts, gap=10), title=title, legend=legend)

    def _line(self, entry: RankList, query_width: int) -> Image.Image:
        cells = []
        for rank, item in enumerate(entry.items, start=1):
            color = RIGHT if item.right else WRONG
            picture = framed(fitted(item.picture, *self.cell), color, width=_FRAME)
            score = [
                TextRun(f"{rank}", color, bold=True),
                TextRun(f"  {round(item.score, 2) + 0.0:.2f}"),
            ]
            if item.note:
                score.append(TextRun(f"  {item.note}", MUTED))
            cells.append(captioned(picture, score, size=12))
        return row([self._query(entry, query_width), *cells], gap=8)

    def _query(self, entry: RankList, width: int) -> Image.Image:
        if isinstance(entry.query, str):
            height = self.cell[1] + 2 * _FRAME
            lines = max(1, (height - 20) // 18)
            query = draw_text(f"“{entry.query}”", width=width, size=14, max_lines=lines)
        else:
            query = fitted(entry.query, *self.cell)
        note = draw_text([TextRun(entry.note, MUTED)], width=width, size=12)
        return row([column([query, note], gap=6), Image.new("RGB", (6, 1), PAPER)], gap=0)
