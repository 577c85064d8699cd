"""MSMT17, the large benchmark of image-based person re-identification."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from plipdet.errors import InputError
from plipdet.registry import SOURCES

from .market1501 import NAME
from .market_folders import MarketFolders
from .table_cache import file_fingerprint, names_fingerprint

LISTS = {
    "list_train.txt": "train",
    "list_val.txt": "val",
    "list_query.txt": "query",
    "list_gallery.txt": "gallery",
}
"""File to split."""
_TRAINING, _TEST = ("train", "mask_train_v2"), ("test", "mask_test_v2")  # folders of V1 and V2
_LINE = re.compile(r"(?P<path>\S.*?)\s+(?P<id>[0-9]{1,18})")
_CAMERA = re.compile(r"[^_]+_[^_]+_(?P<camera>[0-9]{1,9})(?:_|\.)")


@SOURCES.register_module()
class Msmt17(MarketFolders):
    """MSMT17: 30,248 train, 2,373 val, 11,659 query, 82,161 gallery pictures, 15 cameras.

    Wei et al., Person Transfer GAN, CVPR 2018. V1, V2 (its pictures with masked faces) and the
    mirror laid out like Market-1501, which has no val. The pictures of val show people of train:
    protocols differ in whether both are trained on (docs/data/sources.md).

    The lists number the people of training and test from 0 each. Where a number is used by both,
    all numbers of query and gallery are raised by the largest one of train and val plus one, which
    is 1,041 in the release.

    Args:
        root: The folder ``MSMT17_V1`` or ``MSMT17_V2``, or a folder that holds one of them.
    """

    name = "msmt17"
    folder_names = ("MSMT17_V1", "MSMT17_V2", "MSMT17", "msmt17")
    layout = """
MSMT17_V1/                    (or MSMT17_V2 with mask_train_v2 and mask_test_v2)
  list_train.txt list_val.txt list_query.txt list_gallery.txt
  train/0000/0000_000_01_0303morning_0008_1.jpg ...
  test/0000/0000_000_02_0303noon_0320_1.jpg ...
or, as mirrors have it,
MSMT17_V1/
  bounding_box_train/0000_c1_0002.jpg ...
  query/...
  bounding_box_test/...
"""
    name_pattern = NAME
    name_example = "0000_c1_0002.jpg"

    def folder(self) -> Path:
        """Return the data set's own folder; two versions side by side are not chosen from."""
        if self.annotation(self.root) is None:
            found = [n for n in self.folder_names if self._is_set(self.root / n)]
            if len(found) > 1:
                raise InputError(
                    f"{self.root} holds {' and '.join(found)}; name the one that is meant, such as "
                    f"{self.root / found[0]}"
                )
        return super().folder()

    def annotation(self, folder: Path) -> Path | None:
        """Return the first list in ``folder``, or a mirror's training folder."""
        lists = (folder / name for name in LISTS)
        return next((path for path in lists if path.is_file()), None) or super().annotation(folder)

    def fingerprint(self, folder: Path) -> str:
        """Return hex digits that change when a list, or a name in a mirror, does."""
        if not _has_lists(folder):
            return super().fingerprint(folder)
        lists = (folder / name for name in LISTS)
        found = (file_fingerprint(p, self.reader_version) if p.is_file() else "" for p in lists)
        return names_fingerprint(found, self.reader_version)

    def rows(self, folder: Path) -> Iterator[dict[str, Any]]:
        """Yield the rows of the person table: train, val, query, gallery."""
        found = self._listed(folder) if _has_lists(folder) else super().rows(folder)
        return iter(_apart(list(found)))

    def _is_set(self, folder: Path) -> bool:
        return _has_lists(folder) or (folder / "bounding_box_train").is_dir()

    def _listed(self, folder: Path) -> Iterator[dict[str, Any]]:
        lacking = [name for name in LISTS if not (folder / name).is_file()]
        if lacking:
            raise InputError(
                f"{folder} lacks {', '.join(lacking)}; MSMT17 comes with {', '.join(LISTS)}"
            )
        for name, split in LISTS.items():
            part = self._part(folder, _TRAINING if split in ("train", "val") else _TEST)
            for row in _read_list(folder / name):
                yield {**row, "image": f"{part}/{row['image']}", "split": split}

    def _part(self, folder: Path, names: Sequence[str]) -> str:
        store = self.image_store(folder)
        for name in names:
            there = (folder / name).is_dir() if self.images is None else any(store.names(name))
            if there:
                return name
        raise InputError(f"{store.place} has no folder {' or '.join(names)} with the pictures")


def _has_lists(folder: Path) -> bool:
    return any((folder / name).is_file() for name in LISTS)


def _read_list(path: Path) -> Iterator[dict[str, Any]]:
    """Yield image, identity and camera of the lines of a list."""
    count = 0
    try:
        with open(path, encoding="utf-8-sig") as file:
            for number, line in enumerate(file, 1):
                if not line.strip():
                    continue
                count += 1
                where = f"{path}, line {number}:"
                match = _LINE.fullmatch(line.strip())
                if match is None:
                    raise InputError(
                        f"{where} {line.strip()[:80]!r} is no path and identity, such as "
                        "'0000/0000_000_01_0303morning_0008_1.jpg 0'"
                    )
                camera = _CAMERA.match(match["path"].rpartition("/")[2])
                if camera is None:
                    raise InputError(
                        f"{where} {match['path']!r} does not tell the camera as the third part of "
                        "its name, like 0000_000_01_0303morning_0008_1.jpg"
                    )
                yield {
                    "image": match["path"],
                    "person_id": int(match["id"]),
                    "camera_id": int(camera["camera"]),
                }
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is no text: {error.reason}; download it again") from error
    if not count:
        raise InputError(f"{path} names no picture; download it again")


def _apart(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the rows with identities of the test that no identity of the training shares."""
    test = [row for row in rows if row["split"] in ("query", "gallery")]
    trained = {row["person_id"] for row in rows if row["split"] in ("train", "val")}
    if any(row["person_id"] in trained for row in test):
        shift = 1 + max(trained)
        for row in test:
            row["person_id"] += shift
    return rows
