"""Entry: what could be read of one picture's annotation, however broken it is."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Entry:
    """One picture as its annotation tells of it.

    Args:
        record: Index of the record in the annotation, or of the picture in its listing, from 0.
        image: Path relative to the data set's folder, ``None`` where it cannot be told.
        image_certain: Whether the path is the annotation's own, not our reading of a wrong one.
        person_id: Identity, ``None`` where it cannot be told.
        camera_id: Camera.
        split: Split.
        captions: Captions that are texts.
        prompt_captions: Prompt captions that are texts.
        phrases: Six attribute phrases in the order of ``PHRASE_SLOTS``.
    """

    record: int
    image: str | None = None
    image_certain: bool = True
    person_id: int | None = None
    camera_id: int | None = None
    split: str | None = None
    captions: list[str] = field(default_factory=list)
    prompt_captions: list[str] = field(default_factory=list)
    phrases: list[str | None] | None = None
