"""Variables of a .mat of version 7.3, which is HDF5, as plain values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from .unfit_content import OBJECT, SPARSE, UnfitContentError, WayIn

_LARGEST = 1 << 31  # B of one array; a few bytes can claim any size
_CLASSES = ("cell", "struct", "char", "logical", "double", "single", "canonical empty")
_WHOLE = tuple(f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64))


def names_of_version73(path: Path) -> list[str]:
    """Return what the file's variables are called."""
    import h5py  # here, for most programs read no .mat

    with h5py.File(path, "r") as file:
        return [name for name in file if not name.startswith("#")]


def read_version73(path: Path, names: Sequence[str]) -> dict[str, Any]:
    """Return variables as :func:`read_mat` describes them."""
    import h5py

    with h5py.File(path, "r") as file:
        reader = _Reader(file)
        return {name: reader.member(file, name) for name in names}


def entries_of_version73(path: Path, name: str) -> Iterator[Any]:
    """Yield the entries of a cell or an array of structs, of which one is in memory at a time."""
    import h5py

    with h5py.File(path, "r") as file:
        found = _own(file, name)
        members = {k: _own(found, k) for k in found} if isinstance(found, h5py.Group) else {}
        if members and all(_is_column_of_structs(member) for member in members.values()):
            columns = {k: np.ravel(member[()]) for k, member in members.items()}
            for row in range(min(map(len, columns.values()))):
                reader = _Reader(file)
                yield {k: reader.at(column[row]) for k, column in columns.items()}
        elif members:
            yield _Reader(file).member(file, name)
        elif _class_of(found) == "cell" and not found.attrs.get("MATLAB_empty", 0):
            for reference in np.ravel(found[()]):
                yield _Reader(file).at(reference)
        elif not found.attrs.get("MATLAB_empty", 0):
            raise UnfitContentError("a variable that is neither a cell nor structs")


class _Reader:
    """Turns members of a file into plain values.

    MATLAB stores a cell as references to what is in it, a struct as a group, and arrays with
    their axes reversed, so that what is in order in the file is in MATLAB's order.
    """

    def __init__(self, file: Any) -> None:
        self._file = file
        self._way = WayIn()
        self._structs: dict[int, Any] = {}  # by place in the file, which many may refer to
        self._cells: dict[int, list[Any]] = {}

    def member(self, group: Any, name: str) -> Any:
        """Return the value of a member of a group."""
        return self._plain(_own(group, name))

    def _plain(self, found: Any) -> Any:
        import h5py

        kind = _class_of(found)
        if kind not in (*_CLASSES, *_WHOLE, ""):
            raise UnfitContentError(OBJECT)
        if kind != "char":  # cells have 100,000 of them, and looking for attributes takes time
            if "MATLAB_object_decode" in found.attrs:
                raise UnfitContentError(OBJECT)
            if "MATLAB_sparse" in found.attrs:
                raise UnfitContentError(SPARSE)
        if isinstance(found, h5py.Group):
            return self._struct(found)
        made = found.id.get_create_plist()
        if made.get_external_count() or made.get_layout() == h5py.h5d.VIRTUAL:
            raise UnfitContentError("an array whose values lie in another file")
        if found.size is not None and found.size * found.dtype.itemsize > _LARGEST:
            raise UnfitContentError(f"an array of the shape {found.shape}, larger than 2 GiB")
        return self._dataset(found, kind)

    def _struct(self, group: Any) -> Any:
        import h5py

        place = h5py.h5o.get_info(group.id).addr
        if place not in self._structs:
            fields = {name: _own(group, name) for name in group}
            with self._way.into(max(1, len(fields))):
                if fields and all(_is_column_of_structs(field) for field in fields.values()):
                    self._structs[place] = self._structs_of(fields)
                else:
                    found = {name: self._plain(field) for name, field in fields.items()}
                    self._structs[place] = found
        return self._structs[place]

    def _structs_of(self, fields: dict[str, Any]) -> Any:
        """Return an array of structs, or the struct that is its only one."""
        columns = {name: np.ravel(field[()]) for name, field in fields.items()}
        counts = {len(column) for column in columns.values()}
        if len(counts) > 1:
            raise UnfitContentError("structs whose fields are not equally many")
        rows = range(counts.pop())
        self._way.into(len(rows) * len(columns))
        found = [{name: self.at(columns[name][row]) for name in columns} for row in rows]
        return found[0] if len(found) == 1 else found

    def _dataset(self, found: Any, kind: str) -> Any:
        import h5py

        values = found[()]
        if found.attrs.get("MATLAB_empty", 0):  # its values are its shape
            return _empty(kind, tuple(int(size) for size in np.ravel(values)))
        if h5py.check_ref_dtype(found.dtype) is not None:
            return self._cell(found, np.ravel(values))
        if h5py.check_string_dtype(found.dtype) is not None:
            return _joined([_decoded(text) for text in np.ravel(values)])
        array = np.atleast_2d(np.asarray(values).T)
        if kind == "char":
            rows = np.ascontiguousarray(array.reshape(array.shape[0], -1), "<u2")
            return _joined([row.tobytes().decode("utf-16-le", "replace") for row in rows])
        if array.dtype.names == ("real", "imag"):
            return array["real"] + 1j * array["imag"]
        if array.dtype.kind not in "biuf":
            raise UnfitContentError(f"values of the type {array.dtype}")
        return array.astype(bool) if kind == "logical" else array

    def _cell(self, found: Any, references: np.ndarray) -> list[Any]:
        import h5py

        place = h5py.h5o.get_info(found.id).addr
        if place not in self._cells:
            with self._way.into(len(references)):
                self._cells[place] = [self.at(reference) for reference in references]
        return self._cells[place]

    def at(self, reference: Any) -> Any:
        """Return the value that a cell or a field refers to."""
        if not reference:
            raise UnfitContentError("a cell that refers to nothing")
        return self._plain(self._file[reference])


def _own(group: Any, name: str) -> Any:
    """Return a member of a group; one that lies in another file is not looked for."""
    import h5py

    if not isinstance(group.get(name, getlink=True), h5py.HardLink):
        raise UnfitContentError(f"{name!r} as a link to somewhere else")
    return group[name]


def _class_of(found: Any) -> str:
    kind = found.attrs.get("MATLAB_class", "")
    return kind.decode("ascii", "replace") if isinstance(kind, bytes) else str(kind)


def _is_column_of_structs(field: Any) -> bool:
    """Return whether a member of a group is one field of an array of structs: bare references."""
    import h5py

    if not isinstance(field, h5py.Dataset) or _class_of(field):
        return False
    return h5py.check_ref_dtype(field.dtype) is not None


def _empty(kind: str, shape: tuple[int, ...]) -> Any:
    if kind == "char":
        return ""
    if kind in ("cell", "struct", "canonical empty"):
        return []
    if np.prod(shape, dtype=float) != 0:
        raise UnfitContentError(f"an empty array of the shape {shape}")
    return np.zeros(shape, bool if kind == "logical" else kind if kind in _WHOLE else float)


def _decoded(text: Any) -> str:
    return text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)


def _joined(rows: list[str]) -> Any:
    if len(rows) <= 1:
        return rows[0] if rows else ""
    return [row.rstrip() for row in rows]
