"""RecognitionCards: people, and the attributes that a model sees on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw

from plipdet.registry import VISUALIZERS

from .drawing import RIGHT, WRONG, Picture, column, fitted, grid, page, row
from .text_layout import INK, MUTED, PAPER, Color, TextRun, draw_text, text_width

_TRACK: Color = (232, 234, 240)
_PLAIN: Color = (76, 108, 186)
_LINE = 19
_SIZE = 12
_BAR = 84  # px of a certain "yes"


@dataclass(slots=True, frozen=True)
class AttributeGuess:
    """One attribute of one person.

    Args:
        name: Of the attribute.
        probability: That it holds, 0..1.
        label: 1 it holds, 0 it does not, -1 nobody knows.
    """

    name: str
    probability: float
    label: int = -1

    @property
    def predicted(self) -> bool:
        """Whether the model says "yes"."""
        return self.probability > 0.5

    @property
    def right(self) -> bool | None:
        """Whether the model is right, ``None`` where nobody knows."""
        return None if self.label < 0 else self.predicted == (self.label == 1)


@dataclass(slots=True, frozen=True)
class RecognisedPerson:
    """A picture with what a model says of it.

    Args:
        picture: Pillow picture, or RGB uint8 array (H, W, 3).
        guesses: In any order.
        name: What to call the picture.
    """

    picture: Picture
    guesses: Sequence[AttributeGuess]
    name: str = ""

    def shown(self, most: int) -> list[AttributeGuess]:
        """Return what is worth showing: each "yes", and each "no" that is wrong, surest first."""
        worth = [g for g in self.guesses if g.predicted or g.right is False]
        return sorted(worth, key=lambda g: -g.probability)[:most]

    def tally(self) -> str:
        """Return how many are right, in words; "" where nobody knows."""
        known = [g for g in self.guesses if g.right is not None]
        right = sum(bool(g.right) for g in known)
        return f"{right} of {len(known)} right" if known else ""


def sign(guess: AttributeGuess) -> tuple[str, str, Color]:
    """Return a guess's sign, what it means, and its colour."""
    if guess.right is None:
        return ("•", "predicted", _PLAIN)
    if guess.right:
        return ("✓", "right", RIGHT)
    return ("✗", "wrongly predicted", WRONG) if guess.predicted else ("–", "missed", WRONG)


@VISUALIZERS.register_module()
class RecognitionCards:
    """Draws a card for each person: the picture, and beside it the attributes with bars.

    A tick and green for what is right; a cross and red for what is wrongly predicted; a dash and
    red for what was missed. What is rightly not predicted is not shown, but counted.

    Args:
        cell: Width and height of a picture, px.
        text_width: Width beside the picture, px.
        columns: Cards side by side.
        most: Attributes of a card, at most.
    """

    def __init__(
        self,
        cell: tuple[int, int] = (116, 232),
        *,
        text_width: int = 264,
        columns: int = 3,
        most: int = 11,
    ) -> None:
        self.cell = cell
        self.text_width = text_width
        self.columns = columns
        self.most = most

    def draw(self, people: Sequence[RecognisedPerson], *, title: str = "") -> Image.Image:
        """Return the page.

        Args:
            people: In reading order.
            title: Printed at the top.
        """
        legend = [TextRun("bar: probability, the tick at one half; ", MUTED)]
        if any(g.right is not None for person in people for g in person.guesses):
            legend += [
                *(TextRun("✓", RIGHT, bold=True), TextRun(" right, ", MUTED)),
                *(TextRun("✗", WRONG, bold=True), TextRun(" wrongly predicted, ", MUTED)),
                *(TextRun("–", WRONG, bold=True), TextRun(" missed; the rest is rightly ", MUTED)),
                TextRun("not predicted", MUTED),
            ]
        body = grid([self._card(p) for p in people], columns=self.columns, gap=26)
        return page(body, title=title, legend=legend)

    def _card(self, person: RecognisedPerson) -> Image.Image:
        head = [TextRun(person.name, INK, bold=True)] if person.name else []
        if person.tally():
            head.append(TextRun(f"{'  ' if head else ''}{person.tally()}", MUTED))
        lines = [self._line(guess) for guess in person.shown(self.most)]
        parts = [draw_text(head or " ", width=self.text_width, size=_SIZE, max_lines=1), *lines]
        return row([fitted(person.picture, *self.cell), column(parts, gap=1)], gap=14)

    def _line(self, guess: AttributeGuess) -> Image.Image:
        mark, _, color = sign(guess)
        line = Image.new("RGB", (self.text_width, _LINE), PAPER)
        percent = f"{100 * guess.probability:.0f}%"
        right = self.text_width - text_width("100%", size=11) - 4
        mark_width = 16
        marked = draw_text([TextRun(mark, color, bold=True)], width=mark_width, size=_SIZE)
        line.paste(marked, (0, 2))
        room = right - _BAR - 8 - mark_width
        line.paste(draw_text(guess.name, width=room, size=_SIZE, max_lines=1), (mark_width, 2))
        canvas, left = ImageDraw.Draw(line), right - _BAR
        canvas.rectangle((left, 6, right - 1, 12), fill=_TRACK)
        length = round(_BAR * guess.probability)
        if length:
            canvas.rectangle((left, 6, left + length - 1, 12), fill=color)
        canvas.line((left + _BAR // 2, 4, left + _BAR // 2, 14), fill=MUTED)
        number = draw_text([TextRun(percent, MUTED)], width=self.text_width - right - 4, size=11)
        line.paste(number, (right + 5, 2))
        return line
