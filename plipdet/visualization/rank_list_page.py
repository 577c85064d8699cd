"""RankListPage: queries with the gallery pictures ranked first for each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image

from plipdet.registry import VISUALIZERS

from .drawing import RIGHT, WRONG, Picture, captioned, column, fitted, framed, page, row, ruled
from .text_layout import MUTED, PAPER, Color, TextRun, draw_text

_FRAME = 4


@dataclass(slots=True, frozen=True)
class RankedPicture:
    """A gallery picture at its place in a ranked list.

    Args:
        picture: Pillow picture, or RGB uint8 array (H, W, 3).
        right: Whether it shows the query's identity.
        score: Similarity to the query.
        note: What to print below the score, like identity and camera.
        rank: From 1 among the pictures that take part; ``None`` for the place in the list.
        left_out: Why the picture takes no part, like "same camera"; "" where it does.
    """

    picture: Picture
    right: bool
    score: float
    note: str = ""
    rank: int | None = None
    left_out: str = ""


@dataclass(slots=True, frozen=True)
class RankList:
    """One query and the best of the gallery.

    Args:
        query: A sentence, or a picture.
        items: Best first.
        note: What to print below the query, like its identity.
        name: What to call the query, like its number; "" for its place on the page.
    """

    query: str | Picture
    items: Sequence[RankedPicture]
    note: str = ""
    name: str = ""

    def ranks(self) -> list[int | None]:
        """Return the rank of each item, ``None`` for one that takes no part."""
        found: list[int | None] = []
        taking_part = 0
        for item in self.items:
            taking_part += not item.left_out
            found.append(None if item.left_out else item.rank or taking_part)
        return found

    def skips_before(self, at: int) -> bool:
        """Return whether pictures are ranked before item ``at`` that are not shown."""
        before = [rank for rank in self.ranks()[: at + 1] if rank is not None]
        last, own = (before[-2] if len(before) > 1 else 0), self.ranks()[at]
        return own is not None and own > last + 1


@VISUALIZERS.register_module()
class RankListPage:
    """Draws one line a query: the query at the left, then the gallery, right green, wrong red.

    Signs say the same, for those who do not tell green from red, and for print.

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
        out = any(item.left_out for entry in lists for item in entry.items)
        return page(column(parts, gap=10), title=title, legend=_legend(out))

    def _line(self, entry: RankList, query_width: int) -> Image.Image:
        cells = []
        for at, (rank, item) in enumerate(zip(entry.ranks(), entry.items, strict=True)):
            if entry.skips_before(at):
                cells.append(draw_text([TextRun("…", MUTED)], width=24, size=20))
            cells.append(self._cell(item, rank))
        return row([self._query(entry, query_width), *cells], gap=8)

    def _cell(self, item: RankedPicture, rank: int | None) -> Image.Image:
        sign, color = _sign(item)
        picture = fitted(item.picture, *self.cell)
        if item.left_out:
            picture = Image.blend(picture, Image.new("RGB", picture.size, PAPER), 0.55)
        place = sign if rank is None else f"{sign} {rank}"
        score = [
            TextRun(place, color, bold=True),
            TextRun(f"  {round(item.score, 2) + 0.0:.2f}"),
        ]
        cell = captioned(framed(picture, color, width=_FRAME), score, size=12)
        note = item.left_out or item.note
        return captioned(cell, [TextRun(note, MUTED)], size=11) if note else cell

    def _query(self, entry: RankList, width: int) -> Image.Image:
        parts = [draw_text([TextRun(entry.name, MUTED, bold=True)], width=width, size=12)]
        if isinstance(entry.query, str):
            height = self.cell[1] + 2 * _FRAME
            lines = max(1, (height - 40) // 18)
            parts.append(draw_text(f"“{entry.query}”", width=width, size=14, max_lines=lines))
        else:
            parts.append(fitted(entry.query, *self.cell))
        parts.append(draw_text([TextRun(entry.note, MUTED)], width=width, size=12))
        shown = parts if entry.name else parts[1:]
        return row([column(shown, gap=6), Image.new("RGB", (6, 1), PAPER)], gap=0)


def _sign(item: RankedPicture) -> tuple[str, Color]:
    if item.left_out:
        return "–", MUTED
    return ("✓", RIGHT) if item.right else ("✗", WRONG)


def _legend(left_out: bool) -> list[TextRun]:
    legend = [
        TextRun("✓ green: ", RIGHT, bold=True),
        TextRun("the query's identity   ", MUTED),
        TextRun("✗ red: ", WRONG, bold=True),
        TextRun("another identity   ", MUTED),
    ]
    if left_out:
        legend += [TextRun("– pale: ", MUTED, bold=True), TextRun("takes no part   ", MUTED)]
    return [*legend, TextRun("numbers: rank and similarity", MUTED)]
