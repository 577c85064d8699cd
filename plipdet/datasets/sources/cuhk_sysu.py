"""CUHK-SYSU, person search in street snaps and film frames."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from plipdet.errors import InputError
from plipdet.registry import SOURCES
from plipdet.structures import SceneTable, SearchQueries

from .annotated_scene import AnnotatedPerson, AnnotatedScene, corners
from .cuhk_sysu_annotation import CuhkSysuBoxes, name_training_people
from .cuhk_sysu_galleries import GALLERY_SIZES, cuhk_sysu_galleries, read_test_people
from .mat_record import MatRecord
from .scene_source import SceneSource
from .search_protocol import captions_of, ends_of, joined

_PROTOCOL = Path("annotation/test/train_test")


@SOURCES.register_module()
class CuhkSysu(SceneSource):
    """CUHK-SYSU: 18,184 pictures, 8,432 people, 2,900 queries with galleries of their own.

    Xiao et al., Joint Detection and Identification Feature Learning for Person Search, CVPR 2017:
    11,206 pictures and 5,532 people for training, 6,978 pictures and 2,900 people for test. People
    of training are numbered from 1, those of the test go on from there. There are no cameras.

    Args:
        root: The folder of ``annotation``, or the folder that holds it as ``CUHK-SYSU``.
        gallery_size: Pictures that a query searches, 50, 100, 500, 1000, 2000 or 4000, as
            ``TestG100.mat`` has them; ``None`` for all test pictures but the query's own.
        images: As for every source.

    Raises:
        InputError: If there is no gallery of this size.
    """

    name = "cuhk_sysu"
    folder_names = ("CUHK-SYSU", "CUHK_SYSU", "cuhk_sysu", "cuhk-sysu")
    layout = """
CUHK-SYSU/
  Image/SSM/s1.jpg ...
  annotation/Images.mat
  annotation/pool.mat
  annotation/test/train_test/Train.mat TestG50.mat ... TestG4000.mat
"""

    def __init__(
        self, root: str | Path, *, gallery_size: int | None = 100, images: Any = None
    ) -> None:
        super().__init__(root, images=images)
        if gallery_size is not None and gallery_size not in GALLERY_SIZES:
            raise InputError(
                f"gallery_size = {gallery_size!r} of CuhkSysu; expected one of {GALLERY_SIZES}, or "
                "None for all test pictures"
            )
        self.gallery_size = gallery_size

    @property
    def image_folder(self) -> str:
        """Folder of all pictures."""
        return "Image/SSM"

    def annotation(self, folder: Path) -> Path | None:
        """Return the file of all boxes in ``folder``."""
        path = folder / "annotation" / "Images.mat"
        return path if path.is_file() else None

    def annotation_files(self, folder: Path) -> Iterator[Path]:
        """Yield the four files that say who is where."""
        yield folder / "annotation" / "Images.mat"
        yield folder / "annotation" / "pool.mat"
        yield folder / _PROTOCOL / "Train.mat"
        yield self._smallest(folder)

    def scenes(self, folder: Path) -> Iterator[AnnotatedScene]:
        """Yield the pictures in the order of ``Images.mat``."""
        boxes = CuhkSysuBoxes(folder / "annotation" / "Images.mat")
        pool = MatRecord.read(folder / "annotation" / "pool.mat", ["pool"])
        test = set(pool.texts("pool"))
        for picture in test:
            if picture not in boxes:
                raise InputError(
                    f"{pool.path} has the picture {picture}, which Images.mat lacks; download both "
                    "again"
                )
        people = name_training_people(boxes, folder / _PROTOCOL / "Train.mat")
        path = self._smallest(folder)
        for number, seen in enumerate(read_test_people(path), people + 1):
            for place in seen:
                boxes.name(place, number, where=f"{path}: query {number - people}")
        for picture, found in boxes:
            yield AnnotatedScene(
                name=picture,
                image=f"{self.image_folder}/{picture}",
                split="test" if picture in test else "train",
                people=[AnnotatedPerson(corners(box), person) for box, person in found],
            )

    def queries(self, scenes: SceneTable) -> SearchQueries:
        """Return the queries with the galleries of the chosen size; all ranks call it.

        The first time a file of galleries is read, which for 4,000 pictures a query takes a minute;
        the result is kept beside the table.
        """
        folder, size = scenes.root, self.gallery_size
        path = self._smallest(folder) if size is None else folder / _PROTOCOL / f"TestG{size}.mat"
        found = cuhk_sysu_galleries(path, scenes, table_name=self.table_name)
        gallery_ends, gallery_scenes = found.gallery_ends, found.gallery_scenes
        if size is None:
            test = scenes.where_split("test")
            galleries = [test[test != scene] for scene in found.scenes]
            gallery_ends, gallery_scenes = ends_of(galleries), joined(galleries)
        return SearchQueries(
            scenes=found.scenes,
            boxes=found.boxes,
            person_ids=found.person_ids,
            gallery_ends=gallery_ends,
            gallery_scenes=gallery_scenes,
            match_ends=found.match_ends,
            match_scenes=found.match_scenes,
            match_boxes=found.match_boxes,
            captions=captions_of(scenes, found.rows.tolist()),
            protocol={
                "benchmark": "CUHK-SYSU",
                "gallery_size": "all" if size is None else size,
                "same_camera": None,  # there are no cameras
            },
        )

    def _smallest(self, folder: Path) -> Path:
        """Return the smallest file of galleries: all of them show the same people."""
        names = [folder / _PROTOCOL / f"TestG{size}.mat" for size in GALLERY_SIZES]
        found = next((path for path in names if path.is_file()), None)
        if found is None:
            raise InputError(
                f"{folder / _PROTOCOL} has no TestG50.mat, nor one of another size; complete the "
                "download of the annotation"
            )
        return found
