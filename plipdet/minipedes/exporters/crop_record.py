"""CropRecord: one picture with all that is known of it, before it goes into a layout."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class CropRecord:
    """One person crop on disk.

    Args:
        image: The JPEG file.
        person_id: Identity, from 1.
        camera_id: Camera, 1 to 9; Market-1501's names have one digit for it.
        frame: Frame number, unlike for pictures of one identity by one camera.
        split: train, val or test; an identity has one split only.
        captions: Sentences in free wording, one or more.
        prompt_captions: Sentences made from a prompt, possibly none.
        phrases: Attribute phrases in the order of ``PHRASE_SLOTS``, ``None`` where not known.
        attribute_labels: Labels of the person, all of them known, 1 or 0, in the order of
            ``plipdet.minipedes.attributes.ATTRIBUTE_NAMES``; empty where nobody knows them.
        side: Which side of the person the picture shows, a member of
            ``plipdet.minipedes.visibility.VIEWS``; empty where nobody knows it.
    """

    image: Path
    person_id: int
    camera_id: int
    frame: int
    split: str
    captions: tuple[str, ...]
    prompt_captions: tuple[str, ...]
    phrases: tuple[str | None, ...]
    attribute_labels: tuple[int, ...] = ()
    side: str = ""
