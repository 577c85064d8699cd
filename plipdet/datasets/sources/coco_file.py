"""CocoFile: one split of scenes in COCO's form, with identities."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from plipdet.errors import InputError, near

from .annotated_scene import AnnotatedPerson, AnnotatedScene
from .coco_record import CocoRecord

_PERSON = "person"
_TOP = ("images", "annotations", "categories", "queries", "info", "licenses")


class CocoFile:
    """The pictures, people and queries of a JSON file.

    An image has ``id`` and ``file_name``, perhaps ``width``, ``height`` and ``camera_id``; an
    annotation has ``image_id`` and ``bbox`` (left, top, width, height, px), perhaps ``id``,
    ``person_id`` (missing, null or negative for people who are nobody of the data set),
    ``iscrowd`` (1 for a region where nobody said who is there) and ``captions``. Where
    ``categories`` has one called person, an annotation has a ``category_id``, too, and those of
    others are left out.

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
        self.queries = self._queries()
        self._categories = {
            entry.whole_number("id"): entry.fields.get("name")
            for entry in (self._records("categories") if "categories" in found else ())
        }
        people = {n for n, name in self._categories.items() if str(name).lower() == _PERSON}
        self._people = people or None

    def scenes(self, split: str, image_folder: str) -> Iterator[AnnotatedScene]:
        """Yield the pictures in the order of the file.

        Args:
            split: That the file is of.
            image_folder: Folder that ``file_name`` is relative to; empty for the data set's own.
        """
        of_image: dict[int, list[CocoRecord]] = {image: [] for image in self.image_numbers()}
        for annotation in self.annotations:
            image = annotation.whole_number("image_id")
            if image not in of_image:
                annotation.fail(f"is of image {image}, which is none of the images")
            of_image[image].append(annotation)
        for record, own in zip(self.images, of_image.values(), strict=True):
            scene = _scene(record, split, image_folder)
            for annotation in own:
                self._add(scene, annotation)
            yield scene

    def image_numbers(self) -> dict[int, int]:
        """Return the place of each image in the file by its ``id``, in their order."""
        found: dict[int, int] = {}
        for number, image in enumerate(self.images):
            own = image.whole_number("id")
            if own in found:
                image.fail(f"has id = {own}, as images[{found[own]}] has; give each its own")
            found[own] = number
        return found

    def shows_person(self, annotation: CocoRecord) -> bool:
        """Return whether an annotation is of a person, and no crowd."""
        return annotation.is_of(self._people, self._categories) and not annotation.is_crowd()

    def _add(self, scene: AnnotatedScene, annotation: CocoRecord) -> None:
        if self.shows_person(annotation):
            captions = annotation.optional_texts("captions")
            person = AnnotatedPerson(annotation.box(), annotation.person_id(), captions)
            scene.people.append(person)
        elif annotation.is_of(self._people, self._categories):
            scene.ignored.append(annotation.box())

    def _queries(self) -> list[CocoRecord] | None:
        if "queries" in self._top:
            return self._records("queries")
        for key in self._top:
            hint = near(key, ["queries"])
            if hint:
                raise InputError(f"{self.path} has {key!r}{hint}")
        return None

    def _records(self, name: str) -> list[CocoRecord]:
        if name not in self._top:
            raise InputError(
                f"{self.path} has no {name!r}{near(name, self._top)}; it has "
                f"{', '.join(self._top) or 'nothing'}, expected {', '.join(_TOP[:2])}"
            )
        found = self._top[name]
        if not isinstance(found, list) or not all(isinstance(entry, dict) for entry in found):
            raise InputError(f"{self.path}: {name} is no list of objects")
        return [CocoRecord(self.path, name, number, entry) for number, entry in enumerate(found)]


def _scene(image: CocoRecord, split: str, image_folder: str) -> AnnotatedScene:
    name = image.fields.get("file_name")
    if not isinstance(name, str) or not name.strip():
        image.fail(f"has file_name = {name!r}; expected a path")
    image.check_text(name, "file_name")
    return AnnotatedScene(
        name=name,
        image=f"{image_folder}/{name}" if image_folder else name,
        split=split,
        camera_id=image.camera_id(),
        size=image.size(),
    )
