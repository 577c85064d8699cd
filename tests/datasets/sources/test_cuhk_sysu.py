"""CUHK-SYSU written by hand as its release has it, and rendered."""

import numpy as np
import pytest
from scene_files import (
    MINISCENES,
    A,
    C,
    D,
    box,
    copied,
    cuhk_sysu,
    people,
    picture,
    scene,
    structs,
    told,
    write5,
)
from scipy.io import loadmat

from plipdet.datasets.sources import CuhkSysu
from plipdet.errors import InputError


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
