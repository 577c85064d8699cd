"""The side file with sentences about people in scenes, for layouts that have no place for them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from plipdet.cli import write_json
from plipdet.minipedes.exporters.scene_record import SceneRecord

SCENE_CAPTIONS = "captions.json"


def write_scene_captions(
    records: Iterable[SceneRecord], folder: Path, name_of: Callable[[SceneRecord], str]
) -> None:
    """Write the sentences of each labelled person, with the person's box, by picture.

    Args:
        records: The scenes.
        folder: Of the layout.
        name_of: Gives a scene's name as the layout's annotation has it.
    """
    content = {
        name_of(record): [
            {"box": list(figure.left_top_size), "captions": list(figure.captions)}
            for figure in record.people
            if figure.captions
        ]
        for record in records
    }
    write_json(
        {name: people for name, people in content.items() if people}, folder / SCENE_CAPTIONS
    )
