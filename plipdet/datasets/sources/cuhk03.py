"""CUHK03 with its new protocol of 767 training and 700 test identities."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from plipdet.datasets.built_file import BuiltFile
from plipdet.datasets.stores import FileStore, ImageStore
from plipdet.errors import InputError
from plipdet.registry import SOURCES

from .cuhk03_pictures import check_extracted, extract_pictures
from .cuhk03_protocol import read_protocol
from .person_source import PersonSource
from .table_cache import file_fingerprint, table_paths

_RELEASE = ("cuhk03_release", "CUHK03_release")
_MATS = ("cuhk-03.mat", "CUHK-03.mat")


@SOURCES.register_module()
class Cuhk03(PersonSource):
    """CUHK03: 14,097 detected or 14,096 labelled pictures of 1,467 identities.

    Li et al., DeepReID, CVPR 2014; the protocol is that of Zhong et al., Re-ranking Person
    Re-identification, CVPR 2017: 7,365 training, 1,400 query, 5,332 gallery pictures of detected
    boxes; 7,368, 1,400, 5,328 of boxes drawn by hand. A camera is one of the two of a pair, 1 or 2.

    The pictures lie as pixels inside ``cuhk-03.mat``. They are written to ``images_detected`` or
    ``images_labeled`` once, as PNG files beside the data, or where that cannot be written, in the
    user's cache folder. Folders of these names that torchreid made are used as they are.

    Args:
        root: The folder of the two protocol files, or the folder that holds it as ``cuhk03``.
        detected: Whether boxes are a detector's; ``False`` for those drawn by hand.
        images: As for every source.
    """

    name = "cuhk03"
    folder_names = ("cuhk03", "CUHK03", "CUHK-03", "cuhk03_release")
    layout = """
cuhk03/
  cuhk03_new_protocol_config_detected.mat
  cuhk03_new_protocol_config_labeled.mat
  cuhk03_release/cuhk-03.mat
"""

    def __init__(self, root: str | Path, *, detected: bool = True, images: Any = None) -> None:
        super().__init__(root, images=images)
        self.kind = "detected" if detected else "labeled"
        self._store: ImageStore | None = None

    @property
    def table_name(self) -> str:
        """Name of the table's file; either kind of boxes has its own."""
        return f"{self.name}-{self.kind}"

    @property
    def image_folder(self) -> str:
        """Folder of the extracted pictures."""
        return f"images_{self.kind}"

    def annotation(self, folder: Path) -> Path | None:
        """Return the protocol's file in ``folder``."""
        name = f"cuhk03_new_protocol_config_{self.kind}.mat"
        places = (folder, *(folder / inner for inner in _RELEASE))
        return next((place / name for place in places if (place / name).is_file()), None)

    def fingerprint(self, folder: Path) -> str:
        """Return hex digits that change when the protocol's file does."""
        return file_fingerprint(self._protocol(folder), self.reader_version)

    def rows(self, folder: Path) -> Iterator[dict[str, Any]]:
        """Yield the rows of the person table: train, query, gallery."""
        for row in read_protocol(self._protocol(folder)):
            yield {**row, "image": f"{self.image_folder}/{row['image']}"}

    def image_store(self, folder: Path) -> ImageStore:
        """Return where the pictures lie, which the first call takes out of the .mat file.

        All ranks call it, and one of them, or one of each machine, does the work.

        Raises:
            InputError: If there is neither the .mat file nor a folder made of it, or it is damaged.
        """
        if self.images is not None:
            return self.images
        if self._store is None:
            mat = self._mat(folder)
            cache = table_paths(folder, self.table_name, "pictures")[1].with_suffix("")
            places = [folder / self.image_folder, cache / self.image_folder]
            pictures = BuiltFile(
                places,
                what=f"the {self.kind} pictures of CUHK03",
                open_file=lambda place: check_extracted(place, mat),
                write_file=lambda place: extract_pictures(
                    self._required_mat(folder), self.kind, place
                ),
                on_built=lambda place, path: None,
            )
            self._store = FileStore(pictures.get().parent)
        return self._store

    def _protocol(self, folder: Path) -> Path:
        path = self.annotation(folder)
        assert path is not None, "folder() returned a folder without annotation"
        return path

    def _mat(self, folder: Path) -> Path | None:
        places = (folder, *(folder / inner for inner in _RELEASE))
        found = (place / name for place in places for name in _MATS)
        return next((path for path in found if path.is_file()), None)

    def _required_mat(self, folder: Path) -> Path:
        mat = self._mat(folder)
        if mat is None:
            raise InputError(
                f"{folder} has neither cuhk03_release/cuhk-03.mat nor {self.image_folder} with the "
                "pictures; unpack cuhk03_release.zip there"
            )
        return mat
