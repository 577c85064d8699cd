from collections import namedtuple

import pyarrow as pa
import pytest

from plipdet.datasets import packing
from plipdet.datasets.packing import check_room, compare_pictures, pack_pictures, picture_names
from plipdet.datasets.stores import FileStore, LmdbStore, ShardStore
from plipdet.datasets.stores.lmdb_writer import LmdbWriter
from plipdet.datasets.stores.shard_writer import ShardWriter
from plipdet.errors import InputError, UnreadableImageError
from plipdet.structures import PersonTable

FORMATS = {"lmdb": (LmdbWriter, LmdbStore), "shards": (ShardWriter, ShardStore)}
NAMES = pa.array([f"{n % 5}/{n}.jpg" for n in range(100)])


@pytest.fixture
def files(tmp_path, save_image):
    for n, name in enumerate(NAMES.to_pylist()):
        save_image(tmp_path / "files" / name, seed=n)
    return FileStore(tmp_path / "files")


@pytest.fixture(params=FORMATS)
def formats(request, tmp_path):
    (tmp_path / "packed").mkdir()
    writer, store = FORMATS[request.param]
    return writer(tmp_path / "packed"), lambda: store(tmp_path / "packed")


def test_packed_pictures_are_the_same_bytes(files, formats):
    writer, packed = formats
    size, unreadable = pack_pictures(files, NAMES, writer, workers=3)
    assert size == sum(len(files.read(name)) for name in NAMES.to_pylist()) and not unreadable
    assert sorted(packed().names()) == sorted(NAMES.to_pylist())
    assert compare_pictures(files, packed(), NAMES) == []


def test_differences_are_found(files, formats, tmp_path):
    writer, packed = formats
    pack_pictures(files, NAMES.slice(0, 99), writer)
    (tmp_path / "files" / NAMES[40].as_py()).write_bytes(b"other")
    assert compare_pictures(files, packed(), NAMES) == [NAMES[40].as_py(), NAMES[99].as_py()]


def test_an_unreadable_picture_stops_or_is_listed(files, formats, tmp_path):
    writer, packed = formats
    broken = NAMES[70].as_py()
    (tmp_path / "files" / broken).write_bytes(b"no picture")
    with pytest.raises(UnreadableImageError, match=f"{broken} cannot be read"):
        pack_pictures(files, NAMES, ShardWriter(tmp_path))
    _, unreadable = pack_pictures(files, NAMES, writer, keep_unreadable=True)
    assert list(unreadable) == [broken] and "it is no picture" in unreadable[broken]
    assert packed().read(broken) == b"no picture"


def test_a_missing_picture_stops_in_any_case(files, tmp_path):
    (tmp_path / "files" / NAMES[70].as_py()).unlink()
    with pytest.raises(UnreadableImageError, match="no image"):
        pack_pictures(files, NAMES, ShardWriter(tmp_path), keep_unreadable=True)


def test_each_picture_once_in_the_order_of_the_table(tmp_path):
    rows = [{"image": name} for name in ("b", "a", "b", "c", "a")]
    table = PersonTable.from_rows(rows, tmp_path)
    assert picture_names(table).to_pylist() == ["b", "a", "c"]


def test_a_disk_without_room_is_refused_before_packing(files, tmp_path, monkeypatch):
    usage = namedtuple("usage", "free")
    monkeypatch.setattr(packing.shutil, "disk_usage", lambda place: usage(100_000))
    with pytest.raises(InputError, match=r"100 pictures need about \d MB and .* 0 MB; make room"):
        check_room(files, NAMES, tmp_path / "a/b")
    monkeypatch.setattr(packing.shutil, "disk_usage", lambda place: usage(10_000_000))
    check_room(files, NAMES, tmp_path / "a/b")
