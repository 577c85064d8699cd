"""The doctor on sets of whole scenes."""

import json
import shutil
from pathlib import Path

import pytest

from plipdet.datasets.doctor import KNOWN_SETS, Severity, examine
from plipdet.datasets.packing import source_picture_names
from plipdet.datasets.sources import CocoPersonSearch, CuhkSysu, Prw

MINISCENES = Path(__file__).parents[2] / "data" / "miniscenes"


def copied(source, target):
    """Copy a set without the tables that others have made beside it."""
    return shutil.copytree(source, target, ignore=shutil.ignore_patterns(".plipdet"))


@pytest.fixture
def root(tmp_path):
    return copied(MINISCENES, tmp_path / "set")


def codes(source):
    return {f.kind.code: f.count for f in examine(source, images="none").log.findings()}


@pytest.mark.parametrize(
    ("source", "found"),
    [
        (Prw, {"empty-scene": 2}),
        (CocoPersonSearch, {"empty-scene": 2}),
        (CuhkSysu, {"queries-refused": 1}),  # it has no gallery of 100
    ],
)
def test_rendered_scenes_are_fit(root, source, found):
    examination = examine(source(root), images=3)
    marker = json.loads((root / "minipedes_scenes.json").read_text())
    log = examination.log
    assert {f.kind.code: f.count for f in log.findings()} == found
    assert log.counts()[Severity.ERROR] == 0
    counted = examination.counted
    assert counted["identities"] == marker["identities"] and counted["decoded"] == 3
    assert counted["captions"] == marker["captions"]
    assert counted["images"] == marker["scenes"] - (source is CuhkSysu) * marker["empty_scenes"]
    assert source.name in KNOWN_SETS and not (root / "PRW/.plipdet").exists()
    assert codes(CuhkSysu(root, gallery_size=50)) == {}


def test_a_part_of_the_release_is_told(root):
    (root / "minipedes_scenes.json").unlink()
    assert codes(Prw(root)) == {"empty-scene": 2, "fewer-than-known": 6}


def test_what_is_wrong_with_people_and_queries_is_told(root):
    path = root / "COCO-person-ids/test_pid.json"
    content = json.loads(path.read_text())
    person, number = content["annotations"][-1], len(content["annotations"])
    alone = {**person, "id": number, "person_id": 777}
    content["annotations"] += [alone, {**alone, "id": number + 1}]
    content["queries"].append({"annotation_id": number, "person_id": 777})
    path.write_text(json.dumps(content))
    found = examine(CocoPersonSearch(root), images="none").log.findings()
    said = {f.kind.code: f.examples[0] for f in found}
    assert set(said) == {"empty-scene", "person-twice-in-scene", "query-without-match"}
    assert said["person-twice-in-scene"]["detail"] == "identity 777"
    assert said["query-without-match"]["detail"].startswith("identity 777, query")


def test_what_the_reader_refuses_and_pictures_that_are_missing_are_told(root):
    (root / "COCO-person-ids/captions.json").write_text("[]")
    (found,) = examine(CocoPersonSearch(root), images="none").log.findings()
    assert found.kind.code == "reader-refuses"
    assert "captions.json holds a list" in found.examples[0]["detail"]
    frame = min((root / "PRW/frames").iterdir())
    frame.unlink()
    (root / "PRW/query_info.txt").write_text("nobody\n")
    assert codes(Prw(root)) == {"missing-image": 1, "queries-refused": 1, "empty-scene": 2}


def test_scenes_without_people_are_packed_too(root):
    names = source_picture_names(Prw(root)).to_pylist()
    assert sorted(names) == sorted(f"frames/{p.name}" for p in (root / "PRW/frames").iterdir())
