"""The layouts that a set of scenes can be written in, by name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeAlias

from plipdet.errors import InputError, near
from plipdet.minipedes.exporters.coco_person_ids import export_coco_person_ids
from plipdet.minipedes.exporters.cuhk_sysu import export_cuhk_sysu
from plipdet.minipedes.exporters.prw import export_prw
from plipdet.minipedes.exporters.scene_record import SceneRecord

SceneExporter: TypeAlias = Callable[[Sequence[SceneRecord], Path], Path]
SCENE_LAYOUTS: dict[str, SceneExporter] = {
    "prw": export_prw,
    "cuhk-sysu": export_cuhk_sysu,
    "coco": export_coco_person_ids,
}


def chosen_scene_layouts(names: Sequence[str]) -> list[str]:
    """Return the layouts that names ask for, each once, in the order of ``SCENE_LAYOUTS``.

    Args:
        names: Names of ``SCENE_LAYOUTS``.

    Raises:
        InputError: If a name is none.
    """
    for name in names:
        if name not in SCENE_LAYOUTS:
            raise InputError(
                f"unknown layout {name!r}{near(name, SCENE_LAYOUTS)}; one of {[*SCENE_LAYOUTS]}"
            )
    return [name for name in SCENE_LAYOUTS if name in names]
