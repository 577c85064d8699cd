"""CocoFile: one split of scenes in COCO's form, with identities."""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NoReturn

from plipdet.errors import InputError, near

from .annotated_scene import AnnotatedPerson, AnnotatedScene, corners

_PERSON = "person"
_TOP = ("images", "annotations", "categories", "queries", "info", "licenses")


class CocoFile:
    """The pictures, people and queries of a JSON file.

    An image has ``id`` and ``file_name``, perhaps ``width``, ``height`` and ``camera_id``; an
    annotation has ``image_id`` and ``bbox`` (left, top, width, height, px), perhaps ``id``,
    ``person_id`` (missing, null or negative for people who are nobody of the data set),
    ``iscrowd`` (1 for a region where nobody said who is there) and ``captions``. Where
    ``categories`` has one called person, annotations of others are left out.

    Args:
        path: The file.

    Raises:
        InputError: If it cannot be read, or is of another form.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            found = json.loads(path.read_text(encoding="utf-8-sig"))
        except (ValueError, RecursionError, OSError) as error:
            raise InputError(
                f"{path} cannot be read as JSON: {error}; download it again, it may be cut short"
            ) from error
        if not isinstance(found, dict):
            raise InputError(f"{path} holds a {type(found).__name__}; expected a JSON object")
        self._top = found
        self.images = self._records("images")
        self.annotations = self._records("annotations")
        self.queries: list[dict[str, Any]] | None = (
            self._records("queries") if "queries" in found else None
        )
        self._people = self._person_categories()

    def scenes(self, split: str, image_folder: str) -> Iterator[AnnotatedScene]:
        """Yield the pictures in the order of the file.

        Args:
            split: That the file is of.
            image_folder: Folder that ``file_name`` is relative to; empty for the data set's own.
        """
        of_image: dict[Any, list[int]] = defaultdict(list)
        for number, annotation in enumerate(self.annotations):
            of_image[self._number(annotation, "image_id", "annotations", number)].append(number)
        for number, image in enumerate(self.images):
            scene = self._scene(number, image, split, image_folder)
            for at in of_image.pop(image["id"], ()):
                self._add(scene, at)
            yield scene
        if of_image:
            at = min(numbers[0] for numbers in of_image.values())
            self.fail(
                "annotations",
                at,
                f"is of image {self.annotations[at]['image_id']}, which is none of the images",
            )

    def box(self, number: int) -> tuple[float, float, float, float]:
        """Return the box of an annotation, xyxy, px."""
        box: Any = self.annotations[number].get("bbox")
        four = isinstance(box, list) and len(box) == 4
        if not four or not all(type(v) in (int, float) and math.isfinite(v) for v in box):
            self.fail("annotations", number, f"has bbox = {box!r}; expected [x, y, width, height]")
        return corners(box)

    def size(self, number: int) -> tuple[int, int] | None:
        """Return height and width of an image, px, ``None`` where they are not told."""
        height, width = (self.images[number].get(key) for key in ("height", "width"))
        if height is None or width is None:
            return None
        if type(height) is not int or type(width) is not int or min(height, width) < 1:
            self.fail("images", number, f"has height {height!r} and width {width!r}; expected px")
        return height, width

    def person_id(self, number: int) -> int | None:
        """Return who an annotation is of, ``None`` for nobody known."""
        value = self.annotations[number].get("person_id")
        if value is not None and type(value) is not int:
            self.fail("annotations", number, f"has person_id = {value!r}; expected a whole number")
        return None if value is None or value < 0 else value

    def fail(self, part: str, number: int, what: str) -> NoReturn:
        """Raise an InputError that says ``what`` of a record."""
        raise InputError(f"{self.path}: {part}[{number}] {what}")

    def _scene(
        self, number: int, image: dict[str, Any], split: str, image_folder: str
    ) -> AnnotatedScene:
        name = image.get("file_name")
        if not isinstance(name, str) or not name.strip():
            self.fail("images", number, f"has file_name = {name!r}; expected a path")
        self._number(image, "id", "images", number)
        camera = image.get("camera_id")
        if camera is not None and type(camera) is not int:
            self.fail("images", number, f"has camera_id = {camera!r}; expected a whole number")
        return AnnotatedScene(
            name=name,
            image=f"{image_folder}/{name}" if image_folder else name,
            split=split,
            camera_id=camera,
            size=self.size(number),
        )

    def _add(self, scene: AnnotatedScene, number: int) -> None:
        annotation = self.annotations[number]
        if self._people is not None and annotation.get("category_id") not in self._people:
            return
        if annotation.get("iscrowd"):
            scene.ignored.append(self.box(number))
            return
        captions = annotation.get("captions")
        if captions is not None:
            texts = isinstance(captions, list) and all(isinstance(c, str) for c in captions)
            if not texts or not all(c.strip() for c in captions):
                self.fail("annotations", number, "has captions that are no list of sentences")
        person = AnnotatedPerson(self.box(number), self.person_id(number), captions)
        scene.people.append(person)

    def _records(self, name: str) -> list[dict[str, Any]]:
        if name not in self._top:
            raise InputError(
                f"{self.path} has no {name!r}{near(name, self._top)}; it has "
                f"{', '.join(self._top) or 'nothing'}, expected {', '.join(_TOP[:2])}"
            )
        found = self._top[name]
        if not isinstance(found, list) or not all(isinstance(entry, dict) for entry in found):
            raise InputError(f"{self.path}: {name} is no list of objects")
        return found

    def _person_categories(self) -> set[Any] | None:
        known: Sequence[Any] = self._top.get("categories") or ()
        entries = [entry for entry in known if isinstance(entry, dict)]
        people = {e.get("id") for e in entries if str(e.get("name")).lower() == _PERSON}
        return people or None

    def _number(self, record: dict[str, Any], key: str, part: str, number: int) -> int:
        value = record.get(key)
        if type(value) is not int:
            self.fail(part, number, f"has {key} = {value!r}; expected a whole number")
        return value
