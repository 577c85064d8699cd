import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from plipdet.datasets.sources import CuhkPedes, SynthPedes

TOOL = Path(__file__).parents[2] / "tools/data/crops_from_boxes.py"
SIZE = (96, 64)
COLOURS = {"ann": (40, 40, 200), "bob": (200, 60, 40)}  # BGR


def left_edge(person, frame):
    return (4 if person == "ann" else 60) + frame


@pytest.fixture
def video(tmp_path):
    """Twelve gray frames; two coloured people of 12 x 40 px walk one px a frame to the right."""
    path = tmp_path / "street.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), 10, SIZE)
    for frame in range(12):
        image = np.full((SIZE[1], SIZE[0], 3), 128, np.uint8)
        for person, colour in COLOURS.items():
            x = left_edge(person, frame)
            image[10:50, x : x + 12] = colour
        writer.write(image)
    writer.release()
    return path


def annotation():
    return {
        "video": {"width": SIZE[0], "height": SIZE[1]},
        "identities": {
            "ann": {
                "captions": ["A woman in red.", "She wears red."],
                "attributes": {
                    "gender": "female", "hair": "long", "upper": "coat", "upper_color": ["red"],
                    "lower": "jeans", "lower_color": ["red", "pink"], "bag": "none",
                },
            },
            "bob": {"captions": ["A man in blue."]},
        },
        "annotations": [
            {"frame": frame, "bbox": [left_edge(name, frame), 10, 12, 40], "person_id": name}
            for name in COLOURS
            for frame in range(12)
        ],
    }  # fmt: skip


@pytest.fixture
def run(tmp_path, video, monkeypatch, run_here):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))

    def run_tool(*arguments, data=None, pairs=None):
        boxes = tmp_path / "boxes.json"
        boxes.write_text(data if isinstance(data, str) else json.dumps(data or annotation()))
        argv = pairs if pairs is not None else [video, boxes]
        done = run_here(TOOL, *argv, "--out", tmp_path / "out", *arguments)
        code = done.returncode
        return code, (json.loads(done.stdout.splitlines()[-1]) if code == 0 else done.stderr)

    return run_tool


def test_crops_hold_the_person_of_the_box(run, tmp_path):
    code, result = run("--margin", "0", "--stride", "3")
    assert code == 0
    facts = {"videos": 1, "identities": 2, "crops": 8, "captions": 12, "boxes": 24}
    assert facts.items() <= result.items()
    table = SynthPedes(tmp_path / "out").load()
    for row in table:
        image = cv2.imread(str(table.root / row.image))
        assert image.shape == (40, 12, 3)
        middle = np.median(image.reshape(-1, 3), axis=0)
        assert np.abs(middle - COLOURS["ann" if row.person_id == 1 else "bob"]).max() < 25
    assert table[0].captions == ["A woman in red.", "She wears red."]
    phrases = ["woman", "long hair", "red coat", "red and pink jeans", None, None]
    assert table[0].attribute_phrases == phrases and table[7].attribute_phrases == [None] * 6


def test_the_test_split_holds_the_same_people(run, tmp_path):
    run()
    rows = list(CuhkPedes(tmp_path / "out").load())
    assert {row.split for row in rows} == {"test"} and {row.person_id for row in rows} == {1, 2}


def test_margin_is_clipped_to_the_frame(run, tmp_path):
    run("--margin", "0.5", "--per-person", "1")
    table = SynthPedes(tmp_path / "out").load()
    shapes = [cv2.imread(str(table.root / row.image)).shape for row in table]
    assert shapes == [(64, 24, 3), (64, 24, 3)]  # rows -10..70 of a frame of 64


def test_stride_and_per_person_make_fewer_crops(run):
    assert run("--per-person", "3")[1]["crops"] == 6
    assert run("--stride", "5", "--per-person", "9", "--overwrite")[1]["crops"] == 6


def test_videos_have_identities_of_their_own(run, video, tmp_path):
    other = tmp_path / "other.json"
    other.write_text(json.dumps(annotation()))
    _, result = run(pairs=[video, tmp_path / "boxes.json", video, other])
    assert (result["videos"], result["identities"], result["crops"]) == (2, 4, 48)
    rows = list(SynthPedes(tmp_path / "out").load())
    assert {row.person_id for row in rows} == {1, 2, 3, 4}


def changed(edit):
    data = annotation()
    edit(data)
    return data


@pytest.mark.parametrize(
    ("edit", "says"),
    [
        (lambda d: d.pop("video"), "the file has no 'video'"),
        (lambda d: d["video"].update(width="96"), "'width' of 'video' is \"96\"; expected int"),
        (lambda d: d["video"].update(width=95), "has 96x64 px, but its boxes are for 95x64"),
        (lambda d: d["identities"]["bob"].pop("captions"), "identity 'bob' has no 'captions'"),
        (lambda d: d["identities"]["bob"].update(captions=[" "]), "needs one or more captions"),
        (lambda d: d["identities"]["bob"].update(attributes=["x"]), "expected dict"),
        (lambda d: d["identities"]["bob"].update(attributes={"hair": 3}), "expected a text"),
        (
            lambda d: d["identities"]["bob"].update(attributes={"upper_color": "red"}),
            "'upper_color' of identity 'bob' is \"red\"; expected a list of words",
        ),
        (lambda d: d["annotations"][3].pop("bbox"), "annotation 3 has no 'bbox'"),
        (lambda d: d["annotations"][3].update(bbox=[90, 10, 12, 40]), "not inside of the 96x64"),
        (lambda d: d["annotations"][3].update(bbox=[5, 5, 0, 9]), "not inside of the 96x64"),
        (lambda d: d["annotations"][3].update(bbox=[5, 5, 9]), "expected [x, y, width, height]"),
        (lambda d: d["annotations"][3].update(person_id="anne"), "did you mean 'ann'"),
        (lambda d: d["annotations"][3].update(frame=-1), "frames count from 0"),
        (lambda d: d["annotations"][3].update(frame=12), "ends after 12 frames, but a box"),
        (lambda d: d["annotations"].clear(), "nothing to cut"),
    ],
)
def test_wrong_annotations(run, tmp_path, edit, says):
    code, message = run(data=changed(edit))
    assert code == 2 and says in message, message
    assert not (tmp_path / "out").exists() and not list(tmp_path.glob(".out*"))


def test_wrong_files(run, tmp_path, video):
    boxes = tmp_path / "boxes.json"
    assert "is not JSON" in run(data="{")[1]
    assert "expected pairs" in run(pairs=[video])[1]
    assert "no video" in run(pairs=[tmp_path / "none.mp4", boxes])[1]
    assert "no annotation" in run(pairs=[video, tmp_path / "none.json"])[1]
    text = tmp_path / "text.mp4"
    text.write_text("no video")
    assert "does not open as a video" in run(pairs=[text, boxes])[1]
    assert "--stride 0; expected 1 or more" in run("--stride", "0")[1]
