"""Tiny sets of scenes, written as the public ones lie on the disk."""

import json
import shutil
from pathlib import Path

import numpy as np
from mat73 import STRUCTS, write_mat73
from scipy.io import savemat

MINISCENES = Path(__file__).parents[2] / "data" / "miniscenes"

NONE = np.zeros((1, 0))  # no box


def touch(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"")


def box(*numbers):
    return np.array([numbers], float)


def structs(*rows):
    """An array of structs; in a list, so that any writer knows it."""
    return [STRUCTS, *rows]


def as_scipy(value):
    if isinstance(value, dict):
        return as_scipy([STRUCTS, value])
    if isinstance(value, list) and value and value[0] is STRUCTS:
        rows = value[1:]
        found = np.empty((1, len(rows)), dtype=[(name, object) for name in rows[0]])
        for at, row in enumerate(rows):
            for name, item in row.items():
                found[name][0, at] = as_scipy(item)
        return found
    if isinstance(value, list):
        found = np.empty((len(value), 1), dtype=object)
        for at, item in enumerate(value):
            found[at, 0] = as_scipy(item)
        return found
    return value


def write5(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    savemat(path, {k: as_scipy(v) for k, v in content.items()}, do_compression=True)


def write73(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    write_mat73(path, content)


def scene(imname, idlocate=NONE):
    hard = NONE if idlocate.size == 0 else np.zeros((1, 1))
    return {"imname": imname, "idlocate": idlocate, "ishard": hard}


def picture(imname, *boxes):
    found = structs(*({"idlocate": one, "ishard": np.zeros((1, 1))} for one in boxes))
    return {"imname": imname, "nAppear": np.array([[float(len(boxes))]]), "box": found}


A, B, C, D = box(10, 20, 30, 60), box(50, 20, 30, 60), box(5, 5, 20, 40), box(100, 5, 20, 40)


def cuhk_sysu(root, write=write5, *, test=None, names=("TestG50", "TestG100"), **changes):
    """Six pictures: two of training (one person, one nobody), four of the test (two people)."""
    folder = root / "CUHK-SYSU"
    images = changes.get(
        "images",
        [
            picture("s1.jpg", A, B),
            picture("s2.jpg", C),
            picture("s3.jpg", A, B, C),
            picture("s4.jpg", A, D),
            picture("s5.jpg", B),
            picture("s6.jpg", D),
        ],
    )
    for entry in images:
        touch(folder / "Image/SSM" / entry["imname"])
    write(folder / "annotation/Images.mat", {"Img": structs(*images)})
    pool = changes.get("pool", ["s3.jpg", "s4.jpg", "s5.jpg", "s6.jpg"])
    write(folder / "annotation/pool.mat", {"pool": pool})
    train = changes.get(
        "train", [{"idname": "p1", "scene": (scene("s1.jpg", A), scene("s2.jpg", C))}]
    )
    people = [
        structs({"idname": p["idname"], "nAppear": np.ones((1, 1)), "scene": structs(*p["scene"])})
        for p in train
    ]
    protocol = folder / "annotation/test/train_test"
    write(protocol / "Train.mat", {"Train": people})
    test = test or [
        (
            {**scene("s3.jpg", A), "idname": "p2"},
            [scene("s4.jpg", A), scene("s6.jpg", D), scene("s5.jpg")],
        ),
        (
            {**scene("s4.jpg", D), "idname": "p3"},
            [scene("s3.jpg", C), scene("s5.jpg"), scene("s3.jpg", C)],
        ),
    ]
    rows = structs(*({"Query": query, "Gallery": structs(*gallery)} for query, gallery in test))
    for name in names:
        write(protocol / f"{name}.mat", {name: rows})
    return folder


PRW = {  # frame: rows of identity, x, y, w, h
    "c1s1_000001": [[1, 10.5, 20, 30, 60], [-2, 50, 20, 30, 60]],
    "c2s1_000002": [[1, -4, -2, 30, 60]],
    "c1s1_000003": [[5, 10, 20, 30, 60], [6, 50, 20, 30, 60], [-2, 0, 0, 9, 9]],
    "c1s1_000004": [[5, 12, 20, 30, 60]],
    "c3s2_000005": [[6, 1, 1, 20, 40], [5, 70, 1, 20, 40], [6, 40, 1, 20, 40]],
    "c3s2_000006": [],
}
QUERIES = "5 10 20 30 60 c1s1_000003\r\n6 1 1 20 40 c3s2_000005\r\n"


def prw(root, write=write5, *, key="box_new", queries=QUERIES, frames=PRW):
    """Six frames, two of training; person 6 is twice in a frame of camera 3."""
    folder = root / "PRW"
    for name, rows in frames.items():
        touch(folder / "frames" / f"{name}.jpg")
        table = np.array(rows, float).reshape(-1, 5)
        write(folder / "annotations" / f"{name}.jpg.mat", {key: table, "other": np.ones((1, 1))})
    names = list(frames)
    write(folder / "frame_train.mat", {"img_index_train": names[:2]})
    write(folder / "frame_test.mat", {"img_index_test": names[2:]})
    (folder / "query_info.txt").write_bytes(queries.encode())
    return folder


def annotation(number, image, bbox, person=None, **more):
    found = {"id": number, "image_id": image, "bbox": bbox, "category_id": 1, "iscrowd": 0, **more}
    return found if person is None else {**found, "person_id": person}


COCO = {
    "images": [
        {"id": 7, "file_name": "a.jpg", "width": 100, "height": 80, "camera_id": 1},
        {"id": 8, "file_name": "b.jpg", "width": 100, "height": 80, "camera_id": 2},
        {"id": 9, "file_name": "c.jpg", "width": 100, "height": 80, "camera_id": 2},
    ],
    "annotations": [
        annotation(1, 7, [10, 10, 20, 40], 3, captions=["A man."]),
        annotation(2, 8, [10, 10, 30, 40], 3),
        annotation(3, 9, [50, 10, 60, 40], 3),
        annotation(4, 9, [0, 0, 10, 20], -1),
        annotation(5, 7, [40, 10, 20, 40], 4),
        annotation(6, 7, [-5, 60, 300, 40], iscrowd=1),
        annotation(7, 7, [40, 10, 20, 40], 9, category_id=2),
    ],
    "categories": [{"id": 1, "name": "person"}, {"id": 2, "name": "bicycle"}],
}


def coco(root, *, files=None, test=COCO, train=None, folder="images"):
    place = root / "COCO-person-ids"
    place.mkdir(parents=True, exist_ok=True)
    train = train or {"images": [{"id": 0, "file_name": "t.jpg"}], "annotations": []}
    for name, content in (files or {"train_pid.json": train, "test_pid.json": test}).items():
        for image in content["images"]:
            touch(place / folder / image["file_name"])
        (place / name).parent.mkdir(exist_ok=True)
        (place / name).write_text(json.dumps(content))
    return place


def captions(folder, content):
    (folder / "captions.json").write_text(json.dumps(content))


def copied(source, target):
    """Copy a set without the tables that others have made beside it."""
    return shutil.copytree(source, target, ignore=shutil.ignore_patterns(".plipdet"))


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
