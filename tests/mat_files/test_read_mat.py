"""One reader for two formats: what is written in both is read as the same."""

import random
import struct
import zlib

import h5py
import numpy as np
import pytest
from mat73 import STRUCTS, write_mat73
from scipy.io import savemat
from scipy.sparse import eye

from plipdet.errors import InputError
from plipdet.mat_files import iter_mat, read_mat, read_one_of


def cell(values, shape=None):
    cells = np.empty(len(values), dtype=object)
    for at, value in enumerate(values):
        cells[at] = value
    return cells.reshape(shape or (-1, 1), order="F")


PARTS = [{"train": np.array([[1.0], [3.0]]), "name": "ä one"}, {"train": [], "name": "two"}]
PLAIN = {
    "text": "a ü",
    "none": "",
    "whole": np.arange(6, dtype=np.uint8).reshape(2, 3),
    "double": np.array([[1.0, 2.5], [-1.0, 1e300]]),
    "deep": np.arange(24.0).reshape(2, 3, 4),
    "yes": np.array([[True, False]]),
    "single": np.array([[0.5]], np.float32),
    "nothing": np.zeros((0, 3)),
    "cell": ["one", "two", np.array([[3.0]]), [], ["deeper"]],
    "struct": {"names": ["hat"], "inner": {"x": np.array([[7]], np.int16)}},
    "structs": PARTS,
}


def as_scipy(value):
    if isinstance(value, dict):
        return {key: as_scipy(item) for key, item in value.items()}
    if isinstance(value, list):
        return cell([as_scipy(item) for item in value]) if value else np.zeros((0, 0), object)
    return value


def as_matlab73(value):
    return value if value is not PARTS else [STRUCTS, *PARTS]


@pytest.fixture(params=["version 5", "compressed", "version 7.3"])
def written(request, tmp_path):
    """A function that writes variables in one of the formats and returns the file."""

    def write(**content):
        path = tmp_path / "file.mat"
        if request.param == "version 7.3":
            write_mat73(path, {name: as_matlab73(value) for name, value in content.items()})
        else:
            parts = {name: as_scipy(value) for name, value in content.items()}
            if "structs" in content:
                kinds = [("train", object), ("name", object)]
                found = [tuple(as_scipy(part[name]) for name, _ in kinds) for part in PARTS]
                parts["structs"] = np.array([found], kinds)
            savemat(path, parts, do_compression=request.param == "compressed")
        return path

    return write


def assert_same(found, wanted):
    assert type(found) is type(wanted)
    if isinstance(wanted, dict):
        assert set(found) == set(wanted)
        for key, value in wanted.items():
            assert_same(found[key], value)
    elif isinstance(wanted, list):
        assert len(found) == len(wanted)
        for one, other in zip(found, wanted, strict=True):
            assert_same(one, other)
    elif isinstance(wanted, str):
        assert found == wanted
    else:
        assert found.dtype == wanted.dtype and found.shape == wanted.shape
        np.testing.assert_array_equal(found, wanted)


@pytest.mark.parametrize("name", PLAIN)
def test_a_value_is_the_same_in_all_formats(written, name):
    path = written(**{name: PLAIN[name]}, other=np.ones((2, 2)))
    assert_same(read_mat(path, [name]), {name: PLAIN[name]})


def test_cells_are_in_matlabs_order_and_rows_of_characters_a_list(tmp_path):
    path = tmp_path / "five.mat"
    savemat(path, {"cells": cell("acbd", (2, 2)), "rows": np.array(["a  ", "bcd"])})
    assert read_mat(path, ["cells", "rows"]) == {"cells": [*"acbd"], "rows": ["a", "bcd"]}
    with h5py.File(tmp_path / "seven.mat", "w") as file:
        codes = np.array([[ord(c) for c in row] for row in ("a  ", "bcd")], np.uint16)
        rows = file.create_dataset("rows", data=codes.T)
        rows.attrs["MATLAB_class"] = np.bytes_("char")
        cells = file.create_dataset("cells", (2, 2), dtype=h5py.ref_dtype)  # MATLAB's transposed
        for at, text in enumerate("acbd"):
            found = file.create_dataset(text, data=np.array([[ord(text)]], np.uint16))
            found.attrs["MATLAB_class"] = np.bytes_("char")
            cells[at // 2, at % 2] = found.ref
    found = read_mat(tmp_path / "seven.mat", ["cells", "rows"])
    assert found == {"cells": [*"acbd"], "rows": ["a", "bcd"]}


def test_doubles_stored_in_fewer_bytes_and_the_other_order_of_bytes(tmp_path):
    def element(kind, data):
        return struct.pack(">II", kind, len(data)) + data + bytes(-len(data) % 8)

    array = b"".join(
        [
            element(6, struct.pack(">II", 6, 0)),  # a double
            element(5, struct.pack(">ii", 1, 3)),
            struct.pack(">HH4s", 1, 1, b"x"),  # a small element
            element(2, bytes([1, 2, 255])),  # whole numbers fit into a byte
        ]
    )
    path = tmp_path / "big_endian.mat"
    header = b"MATLAB 5.0 MAT-file".ljust(124) + b"\x01\x00MI"
    path.write_bytes(header + element(14, array))
    assert_same(read_mat(path, ["x"]), {"x": np.array([[1.0, 2.0, 255.0]])})


def test_a_missing_file_and_a_missing_variable(written, tmp_path):
    path = written(attributes=["hat"], train_label=np.ones((1, 1)))
    says = r"lacks train_labels; did you mean 'train_label'\?; its variables are attributes, train"
    with pytest.raises(InputError, match=says):
        read_mat(path, ["attributes", "train_labels"])
    with pytest.raises(InputError, match="there is no file"):
        read_mat(tmp_path / "gone.mat", ["x"])


@pytest.mark.parametrize("content", [b"", b"<html>" * 100, b"\x89PNG\r\n\x1a\n", b"\x80\x04}q."])
def test_files_of_other_kinds(tmp_path, content):
    (tmp_path / "x.mat").write_bytes(content)
    with pytest.raises(InputError, match=r"x\.mat is damaged, cut short, or no \.mat file"):
        read_mat(tmp_path / "x.mat", ["x"])


def test_damaged_bytes_are_input_errors_or_other_values(written):
    path = written(**PLAIN)
    whole = path.read_bytes()
    rng = random.Random(0)
    refused = 0
    for number in range(120):
        data = bytearray(whole)
        if number % 3:
            for _ in range(1 + number % 7):
                data[rng.randrange(len(data))] = rng.randrange(256)
        else:
            del data[rng.randrange(len(data)) :]
        path.write_bytes(data)
        try:
            read_mat(path, list(PLAIN))
        except InputError:
            refused += 1
    assert refused > 39  # each that is cut short, and some of the others


def test_objects_and_sparse_matrices_are_refused(tmp_path):
    path = tmp_path / "x.mat"
    savemat(path, {"x": eye(3)})
    with pytest.raises(InputError, match=r"holds a sparse matrix; save full\(x\)"):
        read_mat(path, ["x"])
    write_mat73(path, {"x": np.ones((1, 1))})
    with h5py.File(path, "a") as file:
        file["x"].attrs["MATLAB_class"] = np.bytes_("string")
    with pytest.raises(InputError, match=r"object of a MATLAB class, .* cellstr\(x\)"):
        read_mat(path, ["x"])


def test_other_files_are_not_followed(tmp_path):
    write_mat73(tmp_path / "other.mat", {"x": np.ones((1, 1))})
    with h5py.File(tmp_path / "x.mat", "w") as file:
        file["linked"] = h5py.ExternalLink(str(tmp_path / "other.mat"), "x")
        outside = [(str(tmp_path / "other.mat"), 0, 16)]
        file.create_dataset("outside", (2,), "f8", external=outside)
        layout = h5py.VirtualLayout((1, 1), "f8")
        layout[:] = h5py.VirtualSource(str(tmp_path / "other.mat"), "x", (1, 1))
        file.create_virtual_dataset("virtual", layout)
    for name, says in (
        ("linked", "a link to somewhere else"),
        ("outside", "lie in another file"),
        ("virtual", "lie in another file"),
    ):
        with pytest.raises(InputError, match=says):
            read_mat(tmp_path / "x.mat", [name])


def test_values_inside_themselves_and_bombs_end(tmp_path):
    path = tmp_path / "x.mat"
    with h5py.File(path, "w") as file:
        loop = file.create_dataset("loop", (1, 1), dtype=h5py.ref_dtype)
        loop[0, 0] = loop.ref
        inner = file.create_dataset("bomb0", data=np.ones((1, 1)))
        for level in range(1, 9):
            cells = file.create_dataset(f"bomb{level}", (1, 100), dtype=h5py.ref_dtype)
            cells[...] = inner.ref
            inner = cells
        file.create_dataset("wide", (1 << 20, 1 << 20), "f8", chunks=(1, 1 << 10))
    for name, says in (("loop", "values inside one another"), ("wide", "larger than 2 GiB")):
        with pytest.raises(InputError, match=says):
            read_mat(path, [name])
    bomb = read_mat(path, ["bomb8"])["bomb8"]  # 100 times the same 100 times the same ...
    assert len(bomb) == 100 and all(entry is bomb[0] for entry in bomb)


def test_a_variable_that_unpacks_to_more_than_memory_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("plipdet.mat_files.version5._LARGEST", 1 << 16)
    path = tmp_path / "x.mat"
    savemat(path, {"x": np.zeros((1000, 1000))}, do_compression=True)
    assert len(zlib.compress(bytes(8_000_000))) < 1 << 16
    with pytest.raises(InputError, match="a variable larger than 2 GiB"):
        read_mat(path, ["x"])


@pytest.mark.parametrize("name", ["structs", "cell", "struct"])
def test_entries_one_by_one_are_those_of_the_whole(written, name):
    path = written(other=np.ones((9, 9)), **{name: PLAIN[name]})
    whole = read_mat(path, [name])[name]
    found = list(iter_mat(path, name))
    assert_same(found, whole if isinstance(whole, list) else [whole])


def test_structs_without_entries_have_none(written):
    assert list(iter_mat(written(x=[]), "x")) == []


def test_a_variable_without_entries_is_refused(written):
    path = written(x=np.ones((2, 2)), text="abc")
    for name in ("x", "text"):
        with pytest.raises(InputError, match="neither a cell nor structs"):
            next(iter_mat(path, name))
    with pytest.raises(InputError, match=r"lacks texts; did you mean 'text'\?"):
        next(iter_mat(path, "texts"))
    with pytest.raises(InputError, match="there is no file"):
        next(iter_mat(path.with_name("y.mat"), "x"))


def test_damaged_entries_are_input_errors_or_other_values(written):
    path = written(structs=PARTS, cell=[*"abcdef"])
    whole = path.read_bytes()
    rng = random.Random(1)
    refused = 0
    for number in range(30):
        data = bytearray(whole)
        if number % 3:
            for _ in range(1 + number % 5):
                data[rng.randrange(len(data))] = rng.randrange(256)
        else:
            del data[rng.randrange(len(data)) :]
        path.write_bytes(data)
        for name in ("structs", "cell"):
            try:
                list(iter_mat(path, name))
            except InputError:
                refused += 1
    assert refused >= 10  # each that is cut short


def test_equal_values_are_kept_and_cannot_be_changed_in_one_place(tmp_path):
    savemat(tmp_path / "x.mat", {"x": cell([cell([np.ones((1, 2))] * 3)])})
    ((first, second, _),) = iter_mat(tmp_path / "x.mat", "x")
    assert first is second
    with pytest.raises(ValueError, match="read-only"):
        first[0, 0] = 7


def test_the_first_of_several_names_that_a_file_has(written):
    path = written(second=np.ones((1, 2)), third="c")
    name, value = read_one_of(path, ["first", "second", "third"])
    assert name == "second" and value.tolist() == [[1, 1]]
    with pytest.raises(InputError, match="lacks first"):
        read_one_of(path, ["first", "fourth"])
