"""Whether the tensors that a torch file describes are as long as the bytes that it holds."""

from __future__ import annotations

import pickle
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

# Bytes an element; asking torch's classes would warn that they are deprecated.
_ELEMENT_SIZES = {
    **dict.fromkeys(("Untyped", "Bool", "Byte", "Char"), 1),
    **dict.fromkeys(("Half", "BFloat16", "Short"), 2),
    **dict.fromkeys(("Float", "Int"), 4),
    **dict.fromkeys(("Double", "Long", "ComplexFloat"), 8),
    **dict.fromkeys(("QInt8", "QUInt8", "QUInt4x2", "QUInt2x4"), 1),
    "QInt32": 4,
    "ComplexDouble": 16,
}


def broken_storage_claim(path: Path) -> str | None:
    """Return what a torch file claims of its tensors' memory, but does not hold, if anything.

    PyTorch before 2.10 believes the number of elements that the pickle names, and a file made for
    it reaches memory that is not its own (CVE-2026-24747). So the pickle is read beforehand, with
    stand-ins for all that it names, and each storage compared with its record in the archive.

    Args:
        path: A file of any kind; only zip archives, which ``torch.save`` writes, are looked at.
    """
    if not zipfile.is_zipfile(path):
        return None
    with zipfile.ZipFile(path) as archive:
        sizes = {record.filename: record.file_size for record in archive.infolist()}
        twice = [name for name, count in Counter(archive.namelist()).items() if count > 1]
        if twice:
            return f"two records are named {twice[0]!r}"
        pickles = [name for name in sizes if name.rpartition("/")[2] == "data.pkl"]
        if len(pickles) != 1:
            return None  # no checkpoint, as PyTorch will say
        with archive.open(pickles[0]) as file:
            reader = _ClaimReader(file)
            reader.load()
    folder = pickles[0].removesuffix("data.pkl")
    for key, claimed in reader.claims:
        held = sizes.get(f"{folder}data/{key}")
        if held != claimed:
            return f"storage {key!r} is said to have {claimed} bytes and has {held}"
    return None


class _ClaimReader(pickle.Unpickler):
    """Notes the storages that a pickle names; nothing that it names is imported or called."""

    def __init__(self, file: Any) -> None:
        super().__init__(file)
        self.claims: list[tuple[str, int]] = []

    def find_class(self, module: str, name: str) -> Any:
        if module in ("torch", "torch.storage") and name.endswith("Storage"):
            return _StorageType(name)
        return _StandIn

    def persistent_load(self, saved: Any) -> Any:
        kind, storage_type, key, _, elements = saved
        if kind != "storage" or not isinstance(storage_type, _StorageType):
            raise pickle.UnpicklingError(f"an unknown reference {kind!r}")
        self.claims.append((str(key), int(elements) * storage_type.element_size))
        return _StandIn()


class _StorageType:
    """Stands for a class such as ``torch.FloatStorage``."""

    def __init__(self, name: str) -> None:
        kind = name.removesuffix("Storage")
        if kind not in _ELEMENT_SIZES:
            raise pickle.UnpicklingError(f"an unknown kind of storage {name!r}")
        self.element_size = _ELEMENT_SIZES[kind]

    def __call__(self, *arguments: Any) -> _StandIn:
        return _StandIn()


class _StandIn(dict[Any, Any]):
    """Stands for any class, function or object of a pickle."""

    def __new__(cls, *arguments: Any, **names: Any) -> _StandIn:
        return super().__new__(cls)

    def __init__(self, *arguments: Any, **names: Any) -> None:
        super().__init__()

    def __hash__(self) -> int:  # type: ignore[override]
        return id(self)

    def __setstate__(self, state: Any) -> None:
        pass

    def append(self, item: Any) -> None:
        """Take an item of a list, and forget it."""

    def extend(self, items: Any) -> None:
        """Take items of a list, and forget them."""

    def add(self, item: Any) -> None:
        """Take an item of a set, and forget it."""
