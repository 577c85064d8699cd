"""CocoPersonSearch: scenes with identities in COCO's form, of one's own or converted."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from plipdet.errors import InputError, near
from plipdet.registry import SOURCES
from plipdet.structures import SceneTable, SearchQueries

from .annotated_scene import AnnotatedScene, inside
from .coco_file import CocoFile
from .coco_record import CocoRecord
from .scene_source import SceneSource
from .search_protocol import Appearances, people_boxes, row_at, search_everywhere

_SPLITS = ("train", "val", "test")
_PLACES = ("{}_pid.json", "annotations/{}_pid.json", "{}.json", "annotations/{}.json")
_IMAGE_FOLDERS = ("images", "frames", "Image/SSM", "")
_Asked = tuple[int, tuple[float, ...], int, "int | None"]


@SOURCES.register_module()
class CocoPersonSearch(SceneSource):
    """Scenes in COCO's form whose annotations have a ``person_id``.

    The form of public detector-based person search (``train_pid.json`` and ``test_pid.json`` of
    AlignPS, Yan et al., CVPR 2021), and the one to write for data of one's own;
    docs/data/sources.md describes it. A query searches all test scenes but its own.

    Who asks, unless the test's file has ``queries``: each person whom two test scenes or more
    show, once for each camera if images have a ``camera_id``, else once; from the scene that shows
    the person largest.

    Args:
        root: The folder of the JSON files, or the folder that holds it as ``COCO-person-ids``.
        files: JSON file of each split, relative to that folder; ``None`` for those of
            ``train_pid.json``, ``val_pid.json`` and ``test_pid.json`` that are there.
        image_folder: What ``file_name`` is relative to, inside that folder; ``None`` for the
            first of images, frames, Image/SSM and the folder itself that has the first picture.
        images: As for every source.

    Raises:
        InputError: If ``files`` names another split.
    """

    name = "coco_person_search"
    folder_names = ("COCO-person-ids", "coco_person_ids")
    layout = """
COCO-person-ids/
  train_pid.json test_pid.json      (val_pid.json; also in annotations/)
  images/0001.jpg ...
"""

    def __init__(
        self,
        root: str | Path,
        *,
        files: Mapping[str, str] | None = None,
        image_folder: str | None = None,
        images: Any = None,
    ) -> None:
        super().__init__(root, images=images)
        self.files = None if files is None else dict(files)
        self._image_folder = image_folder
        for split in self.files or ():
            if split not in _SPLITS:
                hint = near(split, _SPLITS)
                raise InputError(f"files of CocoPersonSearch has {split!r}{hint}; one of {_SPLITS}")

    @property
    def table_name(self) -> str:
        """Start of the table's file name; other files or pictures have another table."""
        own = [*(self.files or {}).values(), *filter(None, [self._image_folder])]
        return "-".join([self.name, *(re.sub(r"[^A-Za-z0-9_]", "_", part) for part in own)])

    def annotation(self, folder: Path) -> Path | None:
        """Return the first file in ``folder``, ``None`` if one that was named is missing."""
        found = self._paths(folder)
        lacks = self.files is not None and len(found) < len(self.files)
        return None if lacks else next(iter(found.values()), None)

    def annotation_files(self, folder: Path) -> Iterator[Path]:
        """Yield the file of each split."""
        yield from self._paths(folder).values()

    def scenes(self, folder: Path) -> Iterator[AnnotatedScene]:
        """Yield the scenes: train, val, test."""
        place = self._image_folder
        for split, path in self._paths(folder).items():
            file = CocoFile(path)
            if place is None and file.images:
                place = self._found_image_folder(
                    folder, str(file.images[0].fields.get("file_name"))
                )
            yield from file.scenes(split, place or "")

    def queries(self, scenes: SceneTable) -> SearchQueries:
        """Return the queries, each over all test scenes but its own.

        Raises:
            InputError: If there is no test split, or ``queries`` name what is not there.
        """
        test = scenes.where_split("test")
        file = CocoFile(self._paths(scenes.root)["test"])
        asked = self._largest(scenes, test) if file.queries is None else _named(file, scenes, test)
        if not asked:
            raise InputError(
                f"{file.path} has nobody to search for: no person_id is in two scenes, and there "
                "are no queries"
            )
        return search_everywhere(
            scenes,
            asked,
            among=test,
            other_cameras=False,
            protocol={
                "benchmark": self.name,
                "gallery_size": "all",
                "same_camera": None if scenes.camera_ids() is None else True,
            },
        )

    def _largest(self, scenes: SceneTable, test: np.ndarray) -> list[_Asked]:
        """Return the people whom two scenes show, from where they are largest."""
        where, boxes = Appearances(scenes, test), people_boxes(scenes)
        areas = (boxes[:, 2:] - boxes[:, :2]).prod(axis=1)
        asked: list[_Asked] = []
        for person_id in where.ids().tolist():
            shown, rows = where.of(person_id)
            if len(shown) < 2:
                continue
            cameras = np.array([scenes[int(scene)].camera_id or 0 for scene in shown])
            for camera in np.unique(cameras):
                own = np.flatnonzero(cameras == camera)
                best = own[areas[rows[own]].argmax()]
                row = int(rows[best])
                asked.append((int(shown[best]), tuple(boxes[row].tolist()), person_id, row))
        return asked

    def _paths(self, folder: Path) -> dict[str, Path]:
        """Return the file of each split that is there."""
        named = self.files
        if named is None:
            found = {s: [folder / place.format(s) for place in _PLACES] for s in _SPLITS}
        else:
            found = {s: [folder / named[s]] for s in _SPLITS if s in named}
        there = {s: next((p for p in paths if p.is_file()), None) for s, paths in found.items()}
        return {split: path for split, path in there.items() if path is not None}

    def _found_image_folder(self, folder: Path, name: str) -> str:
        store = self.image_store(folder)
        places = (p for p in _IMAGE_FOLDERS if store.has(f"{p}/{name}" if p else name))
        return next(places, _IMAGE_FOLDERS[0])


def _named(file: CocoFile, scenes: SceneTable, test: np.ndarray) -> list[_Asked]:
    """Return the queries that a file names, each by its ``annotation_id``."""
    assert file.queries is not None, "the caller has looked"
    images = file.image_numbers()
    of_id: dict[int | None, list[CocoRecord]] = defaultdict(list)
    for annotation in file.annotations:
        of_id[annotation.optional_number("id")].append(annotation)
    asked: list[_Asked] = []
    for query in file.queries:
        own = query.whole_number("annotation_id")
        if len(of_id[own]) != 1:
            count = len(of_id[own]) or "no"
            query.fail(f"has annotation_id = {own}; {count} annotations have this id")
        (annotation,) = of_id[own]
        number = images[annotation.whole_number("image_id")]
        scene = int(test[number])
        box = inside(annotation.box(), file.images[number].size())
        person = annotation.person_id() if file.shows_person(annotation) else None
        if person is None or box is None:
            query.fail(
                f"is of annotation {own}, which is of {person}; a query needs a person with a "
                "person_id, no crowd, and a box with an area"
            )
        for key in ("person_id", "image_id"):
            told, known = query.optional_number(key), annotation.optional_number(key)
            if told is not None and told != known:
                query.fail(f"has {key} = {told}; its annotation {own} has {known}")
        asked.append((scene, box, person, row_at(scenes, scene, box)))
    return asked
