"""What all sources of scenes share: sentences, tables that are kept, the same people."""

import os

import pytest
from scene_files import (
    MINISCENES,
    PRW,
    captions,
    coco,
    copied,
    cuhk_sysu,
    people,
    prw,
    told,
)

from plipdet.datasets.sources import CocoPersonSearch, CuhkSysu, Prw
from plipdet.errors import InputError
from plipdet.structures import PersonTable

SAID = {
    "c1s1_000003.jpg": [
        {"box": [10.2, 20, 30, 60], "captions": ["A man.", "Somebody."]},
        {"box": [50, 20, 30, 60], "captions": ["A woman."]},
    ],
    "c3s2_000005.jpg": [{"box": [5, 5, 5, 5], "captions": ["Nobody is there."]}],
    "c7.jpg": [],
}


def test_sentences_beside_the_annotation_are_those_of_the_people_they_fit(tmp_path, warnings):
    folder = prw(tmp_path)
    source = Prw(folder)
    assert source.queries(source.load_scenes()).captions is None
    captions(folder, SAID)
    scenes = source.load_scenes()
    assert [row.captions for row in scenes.people][3:6] == [
        ["A man.", "Somebody."],
        ["A woman."],
        None,
    ]
    assert source.queries(scenes).captions == [["A man.", "Somebody."], []]
    (said,) = warnings
    assert (
        "c3s2_000005.jpg [5.0, 5.0, 10.0, 10.0]" in said and "c7.jpg, which is no picture" in said
    )
    captions(folder, {name: SAID[name] for name in ("c3s2_000005.jpg", "c7.jpg")})
    with pytest.raises(InputError, match="it is the file of another data set"):
        source.load()


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ([], "holds a list; expected pictures by name"),
        ({"c1.jpg": {}}, r"c1\.jpg is a dict, expected a list"),
        ({"c1.jpg": [{"box": [1, 2, 3, 4]}]}, "an entry 0 .* without 'box' and 'captions'"),
        ({"c1.jpg": [{"box": [1, 2, 0, 4], "captions": ["a"]}]}, "expected x, y, width, height"),
        ({"c1.jpg": [{"box": [1, 2, 3, 4], "captions": []}]}, r"c1\.jpg\[0\] has no 'captions'"),
        ({"c1.jpg": [{"box": [1, 2, 3, 4], "captions": [" "]}]}, r"an empty captions\[0\]"),
        (
            {"c1.jpg": [{"box": [1, float("nan"), 3, 4], "captions": ["a"]}]},
            r"box \[1, nan, 3, 4\]",
        ),
        ({"c1.jpg": [{"box": [1, 2, 3, 10**400], "captions": ["a"]}]}, "expected x, y, width"),
        ({"c1.jpg": [{"box": [1, 2, 3, 4], "captions": ["\ud800"]}]}, "no character of Unicode"),
    ],
)
def test_sentences_that_are_wrong(tmp_path, content, says):
    folder = prw(tmp_path)
    captions(folder, content)
    with pytest.raises(InputError, match=says):
        Prw(folder).load()


@pytest.mark.parametrize(
    ("source", "write"), [(CuhkSysu, cuhk_sysu), (Prw, prw), (CocoPersonSearch, coco)]
)
def test_the_tables_are_read_once_and_again_after_a_change(tmp_path, monkeypatch, source, write):
    folder = write(tmp_path)
    first = source(folder).load_scenes()
    with monkeypatch.context() as patch:
        patch.setattr(source, "scenes", None)
        again = source(folder).load_scenes()
        assert again.images() == first.images() and people(again.people) == people(first.people)
    stale = sorted((folder / ".plipdet").iterdir())
    captions(folder, {})
    source(folder).load_scenes()
    assert not any(path.exists() for path in stale)


def test_a_damaged_table_of_scenes_is_built_again(tmp_path):
    folder = prw(tmp_path)
    Prw(folder).load_scenes()
    (path,) = (folder / ".plipdet").glob("*.scenes.arrow")
    path.write_bytes(path.read_bytes()[:300])
    assert len(Prw(folder).load_scenes()) == len(PRW)


def test_tables_go_to_the_users_cache_where_the_data_cannot_be_written(tmp_path, user_cache):
    folder = prw(tmp_path)
    (folder / ".plipdet").write_bytes(b"")  # no folder can be made there
    assert len(Prw(folder).load_scenes()) == 6
    found = [p.name for p in (user_cache / "plipdet/tables").iterdir()]
    assert any(name.endswith(".scenes.arrow") for name in found) and len(found) == 2


def test_the_rendered_layouts_agree(tmp_path):
    root = copied(MINISCENES, tmp_path / "set")
    first, second = (source.load_scenes() for source in (Prw(root), CocoPersonSearch(root)))
    names = [[os.path.basename(image) for image in scenes.images()] for scenes in (first, second)]
    assert names[0] == names[1]
    rows = [people(scenes.people) for scenes in (first, second)]
    assert rows[0] == rows[1]
    said = [[row.captions for row in scenes.people] for scenes in (first, second)]
    assert said[0] == said[1] and sum(c is not None for c in said[0]) > 0
    asked = [Prw(root).queries(first), CocoPersonSearch(root).queries(second)]
    by_place = [sorted(told(queries), key=lambda row: row[:3]) for queries in asked]
    assert by_place[0] == by_place[1]


def test_people_of_a_program_are_searched_without_files(tmp_path):
    source = CuhkSysu(cuhk_sysu(tmp_path))
    scenes = source.load_scenes()
    rows = [{"image": r.image, "box": r.box, "person_id": r.person_id} for r in scenes.people]
    own = PersonTable.from_rows(rows, scenes.root)
    kept = [scenes[k] for k in range(len(scenes))]
    built = type(scenes).from_rows([{"image": s.image, "split": s.split} for s in kept], own)
    before = sorted((scenes.root / ".plipdet").iterdir())
    assert told(source.queries(built)) == told(CuhkSysu(tmp_path).queries(scenes))
    assert len(before) < len(list((scenes.root / ".plipdet").iterdir()))
