import json
import shutil
from pathlib import Path

import cv2
import h5py
import numpy as np
import pytest
from scipy.io import savemat

from plipdet.datasets import built_file
from plipdet.datasets.sources import Cuhk03
from plipdet.errors import InputError

MAT, PROTOCOL = "cuhk03_release/cuhk-03.mat", "cuhk03_new_protocol_config_detected.mat"


@pytest.fixture
def folder(minipedes_layouts, tmp_path):
    """A copy without what a reader has made."""
    skipped = shutil.ignore_patterns(".plipdet", "images_*")
    return shutil.copytree(minipedes_layouts / "cuhk03", tmp_path / "cuhk03", ignore=skipped)


def pixels(table, row):
    data = np.frombuffer(table.images.read(table[row].image), np.uint8)
    return cv2.cvtColor(cv2.imdecode(data, cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)


def protocol(folder, **changes):
    files = np.empty((4, 1), dtype=object)
    files[:, 0] = [f"1_00{n}_{v}_0{5 * v - 4}.png" for n in (1, 2) for v in (1, 2)]
    content = {
        "train_idx": [[1.0], [2.0]],
        "query_idx": [[3.0]],
        "gallery_idx": [[4.0]],
        "labels": [[1.0], [1.0], [2.0], [2.0]],
        "filelist": files,
        **changes,
    }
    savemat(folder / PROTOCOL, {k: v for k, v in content.items() if v is not ...})


def test_pictures_are_taken_out_once_and_are_those_of_the_file(folder, monkeypatch):
    protocol(folder)
    table = Cuhk03(folder.parent).load()
    assert [(row.image, row.person_id, row.camera_id, row.split) for row in table] == [
        ("images_detected/1_001_1_01.png", 1, 1, "train"),
        ("images_detected/1_001_2_06.png", 1, 2, "train"),
        ("images_detected/1_002_1_01.png", 2, 1, "query"),
        ("images_detected/1_002_2_06.png", 2, 2, "gallery"),
    ]
    with h5py.File(folder / MAT) as file:
        stored = file[file[file["detected"][0, 0]][5, 1]][()].T
    assert np.array_equal(pixels(table, 3), stored)
    monkeypatch.setattr("plipdet.datasets.sources.cuhk03.extract_pictures", None)
    assert len(Cuhk03(folder).load()) == 4
    (folder / MAT).unlink()  # two gigabytes that are not needed any more
    assert np.array_equal(pixels(Cuhk03(folder).load(), 3), stored)


def test_pictures_of_another_file_are_taken_out_again(folder):
    Cuhk03(folder).load()
    marker = folder / "images_detected/extracted.json"
    marker.write_text(json.dumps({"bytes": 7}))
    Cuhk03(folder).load()
    assert json.loads(marker.read_text())["bytes"] == (folder / MAT).stat().st_size


def test_folders_of_another_program_are_used_as_they_are(folder):
    protocol(folder)
    Cuhk03(folder).load()
    (folder / "images_detected/extracted.json").unlink()
    (folder / "images_detected/1_002_2_06.png").unlink()
    shutil.rmtree(folder / ".plipdet")
    with pytest.raises(InputError, match=r"1 of 4 images are missing .*1_002_2_06\.png"):
        Cuhk03(folder).load()


def test_read_only_data_use_the_user_cache(folder, user_cache, monkeypatch):
    can_write = built_file._can_write
    monkeypatch.setattr(
        built_file, "_can_write", lambda path: path.is_relative_to(user_cache) and can_write(path)
    )
    table = Cuhk03(folder, detected=False).load()
    assert table.root == folder and pixels(table, 0).shape == (128, 64, 3)
    assert not list(folder.glob("*images_*")) and table.images.root.is_relative_to(user_cache)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        (dict(labels=[[1.0]]), "has 1 labels for 4 pictures"),
        (dict(labels=[["a"], ["b"], ["c"], ["d"]]), "labels holds something else than whole"),
        (dict(query_idx=[[1.5]]), "query_idx holds something else than whole"),
        (dict(query_idx=[[0.0]]), r"query_idx has the index 0, .* counted from 1"),
        (
            dict(gallery_idx=[[5.0]]),
            "gallery_idx has the index 5, its entry 0",
        ),
        (dict(gallery_idx=np.zeros((0, 1))), "gallery_idx is empty"),
        (dict(filelist=...), "lacks filelist; its variables are train_idx, query_idx"),
    ],
)
def test_wrong_protocols(folder, changes, says):
    protocol(folder, **changes)
    with pytest.raises(InputError, match=says):
        Cuhk03(folder).load()


def test_a_protocol_that_names_no_such_picture(folder):
    files = np.array([[f"{name}.png"] for name in "abcd"], dtype=object)
    protocol(folder, filelist=files)
    with pytest.raises(InputError, match=r"names 'a\.png'; expected pair, person, view"):
        Cuhk03(folder).load()


def test_damaged_protocols(folder):
    whole = (folder / PROTOCOL).read_bytes()
    for content in (b"", whole[:100], whole[: len(whole) // 2], b"<html>" * 100):
        (folder / PROTOCOL).write_bytes(content)
        with pytest.raises(InputError, match=r"is damaged, cut short, or no \.mat file"):
            Cuhk03(folder).load()
    (folder / PROTOCOL).write_bytes((folder / MAT).read_bytes())
    with pytest.raises(InputError, match=r"lacks train_idx, .*variables are detected, labeled"):
        Cuhk03(folder).load()


def test_damaged_pictures_leave_nothing_behind(folder):
    whole = (folder / MAT).read_bytes()
    for content, says in (
        (whole[: len(whole) // 2], r"cuhk-03\.mat is damaged or cut short"),
        (whole[:2000], "is damaged or cut short"),
        ((folder / PROTOCOL).read_bytes(), r"is no \.mat of version 7\.3"),
        (b"", r"is no \.mat of version 7\.3"),
    ):
        (folder / MAT).write_bytes(content)
        with pytest.raises(InputError, match=says):
            Cuhk03(folder).load()
    with h5py.File(folder / MAT, "w") as file:
        file["faces"] = np.zeros(3)
    with pytest.raises(InputError, match=r"has no 'detected', but \['faces'\]"):
        Cuhk03(folder).load()
    (folder / MAT).unlink()
    with pytest.raises(InputError, match=r"neither .*/cuhk-03\.mat nor images_detected"):
        Cuhk03(folder).load()
    assert not list(folder.glob("*images_*"))


@pytest.mark.parametrize(
    ("error", "raised", "says"),
    [
        (OSError(28, "No space left on device"), InputError, "No space left on device; make room"),
        (KeyboardInterrupt(), KeyboardInterrupt, None),
    ],
)
def test_what_stops_the_extraction_leaves_no_half_folder(folder, monkeypatch, error, raised, says):
    written = []

    def write_bytes(path, data):
        written.append(path.name)
        if len(written) == 3:
            raise error

    monkeypatch.setattr(Path, "write_bytes", write_bytes)
    with pytest.raises(raised, match=says):
        Cuhk03(folder).load()
    assert len(written) == 3 and not list(folder.glob("*images_*"))


def test_the_layout_is_drawn_where_there_is_none(tmp_path):
    with pytest.raises(InputError, match=r"(?s)Cuhk03 found no cuhk03.*config_labeled\.mat"):
        Cuhk03(tmp_path).load()
