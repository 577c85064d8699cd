"""SceneRecord: one whole picture with everybody in it, before it goes into a layout."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

Box = tuple[int, int, int, int]


@dataclass(frozen=True)
class SceneFigure:
    """A person in a scene.

    Args:
        person_id: Identity, from 1; ``None`` for people who are nobody of the data set.
        box: Left, top, right, bottom of what is visible, px; right and bottom exclusive.
        captions: Sentences, for identities only.
        visible: Share of the person that is neither hidden nor cut off, 0-1.
    """

    person_id: int | None
    box: Box
    captions: tuple[str, ...]
    visible: float

    @property
    def left_top_size(self) -> tuple[int, int, int, int]:
        """Left, top, width and height, as annotations have them."""
        left, top, right, bottom = self.box
        return left, top, right - left, bottom - top


@dataclass(frozen=True)
class SceneRecord:
    """One scene on disk.

    Args:
        image: The JPEG file.
        camera_id: Camera, 1 to 9; PRW's names have one digit for it.
        number: Of the scene in its set, from 1.
        split: train or test; so are all its identities.
        size: Height and width, px.
        people: Everybody to be found.
        ignored: Boxes of what is neither right nor wrong: people who hardly show, crowds.
    """

    image: Path
    camera_id: int
    number: int
    split: str
    size: tuple[int, int]
    people: tuple[SceneFigure, ...]
    ignored: tuple[Box, ...]
