"""What readers of whole scenes share: people in a person table, scenes in a table beside it."""

from __future__ import annotations

import logging
from abc import abstractmethod
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from mmengine.logging import print_log

from plipdet.datasets.built_file import BuiltFile
from plipdet.errors import InputError
from plipdet.structures import SceneTable, SearchQueries, write_scene_table

from .annotated_scene import AnnotatedScene, inside
from .missing_images import MissingImages
from .person_source import PersonSource
from .scene_captions import CAPTIONS_FILE, SceneCaptions
from .table_cache import files_fingerprint, table_paths


class SceneSource(PersonSource):
    """Raw files of a data set of whole pictures with the people in them.

    :meth:`load` gives the people, as of every source, a row with a ``box`` each; people who are
    nobody of the data set have no ``person_id``. :meth:`load_scenes` gives the pictures. Boxes are
    clipped at the picture's edges as far as these are known, and boxes without area are left out
    and counted in a warning. Sentences about people may lie in ``captions.json`` beside the
    annotation (docs/data/sources.md).
    """

    empty = "has no box of a person"
    generator = "tools/data/render_scenes.py"
    _kept: tuple[str, list[dict[str, Any]]] | None = None  # fingerprint, and scenes of it

    @abstractmethod
    def scenes(self, folder: Path) -> Iterator[AnnotatedScene]:
        """Yield the scenes in the order of the tables, pictures relative to ``folder``.

        Raises:
            InputError: If the annotation is wrong; it names the file and the place in it.
        """

    @abstractmethod
    def annotation_files(self, folder: Path) -> Iterable[Path]:
        """Return the files that the tables are made of, besides the sentences."""

    @abstractmethod
    def queries(self, scenes: SceneTable) -> SearchQueries:
        """Return who is searched for in which scenes; all ranks call it.

        Args:
            scenes: What :meth:`load_scenes` gives.

        Raises:
            InputError: If the protocol's file is missing, wrong or at odds with the scenes.
        """

    def fingerprint(self, folder: Path) -> str:
        """Return hex digits that change when the annotation or the sentences do."""
        captions = folder / CAPTIONS_FILE
        files = [*self.annotation_files(folder), *([captions] if captions.is_file() else [])]
        return files_fingerprint(files, self.reader_version)

    def load_scenes(self) -> SceneTable:
        """Return the scenes over the people of :meth:`load`; all ranks call it.

        Raises:
            InputError: As of :meth:`load`.
        """
        people = self.load()
        folder, fingerprint = people.root, people.fingerprint
        paths = table_paths(folder, self.table_name, fingerprint)
        built = BuiltFile(
            [path.with_suffix(".scenes.arrow") for path in paths],
            what="the table of this data set's scenes",
            open_file=lambda path: SceneTable.open(path, people),
            write_file=lambda path: write_scene_table(
                path, self._checked_scenes(folder), fingerprint=fingerprint
            ),
            on_built=lambda scenes, path: None,
        )
        return built.get()

    def rows(self, folder: Path) -> Iterator[dict[str, Any]]:
        """Yield the rows of the person table, scene by scene."""
        fingerprint = self.fingerprint(folder)
        path = folder / CAPTIONS_FILE
        captions = SceneCaptions(path) if path.is_file() else None
        kept: list[dict[str, Any]] = []
        flat: list[str] = []
        for scene in self.scenes(folder):
            parts = (inside(region, scene.size) for region in scene.ignored)
            kept.append(
                {
                    "image": scene.image,
                    "camera_id": scene.camera_id,
                    "split": scene.split,
                    "ignored": [part for part in parts if part is not None],
                }
            )
            yield from _people(scene, captions, flat)
        if captions is not None:
            captions.tell_unfit()
        if flat:
            print_log(
                f"{folder}: {len(flat)} boxes are left out for they have no area inside of their "
                f"picture, such as {flat[0]}",
                "current",
                logging.WARNING,
            )
        self._kept = fingerprint, kept

    def scene_rows(self, folder: Path) -> list[dict[str, Any]]:
        """Return the rows of the table of scenes, read again only if they are not at hand."""
        if self._kept is None or self._kept[0] != self.fingerprint(folder):
            for _ in self.rows_with_progress(folder):
                pass
        assert self._kept is not None
        return self._kept[1]

    def _checked_scenes(self, folder: Path) -> list[dict[str, Any]]:
        found = self.scene_rows(folder)
        missing, names = MissingImages(self.image_store(folder)), set[str]()
        for scene in found:
            if scene["image"] in names:
                raise InputError(
                    f"{folder}: the annotation has the picture {scene['image']} twice; keep one"
                )
            names.add(scene["image"])
            missing.check(scene["image"])
        missing.raise_if_any(len(found))
        return found


def _people(
    scene: AnnotatedScene, captions: SceneCaptions | None, flat: list[str]
) -> Iterator[dict[str, Any]]:
    """Yield the rows of a scene's people; boxes without area are noted in ``flat``."""
    people = []
    for person in scene.people:
        box = inside(person.box, scene.size)
        if box is None:
            shown = [round(float(value), 1) for value in person.box]
            flat.append(f"{shown} (x1, y1, x2, y2) of {scene.name}")
        else:
            people.append((person, box))
    said = captions.of(scene.name, [box for _, box in people]) if captions else [None] * len(people)
    for (person, box), sentences in zip(people, said, strict=True):
        yield {
            "image": scene.image,
            "box": box,
            "person_id": person.person_id,
            "camera_id": scene.camera_id,
            "frame": scene.frame,
            "split": scene.split,
            "captions": [*(person.captions or ()), *(sentences or ())] or None,
        }
