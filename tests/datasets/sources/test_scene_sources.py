"""CUHK-SYSU, PRW and COCO files with identities, written by hand as their releases have them."""

import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from scene_files import (
    COCO,
    PRW,
    QUERIES,
    A,
    C,
    D,
    annotation,
    box,
    captions,
    coco,
    cuhk_sysu,
    picture,
    prw,
    scene,
    structs,
    write5,
    write73,
)
from scipy.io import loadmat

from plipdet.datasets.sources import CocoPersonSearch, CuhkSysu, Prw
from plipdet.errors import InputError
from plipdet.structures import PersonTable

MINISCENES = Path(__file__).parents[2] / "data" / "miniscenes"


def copied(source, target):
    """Copy a set without the tables that others have made beside it."""
    return shutil.copytree(source, target, ignore=shutil.ignore_patterns(".plipdet"))


@pytest.fixture(params=[write5, write73], ids=["version 5", "version 7.3"])
def write(request):
    return request.param


@pytest.fixture
def warnings(monkeypatch):
    """What the sources say beside their results."""
    said = []
    for module in ("scene_source", "scene_captions", "cuhk_sysu_annotation"):
        name = f"plipdet.datasets.sources.{module}.print_log"
        monkeypatch.setattr(name, lambda text, *_: said.append(text))
    return said


def people(table):
    return [(r.image.rpartition("/")[2], r.box, r.person_id, r.split) for r in table]


def told(queries):
    """Queries as plain values: scene, box, who, gallery, matches."""
    found = []
    for q in range(len(queries)):
        shown, boxes = queries.matches(q)
        found.append(
            (
                int(queries.scenes[q]),
                queries.boxes[q].tolist(),
                int(queries.person_ids[q]),
                sorted(queries.gallery(q).tolist()),
                dict(zip(shown.tolist(), boxes.tolist(), strict=True)),
            )
        )
    return found


# CUHK-SYSU


def test_cuhk_sysu_says_who_is_where(tmp_path, write):
    cuhk_sysu(tmp_path, write)
    scenes = CuhkSysu(tmp_path).load_scenes()
    assert people(scenes.people) == [
        ("s1.jpg", [10, 20, 40, 80], 1, "train"),
        ("s1.jpg", [50, 20, 80, 80], None, "train"),
        ("s2.jpg", [5, 5, 25, 45], 1, "train"),
        ("s3.jpg", [10, 20, 40, 80], 2, "test"),
        ("s3.jpg", [50, 20, 80, 80], None, "test"),
        ("s3.jpg", [5, 5, 25, 45], 3, "test"),
        ("s4.jpg", [10, 20, 40, 80], 2, "test"),
        ("s4.jpg", [100, 5, 120, 45], 3, "test"),
        ("s5.jpg", [50, 20, 80, 80], None, "test"),
        ("s6.jpg", [100, 5, 120, 45], 2, "test"),
    ]
    assert scenes.images() == [f"Image/SSM/s{n}.jpg" for n in range(1, 7)]
    assert scenes.camera_ids() is None and scenes.where_split("test").tolist() == [2, 3, 4, 5]


def test_cuhk_sysu_galleries_lack_the_querys_scene_and_name_each_scene_once(tmp_path, write):
    folder = cuhk_sysu(tmp_path, write)
    source = CuhkSysu(folder)
    queries = source.queries(source.load_scenes())
    first, second = [10, 20, 40, 80], [100, 5, 120, 45]
    assert told(queries) == [
        (2, first, 2, [3, 4, 5], {3: first, 5: second}),
        (3, second, 3, [2, 4], {2: [5, 5, 25, 45]}),
    ]
    assert queries.protocol == {
        "benchmark": "CUHK-SYSU",
        "gallery_size": 100,
        "same_camera": None,
    }
    assert queries.captions is None
    every = CuhkSysu(folder, gallery_size=None)
    found = every.queries(every.load_scenes())
    assert [gallery for *_, gallery, _ in told(found)] == [[3, 4, 5], [2, 4, 5]]
    assert [m for *_, m in told(found)] == [m for *_, m in told(queries)]
    assert found.protocol["gallery_size"] == "all"


def test_cuhk_sysu_keeps_what_galleries_say_until_they_change(tmp_path, monkeypatch):
    folder = cuhk_sysu(tmp_path)
    source = CuhkSysu(folder)
    first = told(source.queries(source.load_scenes()))
    (kept,) = (folder / ".plipdet").glob("*.TestG100-*.arrow")
    with monkeypatch.context() as patch:
        patch.setattr("plipdet.datasets.sources.cuhk_sysu_galleries.iter_mat", None)
        again = CuhkSysu(folder)
        assert told(again.queries(again.load_scenes())) == first
    gallery = [scene("s4.jpg", A), scene("s5.jpg")]
    rows = structs({"Query": scene("s3.jpg", A), "Gallery": structs(*gallery)})
    write5(folder / "annotation/test/train_test/TestG100.mat", {"TestG100": rows})
    assert told(source.queries(source.load_scenes()))[0][3] == [3, 4]
    assert not kept.exists() and len(list((folder / ".plipdet").glob("*.TestG100-*"))) == 1


def test_cuhk_sysu_leaves_out_boxes_without_area_and_says_so(tmp_path, warnings):
    images = [picture("s1.jpg", A, box(5, 5, 0, 40)), picture("s2.jpg", C, box(9, 9, 7, 0))]
    images += [picture(f"s{n}.jpg", A, C, D) for n in range(3, 7)]
    cuhk_sysu(tmp_path, images=images)
    assert len(CuhkSysu(tmp_path).load()) == 2 + 12
    (said,) = warnings
    assert "2 boxes are left out" in said and "[5.0, 5.0, 5.0, 45.0] (x1, y1, x2, y2) of s1" in said


def test_of_two_equal_boxes_the_first_is_the_persons(tmp_path):
    images = [picture("s1.jpg", A, A), picture("s2.jpg", C)]
    images += [picture(f"s{n}.jpg", A, C, D) for n in range(3, 7)]
    cuhk_sysu(tmp_path, images=images)
    assert [row.person_id for row in CuhkSysu(tmp_path).load()][:3] == [1, None, 1]


def test_somebody_in_anothers_box_is_told(tmp_path, warnings):
    one = {"idname": "p1", "scene": (scene("s1.jpg", A),)}
    cuhk_sysu(tmp_path, train=[one, {**one, "idname": "p2"}])
    assert CuhkSysu(tmp_path).load()[0].person_id == 2
    assert "person 2 is at 10 20 30 60 (x y w h) of s1.jpg, where somebody else" in warnings[0]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        (
            {"test": [({**scene("s3.jpg", D), "idname": "p"}, [scene("s4.jpg", A)])]},
            r"TestG50\.mat: query 1 is at 100 5 20 40 .* of s3\.jpg, where .* no such box",
        ),
        (
            {"test": [(scene("s3.jpg", A), [scene("s9.jpg", A)])]},
            r"query 1 is .* of s9\.jpg, where Images\.mat has no such picture",
        ),
        (
            {"test": [(scene("s3.jpg", A), [scene("s4.jpg", A), scene("s9.jpg")])]},
            r"TestG100\(1\)\.Gallery\(2\)\.imname is s9\.jpg, which Images\.mat lacks",
        ),
        ({"test": [(scene("s3.jpg"), [scene("s4.jpg", A)])]}, r"TestG50\(1\)\.Query has 0 boxes"),
        ({"pool": ["s3.jpg", "s7.jpg"]}, r"pool\.mat has the picture s7\.jpg, which Images\.mat"),
        (
            {"train": [{"idname": "p", "scene": (scene("s1.jpg", C),)}]},
            r"Train\.mat: person 1 is at 5 5 20 40 .* no such box",
        ),
        (
            {"images": [picture("s1.jpg", A), picture("s1.jpg", A)]},
            r"has the picture s1\.jpg twice",
        ),
        (
            {"images": [picture("s1.jpg", np.array([[1.0, 2, 3]]))]},
            r"Img\(1\)\.box\(1\)\.idlocate has the shape \(1, 3\); expected 4",
        ),
        ({"names": ("TestG50",)}, r"there is no .*TestG100\.mat; the data have TestG50: choose"),
        ({"names": ()}, r"train_test has no TestG50\.mat, nor one of another size"),
    ],
)
def test_cuhk_sysu_files_that_are_at_odds_are_told(tmp_path, changes, says):
    source = CuhkSysu(cuhk_sysu(tmp_path, **changes))
    with pytest.raises(InputError, match=says):
        source.queries(source.load_scenes())


def test_cuhk_sysu_damaged_missing_or_misplaced(tmp_path):
    with pytest.raises(InputError, match=r"gallery_size = 75 of CuhkSysu; expected one of \(50,"):
        CuhkSysu(tmp_path, gallery_size=75)
    with pytest.raises(InputError, match=r"CuhkSysu found no CUHK-SYSU in .*Expected there"):
        CuhkSysu(tmp_path / "no").load_scenes()
    folder = cuhk_sysu(tmp_path)
    protocol = folder / "annotation/test/train_test"
    whole = (protocol / "TestG100.mat").read_bytes()
    (protocol / "TestG100.mat").write_bytes(whole[: len(whole) // 2])
    source = CuhkSysu(tmp_path)
    scenes = source.load_scenes()
    with pytest.raises(InputError, match=r"TestG100\.mat is damaged, cut short"):
        source.queries(scenes)
    (protocol / "Train.mat").unlink()
    with pytest.raises(InputError, match=r"there is no .*Train\.mat; complete the download"):
        source.load()
    write5(protocol / "Train.mat", {"Trian": ["a"]})
    with pytest.raises(InputError, match=r"Train\.mat lacks Train; did you mean 'Trian'"):
        source.load()
    write5(protocol / "Train.mat", {"Train": ["a"]})
    with pytest.raises(InputError, match=r"Train\.mat: Train\{1\} is no struct"):
        source.load()


# PRW


def test_prw_says_who_is_where(tmp_path, write):
    prw(tmp_path, write)
    scenes = Prw(tmp_path).load_scenes()
    assert people(scenes.people)[:3] == [
        ("c1s1_000001.jpg", [10.5, 20, 40.5, 80], 1, "train"),
        ("c1s1_000001.jpg", [50, 20, 80, 80], None, "train"),
        ("c2s1_000002.jpg", [0, 0, 26, 58], 1, "train"),
    ]
    assert scenes.camera_ids().tolist() == [1, 2, 1, 1, 3, 3]
    assert len(scenes[5].rows) == 0 and scenes[5].image == "frames/c3s2_000006.jpg"
    assert [row.frame for row in scenes.people][-1] == 5 and scenes[4].split == "test"


def test_prw_searches_all_frames_or_those_of_other_cameras(tmp_path):
    folder = prw(tmp_path)
    source = Prw(folder)
    queries = source.queries(source.load_scenes())
    assert told(queries) == [
        (2, [10, 20, 40, 80], 5, [3, 4, 5], {3: [12, 20, 42, 80], 4: [70, 1, 90, 41]}),
        (4, [1, 1, 21, 41], 6, [2, 3, 5], {2: [50, 20, 80, 80]}),
    ]
    assert queries.protocol == {"benchmark": "PRW", "gallery_size": "all", "same_camera": True}
    other = Prw(folder, same_camera=False)
    found = told(other.queries(other.load_scenes()))
    assert [row[3:] for row in found] == [
        ([4, 5], {4: [70, 1, 90, 41]}),
        ([2, 3], {2: [50, 20, 80, 80]}),
    ]


def test_a_person_twice_in_a_scene_is_searched_for_at_the_first_place(tmp_path):
    folder = prw(tmp_path, queries="6 50 20 30 60 c1s1_000003\n")
    source = Prw(folder)
    ((*_, matches),) = told(source.queries(source.load_scenes()))
    assert matches == {4: [1, 1, 21, 41]}


@pytest.mark.parametrize("key", ["anno_file", "anno_previous"])
def test_prw_frames_of_every_round_of_annotation(tmp_path, key):
    assert len(Prw(prw(tmp_path, key=key)).load()) == 10


@pytest.mark.parametrize(
    ("queries", "says"),
    [
        ("", r"query_info\.txt names no query"),
        ("5 10 20 30 60\n", r"line 1: '5 10 20 30 60' is no query; expected pid x y w h frame"),
        (f"{QUERIES}\r\n5 a 20 30 60 c1s1_000003", r"line 4: .* is no query: could not convert"),
        ("5 10 20 0 60 c1s1_000003", "its box has no area"),
        ("5 10 20 30 60 c1s1_000001", r"line 1: c1s1_000001\.jpg is no frame of the test"),
        ("5 10 20 30 60 c9s1_000009", r"c9s1_000009\.jpg is no frame of the test"),
    ],
)
def test_prw_queries_that_are_wrong(tmp_path, queries, says):
    source = Prw(prw(tmp_path, queries=queries))
    scenes = source.load_scenes()
    with pytest.raises(InputError, match=says):
        source.queries(scenes)
    (tmp_path / "PRW/query_info.txt").unlink()
    with pytest.raises(InputError, match=r"there is no .*query_info\.txt"):
        source.queries(scenes)


def test_prw_damaged_missing_or_misplaced(tmp_path):
    folder = prw(tmp_path)
    path = folder / "annotations/c1s1_000003.jpg.mat"
    whole = path.read_bytes()
    for content, says in (
        (whole[:140], r"c1s1_000003\.jpg\.mat is damaged, cut short"),
        (None, r"there is no .*c1s1_000003\.jpg\.mat, which frame_test\.mat asks for"),
    ):
        path.unlink() if content is None else path.write_bytes(content)
        with pytest.raises(InputError, match=says):
            Prw(folder).load()
    for table, says in (
        (np.ones((2, 4)), r"box_new has the shape \(2, 4\); expected 5 numbers a row"),
        (np.array([[1.5, 1, 1, 9, 9]]), "it has the identity 1.5; expected a whole number"),
        (np.array([[-7.0, 1, 1, 9, 9]]), "it has the identity -7"),
    ):
        write5(path, {"box_new": table})
        with pytest.raises(InputError, match=says):
            Prw(folder).load()
    write5(path, {"boxes": np.ones((1, 5))})
    with pytest.raises(InputError, match=r"lacks box_new; .* variables are boxes"):
        Prw(folder).load()
    path.write_bytes(whole)
    write5(folder / "frame_test.mat", {"img_index_test": ["frame7"]})
    with pytest.raises(InputError, match=r"frame7\.jpg does not begin with its camera"):
        Prw(folder).load()
    (folder / "frame_test.mat").unlink()
    with pytest.raises(InputError, match=r"there is no .*frame_test\.mat; complete"):
        Prw(folder).load()


def test_pictures_that_are_missing_are_named_also_of_scenes_without_people(tmp_path):
    folder = prw(tmp_path)
    (folder / "frames/c3s2_000006.jpg").unlink()
    Prw(folder).load()
    with pytest.raises(InputError, match=r"1 of 6 images are missing .*c3s2_000006\.jpg"):
        Prw(folder).load_scenes()
    shutil.rmtree(folder / "frames")
    shutil.rmtree(folder / ".plipdet")
    with pytest.raises(InputError, match="10 of 10 images are missing"):
        Prw(folder).load()


# COCO


def test_coco_says_who_is_where(tmp_path):
    scenes = CocoPersonSearch(coco(tmp_path)).load_scenes()
    assert people(scenes.people) == [
        ("a.jpg", [10, 10, 30, 50], 3, "test"),
        ("a.jpg", [40, 10, 60, 50], 4, "test"),
        ("b.jpg", [10, 10, 40, 50], 3, "test"),
        ("c.jpg", [50, 10, 100, 50], 3, "test"),
        ("c.jpg", [0, 0, 10, 20], None, "test"),
    ]
    assert scenes[1].ignored.tolist() == [[0, 60, 100, 80]] and scenes[0].split == "train"
    assert scenes.people[0].captions == ["A man."]


def test_who_asks_in_coco_files_without_queries(tmp_path):
    folder = coco(tmp_path)
    source = CocoPersonSearch(folder)
    scenes = source.load_scenes()
    queries = source.queries(scenes)
    assert [(row[0], row[2]) for row in told(queries)] == [(1, 3), (3, 3)]  # largest by camera
    assert told(queries)[0][3:] == ([2, 3], {2: [10, 10, 40, 50], 3: [50, 10, 100, 50]})
    assert [list(c) for c in queries.captions] == [["A man."], []]
    plain = {**COCO, "images": [{k: i[k] for k in ("id", "file_name")} for i in COCO["images"]]}
    source = CocoPersonSearch(coco(tmp_path / "plain", test=plain))
    scenes = source.load_scenes()
    found = told(source.queries(scenes))
    assert [(row[0], row[1], row[2]) for row in found] == [(3, [50, 10, 110, 50], 3)]


def test_queries_of_a_coco_file_take_the_place_of_ours(tmp_path):
    asked = [{"annotation_id": 5, "image_id": 7, "person_id": 4}, {"annotation_id": 3}]
    source = CocoPersonSearch(coco(tmp_path, test={**COCO, "queries": asked}))
    found = told(source.queries(source.load_scenes()))
    assert [row[:3] for row in found] == [(1, [40, 10, 60, 50], 4), (3, [50, 10, 100, 50], 3)]
    assert found[0][4] == {}  # nobody else shows them, which the protocol has to count


def test_coco_files_and_pictures_may_have_other_names(tmp_path):
    files = {"annotations/mine.json": COCO, "other.json": {**COCO, "images": [], "annotations": []}}
    folder = coco(tmp_path, files=files, folder="snaps")
    options = {"files": {"test": "annotations/mine.json"}, "image_folder": "snaps"}
    assert CocoPersonSearch(folder, **options).load()[0].image == "snaps/a.jpg"
    with pytest.raises(InputError, match="found no COCO-person-ids"):
        CocoPersonSearch(folder).load()
    with pytest.raises(InputError, match="found no COCO-person-ids"):
        CocoPersonSearch(folder, files={"test": "yours.json"}).load()
    with pytest.raises(
        InputError, match=r"files of CocoPersonSearch has 'tset'; did you mean 'test'"
    ):
        CocoPersonSearch(folder, files={"tset": "x.json"})


def with_annotation(**changes):
    first = {**COCO["annotations"][0], **changes}
    return {**COCO, "annotations": [first, *COCO["annotations"][1:]]}


def with_image(**changes):
    return {**COCO, "images": [{**COCO["images"][0], **changes}, *COCO["images"][1:]]}


@pytest.mark.parametrize(
    ("test", "says"),
    [
        (with_annotation(bbox=[1, 2, 3]), r"annotations\[0\] has bbox = \[1, 2, 3\]; expected"),
        (with_annotation(bbox=None), r"has bbox = None"),
        (with_annotation(person_id="x"), r"has person_id = 'x'; expected a whole number"),
        (with_annotation(image_id=70), r"annotations\[0\] is of image 70, which is none of the"),
        (with_annotation(captions="A man."), "has captions that are no list of sentences"),
        (with_image(file_name=3), r"images\[0\] has file_name = 3; expected a path"),
        (with_image(id="7"), r"images\[0\] has id = '7'"),
        (with_image(height=0), r"images\[0\] has height 0 and width 100; expected px"),
        (with_image(camera_id="c1"), r"has camera_id = 'c1'"),
        (with_image(file_name="b.jpg"), r"has the picture images/b\.jpg twice"),
        ({**COCO, "annotations": {}}, "annotations is no list of objects"),
        ({"images": [], "annotation": []}, r"has no 'annotations'; did you mean 'annotation'"),
        ({**COCO, "queries": [{"annotation_id": 70}]}, r"queries\[0\] has annotation_id = 70; no"),
        ({**COCO, "queries": [{"annotation_id": 4}]}, r"is of annotation 4, which is of None"),
        ({**COCO, "annotations": [annotation(1, 7, [1, 1, 9, 9], 3)]}, "has nobody to search for"),
    ],
)
def test_coco_files_that_are_wrong(tmp_path, test, says):
    folder = coco(tmp_path)
    (folder / "test_pid.json").write_text(json.dumps(test))
    source = CocoPersonSearch(folder)
    with pytest.raises(InputError, match=says):
        source.queries(source.load_scenes())


@pytest.mark.parametrize("content", ['{"images": [', "[]", ""])
def test_what_is_no_coco_file(tmp_path, content):
    folder = coco(tmp_path)
    (folder / "test_pid.json").write_text(content)
    with pytest.raises(InputError, match=r"test_pid\.json (cannot be read as JSON|holds a list)"):
        CocoPersonSearch(folder).load()


# Sentences


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
        ({"c1.jpg": [{"box": [1, 2, 3, 4], "captions": []}]}, "that are no sentences"),
        ({"c1.jpg": [{"box": [1, 2, 3, 4], "captions": [" "]}]}, "that are no sentences"),
    ],
)
def test_sentences_that_are_wrong(tmp_path, content, says):
    folder = prw(tmp_path)
    captions(folder, content)
    with pytest.raises(InputError, match=says):
        Prw(folder).load()


# All of them


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


# Against public code


def _public_cuhk_sysu(folder):
    """What SeqNet's reader and evaluation index in the files, as pictures, boxes and people."""
    place = folder / "annotation"
    boxes = {
        str(name[0]): [tuple(b[0].squeeze().astype(int)) for b in rows[0]]
        for name, _, rows in loadmat(place / "Images.mat")["Img"].squeeze()
    }
    who = {}
    train = loadmat(place / "test/train_test/Train.mat")["Train"].squeeze()
    for index, item in enumerate(train):
        for name, found, _ in item[0, 0][2].squeeze(axis=0):
            who[str(name[0]), tuple(found.squeeze().astype(int))] = index + 1
    queries = []
    test = loadmat(place / "test/train_test/TestG50.mat")["TestG50"].squeeze()
    for index, item in enumerate(test):
        asked = str(item["Query"][0, 0][0][0])
        own = tuple(item["Query"][0, 0][1].squeeze().astype(int))
        person = who[asked, own] = len(train) + index + 1
        gallery, matches = set(), {}
        for entry in item["Gallery"].squeeze(axis=0):
            name, found = str(entry[0][0]), entry[1][0].astype(int)
            gallery.add(name)
            if found.size:
                matches[name] = tuple(found)
                who[name, tuple(found)] = person
        queries.append((asked, own, person, gallery, matches))
    return boxes, who, queries


def test_rendered_cuhk_sysu_is_what_public_code_reads(tmp_path):
    folder = copied(MINISCENES / "CUHK-SYSU", tmp_path / "CUHK-SYSU")
    source = CuhkSysu(folder, gallery_size=50)
    scenes = source.load_scenes()
    found = source.queries(scenes)
    boxes, who, queries = _public_cuhk_sysu(folder)
    names = [image.rpartition("/")[2] for image in scenes.images()]
    assert set(names) == set(boxes)
    for at, name in enumerate(names):
        wanted = [(x, y, x + w, y + h) for x, y, w, h in boxes[name]]
        assert [tuple(row) for row in scenes.boxes(at).tolist()] == wanted
        ids = [who.get((name, one), -1) for one in boxes[name]]
        assert scenes.person_ids(at).tolist() == ids
    assert len(found) == len(queries) > 0
    for mine, (asked, own, person, gallery, matches) in zip(told(found), queries, strict=True):
        x, y, w, h = own
        assert (names[mine[0]], mine[1], mine[2]) == (asked, [x, y, x + w, y + h], person)
        assert {names[k] for k in mine[3]} == gallery
        wanted = {name: [x, y, x + w, y + h] for name, (x, y, w, h) in matches.items()}
        assert {names[k]: one for k, one in mine[4].items()} == wanted


def _public_prw(folder, same_camera):
    """The same of PRW, as SeqNet evaluates it."""
    frames = {}
    for (entry,) in loadmat(folder / "frame_test.mat")["img_index_test"]:
        table = loadmat(folder / "annotations" / f"{entry[0]}.jpg.mat")["box_new"]
        frames[entry[0]] = table
    found = []
    for line in (folder / "query_info.txt").read_bytes().decode().splitlines():
        person, *_, name = line.split()
        searched = [
            other for other in frames if other != name and (same_camera or other[:2] != name[:2])
        ]
        right = {
            other: frames[other][frames[other][:, 0] == int(person)][0, 1:]
            for other in searched
            if int(person) in frames[other][:, 0]
        }
        found.append((name, int(person), set(searched), right))
    return found


@pytest.mark.parametrize("same_camera", [True, False])
def test_rendered_prw_is_what_public_code_reads(tmp_path, same_camera):
    folder = copied(MINISCENES / "PRW", tmp_path / "PRW")
    source = Prw(folder, same_camera=same_camera)
    scenes = source.load_scenes()
    names = [os.path.basename(image).removesuffix(".jpg") for image in scenes.images()]
    mine = told(source.queries(scenes))
    wanted = _public_prw(folder, same_camera)
    assert len(mine) == len(wanted) > 0
    for row, (name, person, searched, right) in zip(mine, wanted, strict=True):
        assert (names[row[0]], row[2], {names[k] for k in row[3]}) == (name, person, searched)
        assert {names[k] for k in row[4]} == set(right)
        for k, found in row[4].items():
            x, y, w, h = right[names[k]]
            assert found == pytest.approx([x, y, x + w, y + h])


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
