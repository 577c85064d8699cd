"""Sets of scenes: who is in which scene, and what each layout says of them."""

import json
from collections import defaultdict
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from scipy.io import loadmat

from plipdet.errors import InputError
from plipdet.minipedes.exporters import render_scene_set as rendering
from plipdet.minipedes.exporters.coco_person_ids import export_coco_person_ids
from plipdet.minipedes.exporters.cuhk_sysu import export_cuhk_sysu
from plipdet.minipedes.exporters.prw import export_prw
from plipdet.minipedes.exporters.scene_cast import cast_scenes
from plipdet.minipedes.exporters.scene_layouts import chosen_scene_layouts
from plipdet.minipedes.exporters.scene_record import SceneFigure, SceneRecord
from plipdet.minipedes.exporters.scene_set_plan import SceneSetPlan
from plipdet.minipedes.sample_person import sample_person
from plipdet.minipedes.scenes.render_scene import RenderedScene, SeenPerson

SET = Path(__file__).parents[1] / "data" / "miniscenes"
PLAN = {
    "frames": 90,
    "test_frames": 40,
    "identities": 24,
    "test_ids": 10,
    "size": (180, 320),
    "seed": 3,
    "quality": 80,
}


def plan(**changes):
    return SceneSetPlan(**{**PLAN, **changes})


def test_identities_and_scenes_of_the_splits_are_apart_and_all_are_there():
    casts = cast_scenes(plan())
    people = defaultdict(set)
    for cast in casts:
        ids = [person for party in cast.parties for person in party]
        assert len(ids) == len(set(ids)) and len(ids) + cast.strangers <= 8
        people[cast.split] |= set(ids)
    assert people["train"] == set(range(1, 15)) and people["test"] == set(range(15, 25))
    assert [cast.number for cast in casts] == list(range(1, 91))
    assert [cast.split for cast in casts] == ["train"] * 50 + ["test"] * 40
    assert any(not cast.parties and not cast.strangers for cast in casts)
    assert any(cast.strangers for cast in casts)


def test_everybody_is_seen_about_as_often_by_most_cameras_and_with_the_same_company():
    seen, company = defaultdict(list), defaultdict(set)
    for cast in cast_scenes(plan()):
        for party in cast.parties:
            for person in party:
                seen[person].append(cast.camera_id)
                company[person].add(party)
    assert min(len(cameras) for cameras in seen.values()) >= 5
    assert min(len(set(cameras)) for cameras in seen.values()) >= 3
    assert all(len(parties) == 1 for parties in company.values())
    assert {len(party) for parties in company.values() for party in parties} == {1, 2, 3}


def test_equal_plans_cast_alike_and_other_seeds_do_not():
    assert cast_scenes(plan()) == cast_scenes(plan())
    assert cast_scenes(plan()) != cast_scenes(plan(seed=4))


def test_people_are_not_those_of_crops_of_the_same_seed():
    ours = {rendering.scene_person(plan(), n).body_seed for n in range(1, 25)}
    assert not ours & {sample_person(3, n).body_seed for n in range(1, 200)}


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"test_frames": 90}, "both splits need some"),
        ({"test_ids": 0}, "both splits need some"),
        ({"identities": 200}, "as many frames as identities"),
        ({"size": (40, 320)}, "expected 90 to 2048"),
        ({"quality": 101}, "expected quality 1..100"),
        ({"world": "sumer"}, "unknown world"),
        ({"frames": 40_000}, "at most"),
    ],
)
def test_wrong_plans(changes, says):
    with pytest.raises(InputError, match=says):
        plan(**changes)


def test_an_unknown_layout():
    with pytest.raises(InputError, match="did you mean 'cuhk-sysu'"):
        chosen_scene_layouts(["cuhk_sysu"])
    assert chosen_scene_layouts(["coco", "prw", "coco"]) == ["prw", "coco"]


def test_who_hardly_shows_is_ignored_and_a_trace_is_nothing(monkeypatch, tmp_path):
    """Shown by a quarter or more: told; less: ignored; under 2 %: neither; tiny: ignored."""
    boxes = {
        0.25: (0, 0, 20, 60),
        0.24: (30, 0, 50, 60),
        0.01: (60, 0, 80, 60),
        0.9: (90, 0, 93, 7),
    }
    who = SimpleNamespace(person_id=None)
    people = tuple(
        SeenPerson(who, box, np.ones((box[3] - box[1], box[2] - box[0]), np.uint8), share)
        for share, box in boxes.items()
    )
    image = np.zeros((180, 320, 3), np.uint8)
    found = RenderedScene(image, people, ((200, 0, 260, 50),))
    monkeypatch.setattr(rendering, "render_scene", lambda spec, size: found)
    record = rendering.render_cast((plan(), cast_scenes(plan())[0], tmp_path))
    assert [figure.box for figure in record.people] == [boxes[0.25]]
    assert record.ignored == ((200, 0, 260, 50), boxes[0.24], boxes[0.9])
    assert record.people[0].captions == () and record.people[0].person_id is None


def figure(person_id, left, *, visible=1.0, height=60):
    captions = () if person_id is None else (f"person {person_id}",)
    return SceneFigure(person_id, (left, 10, left + 20, 10 + height), captions, visible)


@pytest.fixture
def records(tmp_path):
    """Training 1 and 2 (2 once), test 11 twice by one camera and once by another, 12 once."""
    scenes = [
        ("train", 1, (figure(1, 5), figure(None, 50)), ()),
        ("train", 2, (figure(1, 9), figure(2, 70)), ((0, 0, 9, 9),)),
        ("train", 2, (), ()),
        ("test", 1, (figure(11, 5, visible=0.5), figure(12, 40)), ((1, 2, 11, 22),)),
        ("test", 1, (figure(11, 30), figure(None, 80)), ()),
        ("test", 3, (figure(11, 60),), ()),
        ("test", 2, (figure(None, 90),), ()),
        ("test", 2, (), ()),
    ]
    found = []
    for number, (split, camera, people, ignored) in enumerate(scenes, 1):
        path = tmp_path / "images" / f"{number}.jpg"
        path.parent.mkdir(exist_ok=True)
        assert cv2.imwrite(str(path), np.full((100, 200, 3), number, np.uint8))
        found.append(SceneRecord(path, camera, number, split, (100, 200), people, ignored))
    return found


def test_prw(records, tmp_path):
    folder = export_prw(records, tmp_path)
    train = loadmat(folder / "frame_train.mat")["img_index_train"]
    assert [row[0][0] for row in train] == ["c1s1_000026", "c2s1_000051", "c2s1_000076"]
    test = [row[0][0] for row in loadmat(folder / "frame_test.mat")["img_index_test"]]
    boxes = {n: loadmat(folder / "annotations" / f"{n}.jpg.mat")["box_new"] for n in test}
    assert boxes["c1s2_000126"].tolist() == [[11, 30, 10, 20, 60], [-2, 80, 10, 20, 60]]
    assert boxes["c2s2_000201"].shape == (0, 5)
    lines = (folder / "query_info.txt").read_bytes().split(b"\r\n")
    assert lines.pop() == b""
    # The better of two by camera 1, and that by camera 3; nobody else shows whom 12 is.
    assert [line.split()[0] + b" " + line.split()[5] for line in lines] == [
        b"11 c1s2_000126",
        b"11 c3s2_000151",
    ]
    assert [float(v) for v in lines[0].split()[1:5]] == [30, 10, 20, 60]
    assert cv2.imread(str(folder / "query_box" / "11_c1s2_000126.jpg")).shape == (60, 20, 3)
    told = json.loads((folder / "captions.json").read_text())
    assert told["c1s1_000026.jpg"] == [{"box": [5, 10, 20, 60], "captions": ["person 1"]}]
    assert "c2s2_000176.jpg" not in told


def test_cuhk_sysu(records, tmp_path):
    folder = export_cuhk_sysu(records, tmp_path)
    annotation = folder / "annotation"
    images = loadmat(annotation / "Images.mat")["Img"].squeeze()
    boxes = {
        str(name[0]): np.asarray([b[0] for b in people[0]]).reshape(-1, 4).tolist()
        for name, _, people in images
    }
    assert set(boxes) == {"s1.jpg", "s2.jpg", "s4.jpg", "s5.jpg", "s6.jpg", "s7.jpg"}
    assert boxes["s1.jpg"] == [[5, 10, 20, 60], [50, 10, 20, 60]]
    hard = {str(n[0]): [int(b[1][0, 0]) for b in p[0]] for n, _, p in images}
    assert hard["s4.jpg"] == [1, 0]
    pool = [str(name[0]) for name in loadmat(annotation / "pool.mat")["pool"].squeeze()]
    assert pool == ["s4.jpg", "s5.jpg", "s6.jpg", "s7.jpg"]
    protocol = annotation / "test" / "train_test"
    train = loadmat(protocol / "Train.mat")["Train"]
    assert train.shape == (1, 1)  # whom one scene shows is unlabelled
    scenes = [(str(n[0]), b.squeeze().tolist()) for n, b, _ in train[0, 0][0, 0][2].squeeze()]
    assert scenes == [("s1.jpg", [5, 10, 20, 60]), ("s2.jpg", [9, 10, 20, 60])]
    assert [path.name for path in protocol.glob("TestG*")] == ["TestG50.mat"]
    (query,) = loadmat(protocol / "TestG50.mat")["TestG50"][0]
    asks = query["Query"][0, 0]
    assert str(asks["imname"][0]) == "s5.jpg" and asks["idlocate"][0].tolist() == [30, 10, 20, 60]
    gallery = [(str(row[0][0]), row[1][0].tolist()) for row in query["Gallery"].squeeze()]
    assert gallery[:2] == [("s4.jpg", [5, 10, 20, 60]), ("s6.jpg", [60, 10, 20, 60])]
    assert gallery[2:] == [("s7.jpg", [])]


def test_cuhk_sysu_has_the_galleries_that_its_scenes_suffice_for(tmp_path):
    image = tmp_path / "1.jpg"
    assert cv2.imwrite(str(image), np.zeros((100, 200, 3), np.uint8))
    records = [
        SceneRecord(image, 1, n, split, (100, 200), (figure(person, 5),), ())
        for split, person, numbers in (("train", 1, range(1, 4)), ("test", 2, range(4, 110)))
        for n in numbers
    ]
    records = [
        r
        if r.number < 6
        else SceneRecord(image, 1, r.number, "test", r.size, (figure(None, 5),), ())
        for r in records
    ]
    protocol = export_cuhk_sysu(records, tmp_path) / "annotation" / "test" / "train_test"
    assert {path.stem for path in protocol.glob("TestG*")} == {"TestG50", "TestG100"}
    for size in (50, 100):
        (query,) = loadmat(protocol / f"TestG{size}.mat")[f"TestG{size}"][0]
        names = [str(row[0][0]) for row in query["Gallery"].squeeze()]
        asking = str(query["Query"][0, 0]["imname"][0])
        assert len(names) == len(set(names)) == size and asking not in names
        assert {names[0], asking} == {"s4.jpg", "s5.jpg"}


def test_coco(records, tmp_path):
    folder = export_coco_person_ids(records, tmp_path)
    train, test = (json.loads((folder / f"{s}_pid.json").read_text()) for s in ("train", "test"))
    assert "queries" not in train and len(train["images"]) == 3
    found = [
        (a["image_id"], a["person_id"], a["iscrowd"], a["bbox"]) for a in test["annotations"][:3]
    ]
    assert found == [
        (0, 11, 0, [5, 10, 20, 60]),
        (0, 12, 0, [40, 10, 20, 60]),
        (0, -2, 1, [1, 2, 10, 20]),
    ]
    assert [a["id"] for a in test["annotations"]] == list(range(len(test["annotations"])))
    assert test["queries"] == [
        {"image_id": 1, "annotation_id": 3, "person_id": 11},
        {"image_id": 2, "annotation_id": 5, "person_id": 11},
    ]
    first = test["images"][0]
    assert first == {
        "file_name": "c1s2_000101.jpg",
        "id": 0,
        "width": 200,
        "height": 100,
        "camera_id": 1,
    }
    assert (folder / "images" / first["file_name"]).is_file()


def test_the_kept_set_says_the_same_in_all_layouts():
    """Boxes and identities of every scene: PRW and COCO alike, CUHK-SYSU without empty scenes."""
    coco = {}
    for split in ("train", "test"):
        content = json.loads((SET / "COCO-person-ids" / f"{split}_pid.json").read_text())
        names = {image["id"]: image["file_name"] for image in content["images"]}
        coco.update({name: [] for name in names.values()})
        for a in content["annotations"]:
            if not a["iscrowd"]:
                coco[names[a["image_id"]]].append([a["person_id"], *a["bbox"]])
    prw = {
        path.name.removesuffix(".mat"): loadmat(path)["box_new"].tolist()
        for path in (SET / "PRW" / "annotations").iterdir()
    }
    assert prw == coco and len(prw) == 20
    images = loadmat(SET / "CUHK-SYSU" / "annotation" / "Images.mat")["Img"].squeeze()
    ours = sorted(np.asarray([b[0] for b in p[0]]).reshape(-1, 4).tolist() for _, _, p in images)
    assert ours == sorted([row[1:] for row in rows] for rows in prw.values() if rows)
    facts = json.loads((SET / "minipedes_scenes.json").read_text())
    assert facts["empty_scenes"] == sum(not rows for rows in prw.values()) > 0
    assert facts["people"] == sum(map(len, prw.values()))
    told = json.loads((SET / "PRW" / "captions.json").read_text())
    known = {(n, *row[1:]) for n, rows in prw.items() for row in rows if row[0] != -2}
    assert {(n, *entry["box"]) for n, entries in told.items() for entry in entries} == known
