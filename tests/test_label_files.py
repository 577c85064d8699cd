import builtins
import collections
import os
import pickle
import struct
import sys
import types

import numpy as np
import pytest

from plipdet.errors import InputError
from plipdet.label_files import read_label_pickle


@pytest.fixture
def easy_dict():
    """EasyDict as its package defines it: a dictionary whose entries are attributes, too."""

    class EasyDict(dict):
        def __init__(self, entries=()):
            for key, value in dict(entries).items():
                setattr(self, key, value)

        def __setattr__(self, name, value):
            super().__setattr__(name, value)
            super().__setitem__(name, value)

    EasyDict.__module__, EasyDict.__qualname__ = "easydict", "EasyDict"
    sys.modules["easydict"] = types.SimpleNamespace(EasyDict=EasyDict)
    yield EasyDict
    del sys.modules["easydict"]


def read(data, tmp_path):
    path = tmp_path / "labels.pkl"
    path.write_bytes(data)
    return read_label_pickle(path)


def labels(easy_dict):
    shared = ["a.png", "ü.png"]
    record = easy_dict({"image_name": shared, "label": np.eye(3, dtype=np.int8)})
    record.partition = easy_dict({"train": [np.arange(4), np.zeros(0)], "names": shared})
    record.weights = [np.float32(0.5), np.int64(7), np.bool_(True), np.str_("x")]
    record.column_major = np.asfortranarray(np.arange(6.0).reshape(2, 3))
    record.big_endian = np.arange(3, dtype=">i4")
    record.strings = np.array(["hat", "bag"])
    record.bytes = np.array([b"hat", b"b"])
    record.cells = np.array([["hat", 1], [None, np.arange(2)]], dtype=object)
    record.flags = np.array([True, False])
    record.order = collections.OrderedDict(b=1, a=2)
    record.groups = collections.defaultdict(list, {3: [1, 2]})
    record.counts = collections.Counter("aab")
    record.ranges = [range(0), range(79, 105), range(9, 0, -2)]
    record.sets = [{1, 2}, frozenset({3}), 1j, b"\x00\xff", b"", (1, (2.5, None)), True, 2**70]
    return record


def assert_same(found, wanted):
    if isinstance(wanted, np.ndarray):
        assert type(found) is np.ndarray and found.shape == wanted.shape
        assert found.dtype == wanted.dtype
        for a, b in zip(found.flat, wanted.flat, strict=True):
            assert_same(a, b) if wanted.dtype == object else None
        if wanted.dtype != object:
            np.testing.assert_array_equal(found, wanted)
    elif isinstance(wanted, dict):
        assert type(found) is dict and list(found) == list(wanted)
        for key in wanted:
            assert_same(found[key], wanted[key])
    elif isinstance(wanted, range):
        assert found == list(wanted)
    elif isinstance(wanted, (list, tuple)):
        assert type(found) is type(wanted) and len(found) == len(wanted)
        for a, b in zip(found, wanted, strict=True):
            assert_same(a, b)
    else:
        wanted = wanted.item() if isinstance(wanted, np.generic) else wanted
        assert type(found) is type(wanted) and found == wanted


@pytest.mark.parametrize("protocol", range(6))
def test_labels_of_each_protocol_become_plain(tmp_path, easy_dict, protocol):
    record = labels(easy_dict)
    found = read(pickle.dumps(record, protocol=protocol), tmp_path)
    assert_same(found, record)
    assert found["partition"]["names"] is found["image_name"]  # shared as in the file
    found["label"][0, 0] = 5  # and writable


@pytest.mark.parametrize("numpy_1", [True, False])
def test_arrays_of_both_numpy_versions(tmp_path, numpy_1):
    data = pickle.dumps({"label": np.arange(3), "one": np.float64(2)}, protocol=2)
    old, new = b"numpy.core.multiarray", b"numpy._core.multiarray"
    data = data.replace(new, old) if numpy_1 else data.replace(old, new)
    assert (old in data) == numpy_1
    found = read(data, tmp_path)
    assert found["label"].tolist() == [0, 1, 2] and found["one"] == 2


def test_a_file_of_python_2(tmp_path):
    # cPickle.dumps({'label': numpy.array([1, 2], '<i2'), u'n': set([long(3)]), 's': '\xfc'}, 2)
    array = (
        b"cnumpy.core.multiarray\n_reconstruct\nq\x02cnumpy\nndarray\nq\x03K\x00\x85U\x01b\x87Rq\x04"
        b"(K\x01K\x02\x85cnumpy\ndtype\nq\x05U\x02i2K\x00K\x01\x87Rq\x06"
        b"(K\x03U\x01<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89U\x04\x01\x00\x02\x00tb"
    )
    rest = b"X\x01\x00\x00\x00nc__builtin__\nset\nq\x07]\x8a\x01\x03a\x85RU\x01sU\x01\xfc"
    found = read(b"\x80\x02}q\x01(U\x05label" + array + rest + b"u.", tmp_path)
    assert found["label"].tolist() == [1, 2] and found["label"].dtype == np.int16
    assert found["n"] == {3} and found["s"] == "ü"


def call(function, *arguments):
    class Call:
        def __reduce__(self):
            return function, arguments

    return Call()


def glob(module, name):
    return f"c{module}\n{name}\n".encode()


MARKER_CODE = "__import__('os').mkdir({!r})"


@pytest.mark.parametrize("protocol", [0, 2, 4])
@pytest.mark.parametrize(
    ("function", "arguments", "named"),
    [
        (os.system, ("mkdir {}",), "posix.system"),
        (builtins.eval, (MARKER_CODE,), "builtins.eval"),
        (builtins.exec, (MARKER_CODE,), "builtins.exec"),
        (os.mkdir, ("{}",), "posix.mkdir"),
        (np.memmap, ("{}", "u1", "w+", 0, 4), "numpy.memmap|numpy.*memmap"),
        (np.load, ("{}",), "numpy.*load"),
        (getattr, (os, "mkdir"), "builtins.getattr|Error"),
        (np.dtype, ("V8",), "the numpy type 'V8'"),
        (np.dtype, (("f8", 3),), "the numpy type"),
        (bytearray, (10,), "builtins.bytearray"),
        (str, ([[]],), "a call of a type"),
    ],
)
def test_calls_are_refused_by_name(tmp_path, protocol, function, arguments, named):
    trace = tmp_path / "ran"
    arguments = [a.format(str(trace)) if isinstance(a, str) else a for a in arguments]
    if function is getattr:
        arguments = ["os", "mkdir"]
    data = pickle.dumps({"label": [1], "more": [call(function, *arguments)]}, protocol=protocol)
    with pytest.raises(InputError, match=named) as caught:
        read(data, tmp_path)
    assert "labels.pkl" in str(caught.value) and "\n" not in str(caught.value)
    assert not trace.exists()


ARRAY = (
    glob("numpy.core.multiarray", "_reconstruct")
    + glob("numpy", "ndarray")
    + b"K\x00\x85C\x01b\x87R"
)
DTYPE = glob("numpy", "dtype") + b"X\x02\x00\x00\x00i2\x85R"
SYSTEM = glob("os", "system") + b"X\x09\x00\x00\x00mkdir ran\x85R"


@pytest.mark.parametrize(
    "program",
    {
        "system": SYSTEM,
        "old_instance": b"(X\x09\x00\x00\x00mkdir ranios\nsystem\n",
        "stack_global": b"\x8c\x02os\x8c\x06system\x93X\x09\x00\x00\x00mkdir ran\x85R",
        "dotted_name": b"\x8c\x08builtins\x8c\x0dset.__class__\x93)R",
        "dotted_method": b"\x8c\x0bcollections\x8c\x14OrderedDict.__init__\x93)R",
        "attributes_of_a_type": glob("builtins", "set") + b"N}X\x01\x00\x00\x00aK\x01s\x86b",
        "attributes_of_ours": glob("easydict", "EasyDict") + b"N}X\x06\x00\x00\x00updateNs\x86b",
        "state_of_ours": glob("numpy", "dtype") + b"}b",
        "class_of_an_array": ARRAY + b"}X\x09\x00\x00\x00__class__" + glob("os", "system") + b"sb",
        "object_pointers_from_bytes": ARRAY
        + b"(K\x01K\x01\x85" + DTYPE.replace(b"\x02\x00\x00\x00i2", b"\x02\x00\x00\x00O8")
        + b"\x89C\x08AAAAAAAAtb",
        "wrong_size": ARRAY + b"(K\x01K\x09\x85" + DTYPE + b"\x89C\x02AAtb",
        "dtype_with_fields": DTYPE
        + b"(K\x03X\x01\x00\x00\x00|NX\x01\x00\x00\x00a\x85}K\x08K\x01K\x3ftb",
        "a_number_for_bytes": ARRAY + b"(K\x01K\x01\x85" + DTYPE + b"\x89J\xff\xff\xff\x7ftb",
        "scalar_of_an_object": glob("numpy.core.multiarray", "scalar")
        + DTYPE.replace(b"\x02\x00\x00\x00i2", b"\x02\x00\x00\x00O8") + SYSTEM + b"\x86R",
        "rebuilt": glob("copyreg", "_reconstructor") + glob("os", "system") + b"NN\x87R",
        "rebuilt_type": glob("copyreg", "_reconstructor") + glob("numpy", "dtype") + b"NN\x87R",
        "codec": glob("_codecs", "encode") + b"X\x01\x00\x00\x00aX\x03\x00\x00\x00hex\x86R",
        "extension": b"\x82\x01",
        "persistent": b"Pos.system\n",
        "out_of_band": b"\x97",
        "a_type": glob("numpy", "ndarray"),
        "inside_itself": b"]q\x00h\x00a",
    }.items(),
    ids=lambda p: p[0],
)  # fmt: skip
def test_programs_of_the_pickle_machine_are_refused(tmp_path, monkeypatch, program):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=r"asks for|damaged") as caught:
        read(b"\x80\x04" + program[1] + b".", tmp_path)
    assert "\n" not in str(caught.value)
    assert [p.name for p in tmp_path.iterdir()] == ["labels.pkl"]
    assert read(pickle.dumps({"a": {1}}), tmp_path) == {"a": {1}}  # nothing of ours has changed


def test_bombs_of_size_and_depth_are_refused(tmp_path):
    def refused(program, words):
        with pytest.raises(InputError, match=words):
            read(b"\x80\x04" + program + b".", tmp_path)

    refused(b"]r" + struct.pack("<I", 2**32 - 1), "place 4294967295")
    refused(b"\x8e" + struct.pack("<Q", 2**40), "damaged")
    refused(b"\x96" + struct.pack("<Q", 2**40), "damaged")
    refused(b"]" * 5000 + b"a" * 4999, "nested deeper")
    laughs = b"](K\x01K\x01e" + b"".join(b"q%c0](h%ch%ce" % (i, i, i) for i in range(60))
    refused(glob("builtins", "str") + laughs + b"\x85R", "a call of a type")
    assert len(read(b"\x80\x04" + laughs + b".", tmp_path)) == 2  # shared, not multiplied


@pytest.mark.parametrize("content", [b"", b"label 1", b"\x80\x04", b"PK\x03\x04" + bytes(99)])
def test_damaged_and_other_files(tmp_path, content):
    with pytest.raises(InputError, match="damaged or no label pickle"):
        read(content, tmp_path)


def test_cut_files(tmp_path, easy_dict):
    data = pickle.dumps(labels(easy_dict))
    for length in range(0, len(data) - 1, 37):
        with pytest.raises(InputError, match="damaged"):
            read(data[:length], tmp_path)
    with pytest.raises(InputError, match="there is no label file"):
        read_label_pickle(tmp_path / "other.pkl")
