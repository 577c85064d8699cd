"""PRW, person re-identification in the wild: frames of six cameras on a campus."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from plipdet.errors import InputError
from plipdet.mat_files import read_one_of
from plipdet.registry import SOURCES
from plipdet.structures import SceneTable, SearchQueries

from .annotated_scene import AnnotatedPerson, AnnotatedScene, corners
from .mat_record import MatRecord
from .query_info import read_query_info
from .scene_source import SceneSource
from .search_protocol import row_at, search_everywhere

_LISTS = {
    "train": ("frame_train.mat", "img_index_train"),
    "test": ("frame_test.mat", "img_index_test"),
}
_KEYS = ("box_new", "anno_file", "anno_previous")  # frames were annotated in rounds
_UNLABELLED = -2
_NAME = re.compile(r"c(?P<camera>[0-9]{1,9})(?:s[0-9]+_(?P<frame>[0-9]{1,18}))?")


@SOURCES.register_module()
class Prw(SceneSource):
    """PRW: 11,816 frames of six cameras, 932 people, 2,057 queries.

    Zheng et al., Person Re-identification in the Wild, CVPR 2017: 5,704 frames and 482 people for
    training, 6,112 frames and 450 people for test. A query searches all test frames but its own.

    Boxes are those of the files, clipped at the frame's left and top edge. (Public code clips the
    few negative corners before it adds the width, which moves the right edge, and cuts fractions
    of a px off.)

    Args:
        root: The folder of ``frames`` and ``annotations``, or the folder that holds it as ``PRW``.
        same_camera: Whether frames of the query's own camera are searched, too, the common
            protocol; ``False`` for other cameras only.
        images: As for every source.
    """

    name = "prw"
    folder_names = ("PRW", "PRW-v16.04.20", "prw")
    layout = """
PRW/
  frames/c1s1_000151.jpg ...
  annotations/c1s1_000151.jpg.mat ...
  frame_train.mat frame_test.mat
  query_info.txt
"""

    def __init__(self, root: str | Path, *, same_camera: bool = True, images: Any = None) -> None:
        super().__init__(root, images=images)
        self.same_camera = same_camera

    @property
    def image_folder(self) -> str:
        """Folder of all frames."""
        return "frames"

    def annotation(self, folder: Path) -> Path | None:
        """Return the folder of the annotations in ``folder``."""
        found = folder / "annotations"
        is_own = any((folder / name).exists() for name, _ in _LISTS.values())
        return found if found.is_dir() and (is_own or (folder / "frames").is_dir()) else None

    def annotation_files(self, folder: Path) -> Iterator[Path]:
        """Yield the two lists of frames and the annotation of each frame."""
        for name, _ in _LISTS.values():
            yield folder / name
        yield from sorted((folder / "annotations").glob("*.mat"))

    def scenes(self, folder: Path) -> Iterator[AnnotatedScene]:
        """Yield the frames: train, then test."""
        for split, (file, variable) in _LISTS.items():
            for name in MatRecord.read(folder / file, [variable]).texts(variable):
                frame = name if name.endswith(".jpg") else f"{name}.jpg"
                yield self._scene(folder, frame, split)

    def _scene(self, folder: Path, frame: str, split: str) -> AnnotatedScene:
        match = _NAME.match(frame)
        if match is None:
            raise InputError(
                f"{folder}: the frame {frame} does not begin with its camera, like c1s1_000151.jpg"
            )
        path = folder / "annotations" / f"{frame}.mat"
        if not path.is_file():
            raise InputError(
                f"there is no {path}, which {_LISTS[split][0]} asks for; complete the download"
            )
        key, value = read_one_of(path, _KEYS)
        table = MatRecord(path, {key: value}).boxes(key, columns=5)
        return AnnotatedScene(
            name=frame,
            image=f"{self.image_folder}/{frame}",
            split=split,
            people=[_person(path, row) for row in table],
            camera_id=int(match["camera"]),
            frame=None if match["frame"] is None else int(match["frame"]),
        )

    def queries(self, scenes: SceneTable) -> SearchQueries:
        """Return the queries of ``query_info.txt``, each over all test frames but its own."""
        path = scenes.root / "query_info.txt"
        places = {name: at for at, name in enumerate(scenes.images())}
        test = scenes.where_split("test")
        asked = []
        for query in read_query_info(path):
            scene = places.get(f"{self.image_folder}/{query.frame}")
            if scene is None or scenes[scene].split != "test":
                raise InputError(f"{query.where} {query.frame} is no frame of the test")
            left, top, right, bottom = corners(query.box)
            box = (max(0.0, left), max(0.0, top), right, bottom)
            asked.append((scene, box, query.person_id, row_at(scenes, scene, box)))
        return search_everywhere(
            scenes,
            asked,
            among=test,
            other_cameras=not self.same_camera,
            protocol={
                "benchmark": "PRW",
                "gallery_size": "all",
                "same_camera": self.same_camera,
            },
        )


def _person(path: Path, row: np.ndarray) -> AnnotatedPerson:
    number = float(row[0])
    if not number.is_integer() or (number < 0 and number != _UNLABELLED):
        raise InputError(
            f"{path}: it has the identity {row[0]:g}; expected a whole number, or {_UNLABELLED} "
            "for people without one"
        )
    person_id = None if number == _UNLABELLED else int(number)
    return AnnotatedPerson(corners(row[1:].tolist()), person_id)
