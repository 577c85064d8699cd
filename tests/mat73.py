"""Files of MATLAB's version 7.3, written as MATLAB writes them, for tests."""

import itertools

import h5py
import numpy as np

_USERBLOCK = 512
_NUMBERS = itertools.count()
_CLASSES = {"f8": "double", "f4": "single", "b1": "logical"}


def write_mat73(path, content):
    """Write variables: dict is a struct, list a cell, str a row of characters, else numbers.

    A list whose first entry is ``STRUCTS`` is an array of structs, in a row.
    """
    with h5py.File(path, "w", userblock_size=_USERBLOCK, track_order=True) as file:
        for name, value in content.items():
            _write(file, name, value)
    with open(path, "r+b") as header:
        header.write(b"MATLAB 7.3 MAT-file, Platform: GLNXA64".ljust(_USERBLOCK, b" "))


STRUCTS = object()


def _write(group, name, value):
    if isinstance(value, dict):
        made = group.create_group(name)
        made.attrs["MATLAB_class"] = np.bytes_("struct")
        for key, item in value.items():
            _write(made, key, item)
    elif isinstance(value, list) and value and value[0] is STRUCTS:
        made = group.create_group(name)
        made.attrs["MATLAB_class"] = np.bytes_("struct")
        for key in value[1]:
            refs = [[_refer(group.file, row[key])] for row in value[1:]]
            made.create_dataset(key, data=np.array(refs, dtype=h5py.ref_dtype))
    elif isinstance(value, list):
        if value:
            refs = [[_refer(group.file, item) for item in value]]  # a column, its axes reversed
            made = group.create_dataset(name, data=np.array(refs, dtype=h5py.ref_dtype))
        else:
            made = _empty(group, name, (0, 0))
        made.attrs["MATLAB_class"] = np.bytes_("cell")
    elif isinstance(value, str):
        codes = np.frombuffer(value.encode("utf-16-le"), np.uint16)
        made = group.create_dataset(name, data=codes[:, None]) if value else _empty(group, name)
        made.attrs["MATLAB_class"] = np.bytes_("char")
        made.attrs["MATLAB_int_decode"] = np.int32(2)
    else:
        array = np.atleast_2d(np.asarray(value))
        kind = _CLASSES.get(array.dtype.str[1:], array.dtype.name)
        stored = array.astype(np.uint8) if kind == "logical" else array
        made = (
            group.create_dataset(name, data=stored.T)
            if array.size
            else _empty(group, name, array.shape)
        )
        made.attrs["MATLAB_class"] = np.bytes_(kind)
    return made


def _empty(group, name, shape=(0, 0)):
    made = group.create_dataset(name, data=np.array(shape, np.uint64))
    made.attrs["MATLAB_empty"] = np.uint8(1)
    return made


def _refer(file, value):
    refs = file.require_group("#refs#")
    return _write(refs, f"r{next(_NUMBERS)}", value).ref
