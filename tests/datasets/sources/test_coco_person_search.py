"""COCO files with identities."""

import json

import pytest
from scene_files import (
    COCO,
    annotation,
    coco,
    people,
    told,
)

from plipdet.datasets.sources import CocoPersonSearch
from plipdet.errors import InputError


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
        (with_annotation(person_id="x"), "has 'person_id' = \"x\"; expected a whole number"),
        (with_annotation(image_id=70), r"annotations\[0\] is of image 70, which is none of the"),
        (with_annotation(captions="A man."), "has 'captions' = \"A man.\"; expected a list"),
        (with_image(file_name=3), r"images\[0\] has file_name = 3; expected a path"),
        (with_image(id="7"), r"images\[0\] has 'id' = \"7\""),
        (with_image(height=0), r"images\[0\] has height 0 and width 100; expected px"),
        (with_image(camera_id="c1"), "has 'camera_id' = \"c1\""),
        (with_annotation(bbox=[1, 2, float("nan"), 4]), r"has bbox = \[1, 2, nan, 4\]"),
        (with_annotation(bbox=[1, 2, 10**400, 4]), r"has bbox = \[1, 2, 1000"),
        (with_annotation(person_id=10**20), "has 'person_id' = 1.*; expected .* of 64 bits"),
        (with_annotation(captions=["\ud800"]), "no character of Unicode"),
        (with_annotation(category_id=None), "has 'category_id' = null; expected a whole number"),
        (with_annotation(category_id=[1]), r"has 'category_id' = \[1\]; expected"),
        (with_annotation(category_id=7), "category_id = 7, which is none of the file's"),
        (with_annotation(iscrowd="0"), "has iscrowd = '0'; expected 0 or 1"),
        (with_image(camera_id=2**31), "has camera_id = 2147483648; expected .* of 32 bits"),
        (with_image(id=8), r"images\[1\] has id = 8, as images\[0\] has; give each its own"),
        ({**COCO, "categories": 5}, "categories is no list of objects"),
        ({**COCO, "categories": [{"id": [1]}]}, r"categories\[0\] has 'id' = \[1\]; expected"),
        ({**COCO, "querys": []}, "has 'querys'; did you mean 'queries'"),
        (
            {**COCO, "queries": [{"annotation_id": [1]}]},
            r"queries\[0\] has 'annotation_id' = \[1\]",
        ),
        ({**COCO, "queries": [{"annotation_id": 6}]}, "is of None; a query needs a person"),
        ({**COCO, "queries": [{"annotation_id": 7}]}, "is of None; a query needs a person"),
        (
            {**with_annotation(id=2), "queries": [{"annotation_id": 2}]},
            r"has annotation_id = 2; 2 annotations have this id",
        ),
        (
            {**COCO, "queries": [{"annotation_id": 1, "image_id": 8}]},
            "has image_id = 8; its annotation 1 has 7",
        ),
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
