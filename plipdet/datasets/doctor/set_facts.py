"""SetFacts: what is known of a released data set before it is read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

FIELD_NAMES: dict[str, tuple[str, ...]] = {
    "id": ("id", "person_id", "pid", "identity", "image_id", "label", "ID"),
    "image": (
        "file_path",
        "img_path",
        "image_path",
        "image",
        "img",
        "path",
        "filename",
        "file_name",
        "filepath",
    ),
    "captions": ("captions", "caption", "texts", "text", "sentences", "descriptions", "sentence"),
    "split": ("split", "set", "subset", "phase"),
    "prompt_captions": ("prompt_caption", "prompt_captions", "prompts", "prompt"),
    "attributes": ("attributes", "attribute", "attrs", "attribute_phrases"),
}
"""Keys by which annotations of this field call the facts of a record."""


@dataclass(frozen=True)
class Totals:
    """Known numbers; several where sources differ, none where nobody says."""

    images: tuple[int, ...] = ()
    identities: tuple[int, ...] = ()
    captions: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True)
class SetFacts:
    """What the doctor holds a data set against; every fact may be left out.

    Args:
        totals: Known numbers of the whole set.
        split_totals: Known numbers of each split.
        other_names: Names that the annotation bears elsewhere and the reader does not look for.
        keys: JSON keys that the reader takes for each fact of ``FIELD_NAMES``, the released one
            first; a fact that is not named here is not part of the set.
        optional: Facts that a record may lack.
        image_folder: What the reader puts before the pictures' paths.
        splits: Words that the annotation uses.
        first_id: Smallest identity of the release.
        id_in_path: Finds the identity in a picture's path, as group 1.
        contiguous_ids: Whether the release's identities have no gaps.
        captions_per_image: Fewest and most captions of a picture.
        parts: For a set whose file names are its annotation: split by folder.
        name_pattern: Of such a name: groups ``id`` and ``camera``.
        cameras: First and last camera.
        junk_id: Identity that marks pictures which no protocol uses.
        distractor_id: Identity that marks strangers in the gallery.
        val_shows_train: Whether val holds pictures of the people of train, as in MSMT17.
        shares_people: Whether the release's own splits share people, as random ones do.
        shows_scenes: Whether a picture may show several people, an entry each, or nobody.
        uses_all: Whether every picture in the folder belongs to the set as its reader takes it.
        minipedes_splits: Splits of a rendered MiniPedes that its export in this layout holds.
    """

    totals: Totals = Totals()
    split_totals: Mapping[str, Totals] = field(default_factory=dict)
    other_names: tuple[str, ...] = ()
    keys: Mapping[str, tuple[str, ...]] = field(
        default_factory=lambda: {
            "id": ("id",),
            "image": ("file_path",),
            "captions": ("captions",),
            "split": ("split",),
        }
    )
    optional: tuple[str, ...] = ()
    image_folder: str = ""
    splits: tuple[str, ...] = ()
    first_id: int | None = None
    id_in_path: re.Pattern[str] | None = None
    contiguous_ids: bool = False
    captions_per_image: tuple[int, int] | None = None
    parts: Mapping[str, str] = field(default_factory=dict)
    name_pattern: re.Pattern[str] | None = None
    cameras: tuple[int, int] | None = None
    junk_id: int | None = None
    distractor_id: int | None = None
    val_shows_train: bool = False
    shares_people: bool = False
    shows_scenes: bool = False
    uses_all: bool = True
    minipedes_splits: tuple[str, ...] = ()
