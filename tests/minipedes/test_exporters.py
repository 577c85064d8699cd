import json
import re
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from plipdet.datasets.sources import CuhkPedes, Market1501, SynthPedes
from plipdet.minipedes.exporters import place_image as place_image_module
from plipdet.minipedes.exporters.caption_statistics import caption_statistics
from plipdet.minipedes.exporters.crop_record import CropRecord
from plipdet.minipedes.exporters.cuhk_pedes import export_cuhk_pedes
from plipdet.minipedes.exporters.market1501 import export_market1501
from plipdet.minipedes.exporters.synth_pedes import export_synth_pedes

PHRASES = ("man", "short hair", "white, striped shirt", None, "black shoes", None)


@pytest.fixture(autouse=True)
def user_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def records(tmp_path):
    """14 people (8 train, 2 val, 4 test), 4 pictures each by 2 of 6 cameras; bytes tell them."""
    found = []
    for person_id in range(1, 15):
        for n in range(4):
            path = tmp_path / "images" / str(person_id) / f"{n}.jpg"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(f"{person_id}/{n}".encode())
            split = "train" if person_id <= 8 else "val" if person_id <= 10 else "test"
            camera = 1 + (person_id + n % 2) % 6
            captions = (f"Person {person_id}.", f"It's {person_id}'s coat, view {n}!")
            prompts = (f"Prompt {person_id}.",)
            found.append(
                CropRecord(path, person_id, camera, 1 + 25 * n, split, captions, prompts, PHRASES)
            )
    return found


def pictures(folder):
    return {str(p.relative_to(folder)): p.read_text() for p in folder.rglob("*.jpg")}


def test_synth_pedes_files_and_keys(records, tmp_path):
    folder = export_synth_pedes(records, tmp_path / "out")
    annotation = json.loads((folder / "synthpedes_dataset.json").read_text())
    assert annotation[5] == {
        "id": 2,
        "file_path": "Part2/2/2.jpg",
        "attributes": ["man,short hair,white  striped shirt,unknown,black shoes,unknown"],
        "captions": ["Person 2.", "It's 2's coat, view 1!"],
        "prompt_caption": ["Prompt 2."],
    }
    found = pictures(folder)
    assert found["Part2/2/2.jpg"] == "2/1" and len(found) == 32
    assert {record["id"] for record in annotation} == set(range(1, 9))


def test_synth_pedes_parts_fill_up_in_order(records, tmp_path):
    folder = export_synth_pedes(records, tmp_path / "out")
    parts = [int(p.name[4:]) for p in folder.iterdir() if p.is_dir()]
    assert sorted(parts) == [1, 2, 3, 5, 6, 7, 9, 10]  # 1 + 11 n // 8
    assert all(len({p.split("/")[0] for p in pictures(folder) if f"/{n}/" in p}) == 1
               for n in range(1, 9))  # fmt: skip


def test_cuhk_pedes_files_and_keys(records, tmp_path):
    folder = export_cuhk_pedes(records, tmp_path / "out")
    annotation = json.loads((folder / "reid_raw.json").read_text())
    assert annotation[33] == {
        "split": "val",
        "captions": ["Person 9.", "It's 9's coat, view 1!"],
        "file_path": "test_query/p9_s34.jpg",
        "processed_tokens": [["person", "9"], ["it's", "9's", "coat", "view", "1"]],
        "id": 9,
    }
    assert list(annotation[0]) == ["split", "captions", "file_path", "processed_tokens", "id"]
    assert pictures(folder)["imgs/test_query/p9_s34.jpg"] == "9/1"


def test_market_names(records, tmp_path):
    folder = export_market1501(records, tmp_path / "out")
    name = re.compile(r"(-1|\d{4})_c[1-6]s1_\d{6}_0[01]\.jpg")
    found = pictures(folder)
    assert all(name.fullmatch(Path(path).name) for path in found)
    assert found["bounding_box_train/0001_c2s1_000001_01.jpg"] == "1/0"
    assert found["query/0011_c6s1_000001_00.jpg"] == "11/0"


def test_market_queries_one_a_camera_with_a_match_by_another(records, tmp_path):
    export_market1501(records, tmp_path / "out")
    rows = list(Market1501(tmp_path / "out").load())
    queries = Counter((r.person_id, r.camera_id) for r in rows if r.split == "query")
    assert set(queries.values()) == {1} and len(queries) == 8
    gallery = defaultdict(set)
    for row in rows:
        if row.split == "gallery":
            gallery[row.person_id].add(row.camera_id)
    assert all(gallery[person] - {camera} for person, camera in queries)


def test_market_with_two_pictures_a_person_still_has_matches(records, tmp_path):
    export_market1501([r for r in records if r.frame < 50], tmp_path / "out")
    rows = list(Market1501(tmp_path / "out").load())
    queries = [(r.person_id, r.camera_id) for r in rows if r.split == "query"]
    assert sorted(person for person, _ in queries) == [11, 12, 13, 14]
    gallery = {r.person_id: r.camera_id for r in rows if r.split == "gallery" and r.person_id}
    assert all(gallery[person] != camera for person, camera in queries)


def test_market_junk_and_distractors_are_strangers(records, tmp_path):
    folder = export_market1501(records, tmp_path / "out")
    special = {p: text for p, text in pictures(folder).items() if "/-1_" in p or "/0000_" in p}
    assert sorted(Path(p).name.split("_")[0] for p in special) == ["-1", "0000"]
    assert {text.split("/")[0] for text in special.values()} <= {"9", "10"}


def test_readers_read_every_layout_and_train_and_test_are_disjoint(records, tmp_path):
    for export in (export_synth_pedes, export_cuhk_pedes, export_market1501):
        export(records, tmp_path / "out")
    tables = [source(tmp_path / "out").load() for source in (SynthPedes, CuhkPedes, Market1501)]
    assert [len(table) for table in tables] == [32, 56, 32 + 8 + 8 + 1]
    people = defaultdict(set)
    for table in tables:
        for row in table:
            people[row.split or "train"].add(row.person_id)
    assert people["train"] == set(range(1, 9))
    assert people["val"] == {9, 10}
    assert people["test"] == people["query"] == people["gallery"] - {0} == {11, 12, 13, 14}


def test_pictures_are_stored_once_or_copied(records, tmp_path, monkeypatch):
    folder = export_cuhk_pedes(records, tmp_path / "linked")
    linked = folder / "imgs/train_query/p1_s1.jpg"
    assert linked.samefile(records[0].image)

    def refuse(*_):
        raise OSError("no hard links here")

    monkeypatch.setattr(place_image_module.os, "link", refuse)
    folder = export_cuhk_pedes(records, tmp_path / "copied")
    copied = folder / "imgs/train_query/p1_s1.jpg"
    assert not copied.samefile(records[0].image) and copied.read_text() == "1/0"


def test_caption_statistics_by_hand():
    """Pairs: a-red, red-coat, a-red, red-hat: 3 of 4 differ; words: a, red, coat, hat."""
    assert caption_statistics(["A red coat.", "A red hat."]) == {
        "captions": 2,
        "distinct_captions": 1.0,
        "distinct_words": 4,
        "distinct_2": 0.75,
        "mean_length": 3.0,
    }
    assert caption_statistics([])["mean_length"] == 0
