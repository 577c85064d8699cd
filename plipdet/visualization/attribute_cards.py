"""AttributeCards: captions with hidden attribute words, and what the model puts there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw

from plipdet.registry import VISUALIZERS

from .drawing import RIGHT, WRONG, Picture, column, fitted, grid, page, row
from .text_layout import INK, MUTED, PAPER, Color, TextRun, draw_text, text_width

_HIDDEN: Color = (74, 78, 92)
_BAR: Color = (222, 226, 236)
_LINE = 20
_WORD_WIDTH = 92


@dataclass(slots=True, frozen=True)
class HiddenPiece:
    """A hidden word piece and the model's best guesses.

    Args:
        start: First character of the piece in the caption.
        end: One past its last character.
        truth: The piece as the vocabulary writes it.
        guesses: Pieces and probabilities, best first.
    """

    start: int
    end: int
    truth: str
    guesses: Sequence[tuple[str, float]]


@dataclass(slots=True, frozen=True)
class AttributeCard:
    """A picture with its caption and what is hidden of it.

    Args:
        picture: Pillow picture, or RGB uint8 array (H, W, 3).
        caption: The whole caption.
        hidden: Hidden pieces by position.
    """

    picture: Picture
    caption: str
    hidden: Sequence[HiddenPiece]


@VISUALIZERS.register_module()
class AttributeCards:
    """Draws a card for each picture: the caption with gaps, and guesses with probabilities.

    A guess is green where it is the true word piece; the first guess is red where it is not.

    Args:
        cell: Width and height of a picture, px.
        text_width: Width beside the picture, px.
        columns: Cards side by side.
    """

    def __init__(
        self, cell: tuple[int, int] = (110, 220), *, text_width: int = 400, columns: int = 2
    ) -> None:
        self.cell = cell
        self.text_width = text_width
        self.columns = columns

    def draw(self, cards: Sequence[AttributeCard], *, title: str = "") -> Image.Image:
        """Return the page.

        Args:
            cards: In reading order.
            title: Printed at the top.
        """
        pieces = [piece for card in cards for piece in card.hidden]
        hits = sum(bool(p.guesses) and p.guesses[0][0] == p.truth for p in pieces)
        legend = [
            TextRun(" 1 ", PAPER, _HIDDEN, bold=True),
            TextRun("  hidden word, its guesses with probability; ", MUTED),
            TextRun("green", RIGHT, bold=True),
            TextRun(" right, ", MUTED),
            TextRun("red", WRONG, bold=True),
            TextRun(f" wrong. First guess right: {hits} of {len(pieces)} here.", MUTED),
        ]
        body = grid([self._card(card) for card in cards], columns=self.columns, gap=24)
        return page(body, title=title, legend=legend)

    def _card(self, card: AttributeCard) -> Image.Image:
        caption = draw_text(_with_gaps(card), width=self.text_width, size=14)
        lines = [self._guesses(n, piece) for n, piece in enumerate(card.hidden, start=1)]
        return row([fitted(card.picture, *self.cell), column([caption, *lines], gap=5)], gap=14)

    def _guesses(self, number: int, piece: HiddenPiece) -> Image.Image:
        line = Image.new("RGB", (self.text_width, _LINE), PAPER)
        label = [TextRun(f" {number} ", PAPER, _HIDDEN, bold=True)]
        label.append(TextRun(f" {piece.truth}", INK, bold=True))
        line.paste(draw_text(label, width=_WORD_WIDTH, size=12, max_lines=1), (0, 2))
        left = _WORD_WIDTH + 8
        share = (self.text_width - left) // max(1, len(piece.guesses))
        for place, (word, probability) in enumerate(piece.guesses):
            right = word == piece.truth
            color = RIGHT if right else WRONG if place == 0 else MUTED
            cell = _guess(word, probability, color, share - 6, bold=right)
            line.paste(cell, (left + place * share, 0))
        return line


def _with_gaps(card: AttributeCard) -> list[TextRun]:
    """Return the caption with a numbered gap for each hidden piece."""
    runs: list[TextRun] = []
    at = 0
    for number, piece in enumerate(card.hidden, start=1):
        runs.append(TextRun(card.caption[at : piece.start]))
        runs.append(TextRun(f" {number} ".replace(" ", "\u00a0"), PAPER, _HIDDEN, bold=True))
        at = piece.end
    return [*runs, TextRun(card.caption[at:])]


def _guess(word: str, probability: float, color: Color, width: int, *, bold: bool) -> Image.Image:
    """Return a word over a bar as long as its probability, percent at the right end."""
    cell = Image.new("RGB", (width, _LINE), PAPER)
    percent = ">99%" if 0.995 <= probability < 1 else f"{100 * probability:.0f}%"
    room = width - text_width(percent, size=11) - 6
    ImageDraw.Draw(cell).rectangle(
        (0, _LINE - 4, max(1, round(width * probability)) - 1, _LINE - 2),
        fill=color if bold else _BAR,
    )
    text = draw_text([TextRun(word, color, bold=bold)], width=max(1, room), size=12, max_lines=1)
    cell.paste(text, (0, 0))
    number = draw_text([TextRun(percent, MUTED)], width=width - room, size=11, max_lines=1)
    cell.paste(number, (room + 4, 1))
    return cell
