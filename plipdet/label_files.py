"""Reading the pickled label files of public data sets without ever running code from them."""

from __future__ import annotations

import io
import pickle
import pickletools
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from plipdet.errors import InputError

_MAX_BYTES = 1 << 30
_MAX_DEPTH = 100
_MAX_RANGE = 1 << 17
_REMEMBER = ("PUT", "BINPUT", "LONG_BINPUT")
_PLAIN_TYPE = re.compile(r"[<>|=]?(?:\?|[biufcSU]\d+|O8?)")
_UNFINISHED = object()


def read_label_pickle(path: str | Path) -> Any:
    """Read a pickle of plain containers, numbers, strings and numpy arrays.

    Everything else in it is refused before it is called. Dictionaries of known kinds
    (``OrderedDict``, ``defaultdict``, ``EasyDict``) become plain ones. Strings of Python 2 are
    read as Latin-1.

    Returns:
        Python's containers, numbers and strings, and numpy arrays.

    Raises:
        InputError: If there is no such file, it is damaged, or it asks for anything else; the
            message names what it asks for.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError(f"there is no label file {path}")
    size = path.stat().st_size
    if size > _MAX_BYTES:
        raise InputError(f"{path} has {size} bytes; a label file has at most {_MAX_BYTES}")
    data = path.read_bytes()
    try:
        _check_sizes(data)
        return _plain(_LabelUnpickler(io.BytesIO(data), encoding="latin1").load(), {})
    except _RefusedError as error:
        raise InputError(
            f"{path} asks for {_one_line(error)}, and running it could do anything, so the file is "
            "not read; label files hold dictionaries, lists, numbers, strings and numpy arrays. "
            "Get the file from its publisher, or save it anew as such"
        ) from error
    except Exception as error:  # the unpickler raises whatever the damaged bytes provoke
        raise InputError(
            f"{path} is damaged or no label pickle ({size} bytes: "
            f"{type(error).__name__}: {_one_line(error)}); get it again from its publisher"
        ) from error


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:80]


class _RefusedError(Exception):
    """A name or a form of data that labels do not need."""


def _check_sizes(data: bytes) -> None:
    """Refuse lengths beyond the file and places beyond the count, which would only take memory."""
    for count, (opcode, argument, _) in enumerate(pickletools.genops(data)):
        if opcode.name in _REMEMBER and int(argument or 0) > count + 1:
            raise _RefusedError(f"place {argument} of its memory after {count} steps")


# --- stand-ins ------------------------------------------------------------------------------
# What a pickle names is never numpy's or another package's own function: those take a state from
# the file that can corrupt memory. It gets one of these classes, whose arguments are checked. All
# of them are classes with __setstate__, so that no state from the file reaches their attributes.


class _StandIn:
    def __setstate__(self, state: Any) -> None:
        raise _RefusedError(f"a state for {type(self).__name__.strip('_')}")


class _Record(dict, _StandIn):
    """Any of the known kinds of dictionary, plain after :func:`_plain`."""

    def __init__(self, *arguments: Any) -> None:
        pairs = arguments[-1] if arguments else ()  # a defaultdict's are its factory
        super().__init__(pairs if isinstance(pairs, (Mapping, list, tuple)) else ())

    def __setstate__(self, state: Any) -> None:
        if isinstance(state, dict):  # EasyDict has each entry as an attribute, too
            self.update(state)
        elif state is not None:
            super().__setstate__(state)


class _DType(_StandIn):
    """A numpy type of numbers or strings, or of Python objects that are labels themselves."""

    def __init__(self, name: Any, *copy_flags: Any) -> None:
        if not isinstance(name, str) or not _PLAIN_TYPE.fullmatch(name):
            raise _RefusedError(f"the numpy type {name!r}")
        self.dtype = np.dtype(name)

    def __setstate__(self, state: Any) -> None:
        _, order, subarray, names, fields, *_ = state
        if subarray is not None or names is not None or fields is not None:
            raise _RefusedError("a numpy type of several fields")
        if order in ("<", ">"):
            self.dtype = self.dtype.newbyteorder(order)


class _Array(_StandIn):
    """An array, filled by its state; real after :func:`_plain`."""

    values: np.ndarray | None = None

    def __init__(self, *arguments: Any) -> None:
        pass

    def __setstate__(self, state: Any) -> None:
        _, shape, kind, column_major, raw = state
        self.values = _array_of(raw, kind, shape, "F" if column_major else "C")


class _Buffer(_StandIn):
    """An array of pickle protocol 5, which comes in one piece."""

    def __new__(cls, raw: Any, kind: Any, shape: Any, order: Any, *rest: Any) -> Any:
        array = _Array()
        array.values = _array_of(raw, kind, shape, "F" if order == "F" else "C")
        return array


class _Scalar(_StandIn):
    """A numpy scalar, as the Python value it stands for."""

    def __new__(cls, kind: Any, raw: Any = None) -> Any:
        return _array_of(raw, kind, (), "C").item()


class _Bytes(_StandIn):
    """Bytes of protocols 0 to 2, which are written as Latin-1 text."""

    def __new__(cls, text: Any = "", encoding: Any = "latin1") -> Any:
        if not isinstance(text, str) or encoding not in ("latin1", "latin-1"):
            raise _RefusedError(f"the encoding {encoding!r}")
        return text.encode("latin1")


class _Rebuilt(_StandIn):
    """A dictionary of a known kind as protocols 0 and 1 write it."""

    def __new__(cls, kind: Any, base: Any = None, content: Any = ()) -> Any:
        if kind is not _Record:
            raise _RefusedError(f"an object of {getattr(kind, '__name__', kind)}")
        return _Record(content or ())


class _Range(_StandIn):
    """A range, as the list of its numbers."""

    def __new__(cls, *arguments: Any) -> Any:
        if not all(type(argument) is int for argument in arguments) or len(arguments) > 3:
            raise _RefusedError("a range of no whole numbers")
        numbers = range(*arguments)
        if len(numbers) > _MAX_RANGE:
            raise _RefusedError(f"a range of {len(numbers)} numbers")
        return list(numbers)


class _Name(_StandIn):
    """The name of a type, which others pass on; nothing is made of it."""

    def __new__(cls, *arguments: Any) -> Any:
        raise _RefusedError("a call of a type")


def _array_of(raw: Any, kind: Any, shape: Any, order: Any) -> np.ndarray:
    if not isinstance(kind, _DType) or not isinstance(shape, tuple):
        raise _RefusedError("an array of no known type")
    if kind.dtype.kind == "O":
        if not isinstance(raw, list):
            raise _RefusedError("an array of raw Python objects")
        values = np.empty(len(raw), dtype=object)
        for index, value in enumerate(raw):
            values[index] = value
    else:
        data = raw.encode("latin1") if isinstance(raw, str) else raw
        if not isinstance(data, (bytes, bytearray)):
            raise _RefusedError("an array without content")
        values = np.frombuffer(bytearray(data), dtype=kind.dtype)
    return values.reshape(shape, order=order)


_NUMPY_CORES = ("numpy.core", "numpy._core")
_PYTHON_2 = {"__builtin__": "builtins", "copy_reg": "copyreg"}
_ALLOWED: dict[tuple[str, str], Any] = {
    **{("builtins", kind.__name__): kind for kind in (set, frozenset, complex)},
    **{
        ("builtins", name): _Name
        for name in "bool int long float str unicode list dict tuple".split()
    },
    ("builtins", "bytes"): _Bytes,
    **{("builtins", name): _Range for name in ("range", "xrange")},
    ("_codecs", "encode"): _Bytes,
    ("copyreg", "_reconstructor"): _Rebuilt,
    **{("collections", n): _Record for n in ("OrderedDict", "defaultdict", "Counter")},
    ("easydict", "EasyDict"): _Record,
    ("numpy", "ndarray"): _Name,
    ("numpy", "dtype"): _DType,
    **{(f"{core}.multiarray", "_reconstruct"): _Array for core in _NUMPY_CORES},
    **{(f"{core}.multiarray", "scalar"): _Scalar for core in _NUMPY_CORES},
    **{(f"{core}.numeric", "_frombuffer"): _Buffer for core in _NUMPY_CORES},
}


class _LabelUnpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        module = _PYTHON_2.get(module, module)
        try:
            return _ALLOWED[module, name]
        except KeyError:
            raise _RefusedError(f"{module}.{name}") from None

    def persistent_load(self, pid: Any) -> Any:
        raise _RefusedError("an object outside the file")


# --- stand-ins to what they stand for -------------------------------------------------------


def _plain(value: Any, done: dict[int, Any], depth: int = 0) -> Any:
    """Return ``value`` without stand-ins; what is shared stays shared."""
    if isinstance(value, (str, bytes, int, float, complex)) or value is None:
        return value
    if depth > _MAX_DEPTH:
        raise _RefusedError(f"containers nested deeper than {_MAX_DEPTH}")
    if id(value) not in done:
        done[id(value)] = _UNFINISHED
        done[id(value)] = _plain_container(value, done, depth + 1)
    if done[id(value)] is _UNFINISHED:
        raise _RefusedError("a container inside itself")
    return done[id(value)]


def _plain_container(value: Any, done: dict[int, Any], depth: int) -> Any:
    def each(items: Iterable[Any]) -> list[Any]:
        return [_plain(item, done, depth) for item in items]

    if isinstance(value, dict):
        return dict(zip(each(value.keys()), each(value.values()), strict=True))
    if isinstance(value, (list, tuple, set, frozenset)):
        return type(value)(each(value))
    if isinstance(value, _Array) and value.values is not None:
        if value.values.dtype.kind != "O":
            return value.values
        values = np.empty_like(value.values)
        for index, item in enumerate(value.values.flat):
            values.flat[index] = _plain(item, done, depth)
        return values
    raise _RefusedError(
        f"an object of {getattr(type(value), '__name__', 'unknown type').strip('_')}"
    )
