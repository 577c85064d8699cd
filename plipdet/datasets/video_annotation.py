"""VideoAnnotation: who is where in a video, and what they look like in words."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from plipdet.errors import InputError, near

_GENDERS = {"male": "man", "female": "woman"}
_WORDS = ("gender", "hair", "upper", "lower", "shoes_color", "bag", "carrying")
_LISTS = ("upper_color", "lower_color")
_SLACK = 1.0  # px that rounding may push a box over the edge


class PersonBox(NamedTuple):
    """A person in one frame.

    Args:
        frame: Frame number, from 0.
        person: Name of the identity.
        box: Left, top, right, bottom, px.
    """

    frame: int
    person: str
    box: tuple[float, float, float, float]


@dataclass(frozen=True)
class VideoAnnotation:
    """What a JSON file says of a video.

    Args:
        size: Width and height of a frame, px.
        captions: Sentences of each identity, by its name.
        phrases: Attribute phrases of each identity, in the order of ``PHRASE_SLOTS``, ``None``
            where not known.
        boxes: All boxes in the order of the file.
    """

    size: tuple[int, int]
    captions: dict[str, tuple[str, ...]]
    phrases: dict[str, tuple[str | None, ...]]
    boxes: tuple[PersonBox, ...]

    @classmethod
    def read(cls, path: Path) -> VideoAnnotation:
        """Read a file with the keys ``video``, ``identities`` and ``annotations``.

        ``video`` has ``width`` and ``height``; ``identities`` maps a name to ``captions`` and,
        optionally, ``attributes`` (gender, hair, upper, upper_color, lower, lower_color,
        shoes_color, bag, carrying); ``annotations`` lists ``frame`` (from 0), ``bbox``
        (x, y, width, height, px) and ``person_id`` (a name of ``identities``).

        Raises:
            InputError: If the file is not of that form, or a box lies outside of the frame.
        """
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError as error:
            raise InputError(f"no annotation {path}; name the JSON file of the video") from error
        except ValueError as error:
            raise InputError(f"{path} is not JSON: {error}") from error
        video = _get(data, "video", dict, path, "the file")
        size = tuple(_get(video, key, int, path, "'video'") for key in ("width", "height"))
        identities = _get(data, "identities", dict, path, "the file")
        return cls(
            size,
            {name: _captions(name, facts, path) for name, facts in identities.items()},
            {
                name: attribute_phrases(_attributes(name, facts, path))
                for name, facts in identities.items()
            },
            tuple(
                _box(item, f"annotation {i}", identities, size, path)
                for i, item in enumerate(_get(data, "annotations", list, path, "the file"))
            ),
        )


def attribute_phrases(attributes: Mapping[str, Any] | None) -> tuple[str | None, ...]:
    """Return six phrases, in the order of ``PHRASE_SLOTS``, of an identity's attributes."""
    facts = {key: value for key, value in (attributes or {}).items() if value != "none"}
    shoes = facts.get("shoes_color")
    return (
        _GENDERS.get(facts.get("gender", "")),
        f"{facts['hair']} hair" if facts.get("hair") else None,
        _garment(facts, "upper"),
        _garment(facts, "lower"),
        f"{shoes} shoes" if shoes else None,
        facts.get("bag") or facts.get("carrying"),
    )


def _garment(facts: Mapping[str, Any], part: str) -> str | None:
    colours = " and ".join(facts.get(f"{part}_color") or ())
    return f"{colours} {facts[part]}".strip() if facts.get(part) else None


def _get(data: Any, key: str, kind: type, path: Path, where: str) -> Any:
    if not isinstance(data, dict):
        raise InputError(f"{path}: {where} is {json.dumps(data)[:40]}; expected an object")
    if key not in data:
        raise InputError(f"{path}: {where} has no {key!r}; its keys are {sorted(data)[:12]}")
    if not isinstance(data[key], kind):
        found = json.dumps(data[key])[:40]
        raise InputError(f"{path}: {key!r} of {where} is {found}; expected {kind.__name__}")
    return data[key]


def _captions(name: str, facts: Any, path: Path) -> tuple[str, ...]:
    found = _get(facts, "captions", list, path, f"identity {name!r}")
    if not found or not all(isinstance(text, str) and text.strip() for text in found):
        raise InputError(
            f"{path}: identity {name!r} needs one or more captions, none of them empty"
        )
    return tuple(found)


def _attributes(name: str, facts: Any, path: Path) -> dict[str, Any]:
    if facts.get("attributes") is None:
        return {}
    attributes = _get(facts, "attributes", dict, path, f"identity {name!r}")
    for key in [*_WORDS, *_LISTS]:
        value = attributes.get(key)
        words = [value] if key in _WORDS else value
        if value is not None and not (
            isinstance(words, list) and all(isinstance(word, str) for word in words)
        ):
            wanted = "a text" if key in _WORDS else "a list of words"
            raise InputError(
                f"{path}: {key!r} of identity {name!r} is {json.dumps(value)[:40]}; "
                f"expected {wanted}"
            )
    return attributes


def _box(
    item: Any, where: str, identities: Mapping[str, Any], size: tuple[int, ...], path: Path
) -> PersonBox:
    frame = _get(item, "frame", int, path, where)
    person = _get(item, "person_id", str, path, where)
    bbox = _get(item, "bbox", list, path, where)
    if person not in identities:
        raise InputError(
            f"{path}: {where} is of {person!r}, which 'identities' lacks{near(person, identities)}"
        )
    if frame < 0:
        raise InputError(f"{path}: {where} has frame {frame}; frames count from 0")
    if len(bbox) != 4 or not all(isinstance(v, (int, float)) and math.isfinite(v) for v in bbox):
        raise InputError(f"{path}: {where} has bbox {bbox}; expected [x, y, width, height] in px")
    left, top, width, height = map(float, bbox)
    right, bottom = left + width, top + height
    inside = min(left, top) >= -_SLACK and right <= size[0] + _SLACK and bottom <= size[1] + _SLACK
    if width <= 0 or height <= 0 or not inside:
        raise InputError(
            f"{path}: {where} (frame {frame}, {person}) has bbox {bbox}, not inside of the "
            f"{size[0]}x{size[1]} frame; correct it"
        )
    return PersonBox(frame, person, (left, top, right, bottom))
