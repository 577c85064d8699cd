"""SearchPage: results of a search, each in its whole picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw

from plipdet.errors import InputError
from plipdet.registry import VISUALIZERS

from .drawing import Picture, column, fitted, grid, page, row, to_picture
from .text_layout import INK, MUTED, Color, TextRun, draw_text

_BOX: Color = (226, 62, 38)


@dataclass(slots=True, frozen=True)
class SearchItem:
    """One result.

    Args:
        crop: The person.
        scene: The whole picture, ``None`` where it is no longer to be had.
        box: The person in it, xyxy, px.
        title: Such as rank and likeness.
        lines: Such as file and time.
    """

    crop: Picture
    scene: Picture | None
    box: tuple[float, float, float, float]
    title: str
    lines: Sequence[str] = ()


@VISUALIZERS.register_module()
class SearchPage:
    """Draws results in reading order, the person beside the whole picture with a box.

    Args:
        scene: Width and height of a whole picture, px.
        columns: Results side by side.
    """

    def __init__(self, scene: tuple[int, int] = (320, 200), *, columns: int = 3) -> None:
        if columns < 1 or min(scene) < 1:
            raise InputError(f"columns = {columns}, scene = {scene}; expected 1 or more")
        self.scene = scene
        self.columns = columns

    def draw(
        self, items: Sequence[SearchItem], *, title: str = "", query: Picture | None = None
    ) -> Image.Image:
        """Return the page.

        Args:
            items: Best first.
            title: Printed at the top.
            query: What was asked for, if a picture.
        """
        body = grid([self._cell(item) for item in items], columns=self.columns)
        if query is not None:
            asked = column([draw_text([TextRun("query", MUTED)], width=120), self._crop(query)])
            body = column([asked, body], gap=14)
        return page(body, title=title, legend="" if items else "nobody was found")

    def _cell(self, item: SearchItem) -> Image.Image:
        parts = [self._crop(item.crop)]
        if item.scene is not None:
            parts.append(self._scene(to_picture(item.scene), item.box))
        else:
            gone = Image.new("RGB", self.scene, (236, 237, 240))
            note = draw_text([TextRun("no longer there", MUTED)], width=self.scene[0] - 16)
            gone.paste(note, (8, 8))
            parts.append(gone)
        pictures = row(parts, gap=4)
        runs = [TextRun(item.title, INK, bold=True)]
        text = [draw_text(runs, width=pictures.width, size=13, max_lines=1)]
        text += [
            draw_text([TextRun(line, MUTED)], width=pictures.width, size=12, max_lines=1)
            for line in item.lines
        ]
        return column([pictures, *text], gap=3)

    def _crop(self, picture: Picture) -> Image.Image:
        return fitted(picture, self.scene[1] // 2, self.scene[1])

    def _scene(self, scene: Image.Image, box: Sequence[float]) -> Image.Image:
        scale = min(self.scene[0] / scene.width, self.scene[1] / scene.height)
        shown = fitted(scene, *self.scene)
        left = (self.scene[0] - round(scene.width * scale)) // 2
        top = (self.scene[1] - round(scene.height * scale)) // 2
        corners = [v * scale + (left, top)[i % 2] for i, v in enumerate(box)]
        ImageDraw.Draw(shown).rectangle(corners, outline=_BOX, width=2)
        return shown
