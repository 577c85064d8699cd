import json
import tracemalloc

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from plipdet.datasets.sources.json_list import JsonList
from plipdet.errors import InputError

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False),
    st.text(st.characters(codec="utf-8")),
)
VALUES = st.recursive(
    SCALARS, lambda v: st.lists(v, max_size=4) | st.dictionaries(st.text("aé\n😀"), v, max_size=4)
)
RECORD = {"id": 7, "file_path": "1/7.jpg", "captions": ["a man", "in red 😀"], "ratio": -1.5e-7}


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    return tmp_path_factory.mktemp("json") / "list.json"


def read(path, *, chunk=1 << 20):
    return list(JsonList(path, chunk=chunk))


def message(path, *, chunk=1 << 20):
    with pytest.raises(InputError) as caught:
        read(path, chunk=chunk)
    return str(caught.value)


@settings(max_examples=150, deadline=None)
@given(
    values=st.lists(VALUES, max_size=8),
    indent=st.sampled_from([None, 1]),
    ascii_only=st.booleans(),
    newline=st.sampled_from(["\n", "\r\n"]),
    bom=st.booleans(),
    chunk=st.integers(1, 70),
)
@example([12345678901234567890, -0.5, True], None, True, "\n", False, 1)
def test_any_list_reads_as_json_load_does(file, values, indent, ascii_only, newline, bom, chunk):
    text = json.dumps(values, indent=indent, ensure_ascii=ascii_only).replace("\n", newline)
    file.write_bytes((b"\xef\xbb\xbf" if bom else b"") + f" {text}{newline}".encode())
    assert read(file, chunk=chunk) == json.loads(text)


@settings(max_examples=300, deadline=None)
@given(text=st.text('[]{},:"\\ud8 \n-1.e0tru', max_size=14), chunk=st.integers(1, 6))
@example("[-Infinity,NaN]", 1)
@example('["\\ud83d\\ude00"]', 1)
@example("[1.]", 1)
def test_what_json_refuses_is_refused_at_the_same_place(file, text, chunk):
    file.write_text(text)
    try:
        expected = json.loads(text)
    except json.JSONDecodeError as error:
        found = message(file, chunk=chunk)
        if error.pos and text.lstrip(" \n").startswith("["):
            place = f"at offset {error.pos} (line {error.lineno}, column {error.colno})"
            # Python 3.13 has a message and a place of its own for a comma before the bracket.
            assert place in found or error.msg.startswith("Illegal trailing comma")
        return
    if isinstance(expected, list):
        assert repr(read(file, chunk=chunk)) == repr(expected)
    else:
        assert "expected a list of records" in message(file, chunk=chunk)


@pytest.mark.parametrize("chunk", [1, 7, 1 << 20])
def test_every_cut_is_told_with_what_was_read(file, chunk):
    whole = json.dumps([RECORD] * 3, ensure_ascii=False).encode()
    length = len(json.dumps(RECORD, ensure_ascii=False).encode())
    for end in range(len(whole)):
        file.write_bytes(whole[:end])
        found = message(file, chunk=chunk)
        records = sum(end > 1 + k * length + 2 * (k - 1) for k in (1, 2, 3))  # comma read, too
        assert (f" after {records} whole record(s)" in found) == (records > 0)
        assert "download it again" in found


def test_the_place_of_an_error_far_inside(file):
    lines = [json.dumps({**RECORD, "n": n}, ensure_ascii=False) for n in range(50)]
    lines[40] = lines[40].replace('"id": 7', '"id": 07')
    text = "[\r\n" + ",\r\n".join(lines) + "\r\n]"
    file.write_bytes(text.encode())
    offset = len(text[: text.index(" 07") + 2].encode())
    for chunk in (5, 300, 1 << 20):
        found = message(file, chunk=chunk)
        assert f"at offset {offset} (line 42, column 9) after 40 whole record(s)" in found


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "Expecting value at offset 0"),
        (b"  \n ", "Expecting value at offset 4"),
        (b'{"a": 1}', "holds a JSON object; expected a list"),
        (b'"a"', "holds a JSON string"),
        (b"-1", "holds a JSON number"),
        (b"null", "holds a JSON null"),
        (b"<html>", "Expecting value at offset 0"),
        (b"[1] x", "Extra data at offset 4 .*after 1 whole record"),
        (b"[1]]", "Extra data at offset 3"),
        (b'[1, "ab', r"Unterminated string starting at offset 4 \(line 1, column 5\)"),
        (b"[1]\xff", "no UTF-8 text at offset 3 after 1 whole"),
        (b'[1, "\xff"]', "no UTF-8 text at offset 5 after 1 whole"),
        ('[1, "é'.encode()[:-1], "no UTF-8 text at offset 5"),
        (b"\xef\xbb\xbf[\xff", "no UTF-8 text at offset 4"),
        ("[1]".encode("utf-16"), "no UTF-8 text at offset 0"),
        (b"[" * 100_000, "too many brackets"),
        (b"[" + b"9" * 5000 + b"]", "Exceeds the limit"),
    ],
)
@pytest.mark.parametrize("chunk", [1, 1 << 20])
def test_what_is_no_list(file, content, says, chunk):
    if chunk == 1 and len(content) > 4000:
        chunk = 512
    file.write_bytes(content)
    with pytest.raises(InputError, match=says):
        read(file, chunk=chunk)


def test_empty_lists(file):
    for text in ("[]", " [ \n ] \n", "[" + " " * 100 + "]"):
        file.write_text(text)
        assert read(file, chunk=3) == []


def test_records_far_larger_than_a_chunk_and_wide_gaps(file):
    values = [["x" * 5000], "y" * 3000, {"k": "é" * 2000}]
    file.write_text((" " * 999).join(["[", *",".join(map(json.dumps, values)).split("\0"), "]"]))
    assert read(file, chunk=10) == values


def test_memory_does_not_grow_with_the_file(file):
    with open(file, "w") as out:
        out.write("[" + ", ".join([json.dumps({"text": "x" * 990})] * 20_000) + "]")
    tracemalloc.start()
    assert sum(1 for _ in JsonList(file)) == 20_000
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8e6 < file.stat().st_size


def test_bytes_are_counted_once(file):
    file.write_text(json.dumps(list(range(1000))))
    counts = []
    assert list(JsonList(file, chunk=100, on_bytes=counts.append)) == list(range(1000))
    assert sum(counts) == file.stat().st_size and len(counts) > 10
