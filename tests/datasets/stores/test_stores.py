import multiprocessing
import os
import pickle
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from plipdet.datasets.stores import FileStore, LmdbStore, ShardStore
from plipdet.datasets.stores import lmdb_store as lmdb_module
from plipdet.datasets.stores.lmdb_writer import LmdbWriter
from plipdet.datasets.stores.packed_files import INDEX_FILE
from plipdet.datasets.stores.shard_writer import ShardWriter
from plipdet.errors import InputError, UnreadableImageError

NAMES = [f"Part{n % 3}/{n // 4}/{n}.jpg" for n in range(50)]
NAMES += ["a" * 90 + "/" + "b" * 90 + ".png", "Größe/人.jpg", "one.bmp", "empty.jpg", "big.jpg"]


def content(name):
    rng = np.random.default_rng(NAMES.index(name))
    length = {"empty.jpg": 0, "big.jpg": 200_000}.get(name, int(rng.integers(1, 5000)))
    return rng.bytes(length)


def fill(writer):
    for name in NAMES:
        writer.add(name, content(name))
    writer.close()


def file_store(folder):
    for name in NAMES:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content(name))
    return FileStore(folder)


def lmdb_store(folder):
    folder.mkdir()
    fill(LmdbWriter(folder))
    return LmdbStore(folder)


def shard_store(folder):
    folder.mkdir()
    fill(ShardWriter(folder, shard_size=40_000))
    return ShardStore(folder)


MAKE = {"files": file_store, "lmdb": lmdb_store, "shards": shard_store}


@pytest.fixture(params=MAKE)
def store(request, tmp_path):
    return MAKE[request.param](tmp_path / "store")


@pytest.fixture(params=["lmdb", "shards"])
def packed(request, tmp_path):
    return MAKE[request.param](tmp_path / "store")


def test_every_name_gives_its_bytes(store):
    for name in reversed(NAMES):
        assert store.has(name) and store.read(name) == content(name)
    assert sorted(store.names()) == sorted(NAMES)
    assert sorted(store.names("Part1")) == sorted(n for n in NAMES if n.startswith("Part1/"))
    assert list(store.names("none")) == []


@pytest.mark.parametrize("name", ["Part0/0/1.jpg", "Part9/0/0.jpg", "no.jpg", "x" * 600, "Part0"])
def test_absent_names(store, name):
    assert not store.has(name)
    if name != "Part0" and len(name) < 255:
        with pytest.raises(UnreadableImageError, match=f"no image .*{name}"):
            store.read(name)
    assert str(store.place) in store.where(name)


def test_shards_are_tar_files_and_keep_the_order(tmp_path):
    import tarfile

    store = shard_store(tmp_path / "store")
    shards = sorted((tmp_path / "store").glob("*.tar"))
    assert len(shards) > 3
    members = {}
    for shard in shards:
        with tarfile.open(shard) as tar:
            members.update({m.name: tar.extractfile(m).read() for m in tar})
    assert members == {name: content(name) for name in NAMES}
    assert list(members) == NAMES == list(store.names())


def test_packing_again_gives_the_same_bytes(tmp_path):
    for folder in ("a", "b"):
        shard_store(tmp_path / folder)
    for path in (tmp_path / "a").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes()


def test_pickled_it_is_its_place(store):
    store.read(NAMES[0])
    data = pickle.dumps(store)
    assert len(data) < 300
    assert pickle.loads(data).read(NAMES[3]) == content(NAMES[3])


def _read_all(stores, names, results):
    results.put([store.read(name) == content(name) for store in stores for name in names])


def _read_beside_others(stores, *, method, count):
    for store in stores:
        store.read(NAMES[0])  # open before the fork
    context = multiprocessing.get_context(method)
    results = context.Queue()
    workers = [
        context.Process(target=_read_all, args=(stores, NAMES, results)) for _ in range(count)
    ]
    for worker in workers:
        worker.start()
    for name in NAMES:
        assert all(store.read(name) == content(name) for store in stores)
    for _ in workers:
        assert all(results.get(timeout=60))
    for worker in workers:
        worker.join()


def test_forked_processes_read_at_once(store):
    _read_beside_others([store], method="fork", count=3)


def test_spawned_processes_read_at_once(tmp_path):
    stores = [make(tmp_path / name) for name, make in MAKE.items()]
    _read_beside_others(stores, method="spawn", count=1)


def _in_threads(count, function):
    start = threading.Barrier(count)

    def run(number):
        start.wait()
        return function(number)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


def test_threads_open_at_once(packed):
    # Several stores of one place as well as one store in several threads.
    for _ in range(20):
        stores = [type(packed)(packed.path) for _ in range(4)]

        def read(number, stores=stores):
            return stores[number % 4].read(NAMES[number]) == content(NAMES[number])

        assert all(_in_threads(16, read))
        del stores, read


@pytest.mark.skipif(not hasattr(os, "fork"), reason="nothing forks here")
def test_a_fork_while_a_thread_opens(tmp_path):
    path = lmdb_store(tmp_path / "store").path
    with lmdb_module._opening:  # as if a thread were about to open
        child = os.fork()
        if child == 0:
            signal.alarm(30)  # a deadlock is to end
            os._exit(LmdbStore(path).read(NAMES[3]) != content(NAMES[3]))
    assert os.waitpid(child, 0)[1] == 0


def test_two_stores_of_one_place(packed):
    again = type(packed)(packed.path)
    assert packed.read(NAMES[1]) == again.read(NAMES[1])
    del packed
    assert again.read(NAMES[2]) == content(NAMES[2])


@pytest.mark.parametrize("kind", [LmdbStore, ShardStore])
def test_a_place_without_a_packed_set(kind, tmp_path):
    for place in (tmp_path, tmp_path / "none"):
        with pytest.raises(InputError, match=r"there (is no LMDB|are no packed shards) in"):
            kind(place)


def test_the_other_kind_is_named(tmp_path):
    with pytest.raises(InputError, match=r"no LMDB in .* it has shards: use type=ShardStore"):
        LmdbStore(shard_store(tmp_path / "s").path)
    with pytest.raises(InputError, match=r"no packed shards in .* it has an LMDB: use type=LmdbSt"):
        ShardStore(lmdb_store(tmp_path / "l").path)


@pytest.mark.parametrize("keep", [0, 100, 0.3, 0.99])
def test_a_cut_lmdb_is_named(tmp_path, keep):
    path = lmdb_store(tmp_path / "store").path / "data.mdb"
    size = path.stat().st_size
    os.truncate(path, int(keep * size) if keep < 1 else keep)
    with pytest.raises(InputError, match=r"store.*(cut short|is no LMDB that can be read)"):
        LmdbStore(tmp_path / "store").read(NAMES[0])


def test_a_cut_or_lost_shard_is_named(tmp_path):
    path = shard_store(tmp_path / "store").path / "shard-00001.tar"
    os.truncate(path, 1000)
    with pytest.raises(InputError, match=r"shard-00001\.tar has 1000 bytes and not"):
        ShardStore(tmp_path / "store").has(NAMES[0])
    path.unlink()
    with pytest.raises(InputError, match=r"shard-00001\.tar is missing"):
        ShardStore(tmp_path / "store").read(NAMES[0])


def test_a_shard_cut_while_in_use_is_named(tmp_path):
    store = shard_store(tmp_path / "store")
    store.has(NAMES[0])
    os.truncate(tmp_path / "store/shard-00000.tar", 700)
    with pytest.raises(UnreadableImageError, match=r"shard-00000\.tar has \d+ of its"):
        store.read(NAMES[0])


@pytest.mark.parametrize("keep", [0, 10, 3000, -1])
def test_a_cut_index_is_named(tmp_path, keep):
    path = shard_store(tmp_path / "store").path / INDEX_FILE
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(InputError, match=r"index\.arrow is no index of shards"):
        ShardStore(tmp_path / "store").read(NAMES[0])


def test_an_empty_set(tmp_path):
    for kind, writer in ((LmdbStore, LmdbWriter), (ShardStore, ShardWriter)):
        folder = tmp_path / kind.__name__
        folder.mkdir()
        writer(folder).close()
        assert list(kind(folder).names()) == [] and not kind(folder).has("a.jpg")


def test_an_lmdb_refuses_long_names(tmp_path):
    writer = LmdbWriter(tmp_path)
    with pytest.raises(InputError, match=r"at most 511.*--to shards"):
        writer.add("x" * 512, b"data")


def test_an_lmdb_grows(tmp_path, monkeypatch):
    monkeypatch.setattr("plipdet.datasets.stores.lmdb_writer._FIRST_MAP", 1 << 15)
    monkeypatch.setattr("plipdet.datasets.stores.lmdb_writer._BATCH", 1 << 13)
    store = lmdb_store(tmp_path / "store")
    assert all(store.read(name) == content(name) for name in NAMES)


def test_a_file_store_sees_changes(tmp_path):
    store, other = FileStore(tmp_path), FileStore(tmp_path / "other")
    assert not store.has("a.jpg") and not other.has("a.jpg")
    (tmp_path / "a.jpg").write_bytes(b"1")
    assert store.has("a.jpg") and not other.has("a.jpg")
    (tmp_path / "a.jpg").unlink()
    assert not store.has("a.jpg")


def test_a_file_store_trusts_an_old_listing_only_as_long_as_it_holds(tmp_path):
    store = FileStore(tmp_path)
    (tmp_path / "a.jpg").write_bytes(b"1")
    long_ago = time.time() - 100
    os.utime(tmp_path, (long_ago, long_ago))
    assert store.has("a.jpg") and not store.has("b.jpg")
    (tmp_path / "b.jpg").write_bytes(b"1")
    assert store.has("a.jpg") and store.has("b.jpg")


def test_a_file_that_cannot_be_read(tmp_path):
    (tmp_path / "a.jpg").mkdir()
    with pytest.raises(UnreadableImageError, match=r"a\.jpg cannot be read: Is a directory"):
        FileStore(tmp_path).read("a.jpg")


def test_equal_hashes_are_told_apart(tmp_path, monkeypatch):
    module = "plipdet.datasets.stores.shard_index"
    monkeypatch.setattr(f"{module}.name_hash", lambda name: np.uint64(len(name) % 3))
    store = shard_store(tmp_path / "store")
    assert all(store.read(name) == content(name) for name in NAMES)
    assert not store.has("Part9/0/0.jpg")
