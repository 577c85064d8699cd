"""PRW written by hand as its release has it, and rendered."""

import os
import shutil

import numpy as np
import pytest
from scene_files import (
    MINISCENES,
    QUERIES,
    copied,
    people,
    prw,
    told,
    write5,
)
from scipy.io import loadmat

from plipdet.datasets.sources import Prw
from plipdet.errors import InputError


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
        (f"{10**20} 10 20 30 60 c1s1_000003", "100000000000000000000 is no identity"),
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
        (np.array([[1, 1, np.nan, 9, 9]]), r"box_new has nan in row 0, column 2 \(from 0\)"),
        (np.array([[1e20, 1, 1, 9, 9]]), r"box_new has 1e\+20 in row 0, column 0"),
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
    with pytest.raises(InputError, match="5 of 5 images are missing"):
        Prw(folder).load()


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
