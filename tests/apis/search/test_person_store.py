import dataclasses
import json

import numpy as np
import pytest

from plipdet.apis.search import FileRecord, FoundPerson, PersonStore, View, WalkState
from plipdet.errors import InputError

pytest.importorskip("lancedb")
WIDTH = 8
FILE = FileRecord("/v.mp4", size=5, modified=7, state="partial", frames=3, tracks=2)


def unit(*values):
    vector = np.zeros(WIDTH, np.float32)
    vector[: len(values)] = values
    return vector / np.linalg.norm(vector)


def person(embedding, path="/a.jpg", **facts):
    views = (View(0, facts.get("start"), (1.5, 2, 30, 60), 0.75, 12.5),)
    return FoundPerson(path, views, embedding, b"jpeg", **facts)


def walk(embedding, track, seen=4):
    state = WalkState(seen, 2, (1.0, 2.0, 3.0, 4.0), (0.5, -0.5), 33.25)
    return person(embedding, "/v.mp4", track=track, start=1.0, end=2.5, walk=state)


def done(path, **facts):
    return FileRecord(path, size=1, modified=1, state="done", **facts)


@pytest.fixture
def store(tmp_path):
    with PersonStore(tmp_path / "s", fingerprint="one", width=WIDTH, write=True) as store:
        yield store


def test_keeps_what_it_gets(store):
    one = person(unit(1, 0.1), camera="lobby", labels=("hat", "bag"))
    other = walk(unit(0, 1), 1)
    store.add([one, other], [done("/a.jpg", people=1, camera="lobby"), FILE])
    reader = PersonStore(store.folder)
    assert len(reader) == 2
    assert reader.files() == {"/a.jpg": done("/a.jpg", people=1, camera="lobby"), "/v.mp4": FILE}
    first, second = reader.search(unit(1))
    assert first.similarity == pytest.approx(1 / np.hypot(1, 0.1), abs=1e-6)
    assert second.similarity == pytest.approx(0, abs=1e-6)
    for hit, wanted in [(first, one), (second, other)]:
        assert len(hit.person.embedding) == 0
        assert dataclasses.replace(hit.person, embedding=wanted.embedding) == wanted
    (back,) = store.walks_of("/v.mp4")
    np.testing.assert_array_equal(back.embedding, other.embedding)
    assert dataclasses.replace(back, embedding=other.embedding) == other


def test_replaces_walks_at_the_next_commit(store):
    store.add([walk(unit(1), 0), walk(unit(0, 1), 1)], [FILE])
    over = dataclasses.replace(walk(unit(1), 0, seen=9), walk=None)
    store.add([over, walk(unit(0, 1), 1, seen=9)], [dataclasses.replace(FILE, frames=9)])
    assert len(store) == 2
    assert [w.walk.seen for w in store.walks_of("/v.mp4")] == [9]
    assert store.files()["/v.mp4"].frames == 9


def test_conditions_come_before_the_limit(store):
    people = [person(unit(1, i / 10), camera="a" if i else "b", start=float(i)) for i in range(9)]
    people = [dataclasses.replace(p, end=p.start + 1) for p in people]
    people[8] = dataclasses.replace(people[8], labels=("hat",), path="/Dir/x.jpg")
    store.add(people, [done("/a.jpg"), done("/Dir/x.jpg")])

    def found(where, limit=2):
        return [hit.person.start for hit in store.search(unit(1), limit=limit, where=where)]

    assert found(None) == [0, 1]
    assert found("camera = a") == [1, 2]
    assert found("camera != a") == [0]
    assert found("time >= 5 and time <= 6", limit=9) == [4, 5, 6]
    assert found("label = hat") == [8]
    assert found("path ~ dir") == [8]
    assert found("score < 0.5") == []
    with pytest.raises(InputError, match="did you mean 'label'"):
        found("lable = hat")
    with pytest.raises(InputError, match="limit is 0"):
        found(None, limit=0)


def test_recovers_from_a_death_between_the_two_tables(store):
    store.add([person(unit(1))], [done("/a.jpg")])
    whole, store._files = store._files, None
    with pytest.raises(AttributeError):
        store.add([person(unit(0, 1), "/b.jpg")], [done("/b.jpg")])
    store._files = whole
    reader = PersonStore(store.folder)
    assert len(reader) == 1
    assert [hit.person.path for hit in reader.search(unit(0, 1))] == ["/a.jpg"]
    store.close()
    with PersonStore(store.folder, fingerprint="one", write=True) as again:
        assert again._people.count_rows() == 1
        again.add([person(unit(0, 1), "/b.jpg")], [done("/b.jpg")])
        assert len(again) == 2


def test_recovers_from_a_death_before_old_walks_are_removed(store, monkeypatch):
    store.add([walk(unit(1), 0)], [FILE])
    monkeypatch.setattr(PersonStore, "_remove_old_walks", lambda *_: None)
    store.add([walk(unit(1), 0, seen=9)], [FILE])
    assert [hit.person.walk.seen for hit in PersonStore(store.folder).search(unit(1))] == [9]
    store.close()
    monkeypatch.undo()
    with PersonStore(store.folder, fingerprint="one", write=True) as again:
        assert [w.walk.seen for w in again.walks_of("/v.mp4")] == [9]


def test_forgets_files(store):
    names = [f"/photos/{i}.jpg" for i in range(20)] + ["/it's private.jpg", "/secret.jpg"]
    people = [dataclasses.replace(person(unit(1), n), thumbnail=n.encode() * 9) for n in names]
    store.add(people, [done(name) for name in names])
    assert store.forget(names[20:]) == 2
    assert sorted(store.files()) == sorted(names[:20])
    assert len(store.search(unit(1), limit=50)) == 20
    held = b"".join(f.read_bytes() for f in store.folder.rglob("*") if f.is_file())
    assert b"secret" not in held and b"private" not in held
    store.add([person(unit(1), "/secret.jpg")], [done("/secret.jpg")])
    assert len(store) == 21
    assert store.forget(sorted(store.files())) == 21
    assert len(store) == 0


def test_an_index_finds_nearly_the_same(tmp_path):
    draws = np.random.default_rng(0)
    vectors = draws.standard_normal((600, 16)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    options = {"fingerprint": "one", "width": 16, "write": True, "exact_below": 500}
    with PersonStore(tmp_path / "s", **options) as store:
        people = [person(v, camera="even" if i % 2 == 0 else None) for i, v in enumerate(vectors)]
        store.add(people, [done("/a.jpg")])
        store.settle()
        assert store._people.list_indices()
        for where in (None, "camera = even"):
            exact = store.search(vectors[0], where=where, exact=True)
            near = store.search(vectors[0], where=where)
            assert len({h.id for h in exact} & {h.id for h in near}) >= 18
            assert near[0].similarity == pytest.approx(1, abs=1e-5)


def test_holds_one_model_and_one_writer(store, tmp_path):
    store.add([person(unit(1))], [done("/a.jpg")])
    with pytest.raises(InputError, match="is writing to"):
        PersonStore(store.folder, fingerprint="one", width=WIDTH, write=True)
    store.close()
    with pytest.raises(InputError, match="embeddings of another model"):
        PersonStore(store.folder, fingerprint="two", width=WIDTH, write=True)
    with pytest.raises(InputError, match="there is no store"):
        PersonStore(tmp_path / "gone")
    PersonStore(store.folder, fingerprint="one", width=WIDTH, write=True).close()


def test_never_writes_into_what_is_no_store(tmp_path):
    (tmp_path / "photo.jpg").touch()
    with pytest.raises(InputError, match="no store and not empty"):
        PersonStore(tmp_path, fingerprint="one", width=WIDTH, write=True)
    assert [f.name for f in tmp_path.iterdir()] == ["photo.jpg"]
    with pytest.raises(InputError, match="no store and not empty"):
        PersonStore(tmp_path / "photo.jpg", fingerprint="one", width=WIDTH, write=True)


def test_says_that_a_store_is_damaged(store):
    store.close()
    facts = store.folder / "store.json"
    text = facts.read_text()
    facts.write_text(text[:10])
    with pytest.raises(InputError, match="cannot be read"):
        PersonStore(store.folder)
    facts.write_text(json.dumps({**json.loads(text), "layout": 99}))
    with pytest.raises(InputError, match="layout 99"):
        PersonStore(store.folder)


@pytest.mark.parametrize(
    "part", ["people.lance/data", "people.lance/_versions", "files.lance/data"]
)
@pytest.mark.parametrize("write", [False, True])
def test_says_that_a_table_is_damaged(store, part, write):
    store.add([person(unit(1))], [done("/a.jpg")])
    store.close()
    for file in (store.folder / part).iterdir():
        file.write_bytes(file.read_bytes()[:20])
    with pytest.raises(InputError, match="is damaged"):
        with PersonStore(store.folder, write=write) as opened:
            opened.search(unit(1))


def test_says_that_the_disk_is_full(store):
    class Full:
        def add(self, *_, **__):
            raise RuntimeError("LanceError(IO): ... No space left on device (os error 28)")

    store._people = Full()
    with pytest.raises(InputError, match=r"disk of .* is full"):
        store.add([person(unit(1))], [done("/a.jpg")])
