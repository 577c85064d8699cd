"""The examination as a whole: several faults, samples, other sources, what a report says."""

import json
import shutil

import pytest
from faults_of_annotations import annotation_cut_short
from faults_of_pictures import picture_cut_short, picture_is_a_web_page, picture_missing
from faults_of_records import caption_is_a_number
from planting import CUHK, MARKET, SYNTH, pictures

from plipdet.datasets.doctor import KNOWN_SETS, SetFacts, Totals, describe, examine
from plipdet.datasets.sources import CuhkPedes, JsonSource, Market1501, PersonSource, SynthPedes
from plipdet.errors import InputError


def codes(examination):
    return {finding.kind.code: finding for finding in examination.log.findings()}


def test_several_faults_are_found_at_once_the_worst_first(root):
    folder = root / SYNTH
    picture_missing(folder)
    picture_cut_short(folder)
    (folder / "synthpedes_dataset.json").rename(folder / "synthpedes-dataset.json")
    records = json.loads((folder / "synthpedes-dataset.json").read_text())
    caption_is_a_number(records)
    records[8]["captions"][0] = "&lt;b&gt; a man"
    (folder / "synthpedes-dataset.json").write_text(json.dumps(records))
    found = examine(SynthPedes(root)).log.findings()
    assert {f.kind.code for f in found} == {
        "missing-image", "image-cut-short", "not-text", "markup", "annotation-variant",
    }  # fmt: skip
    severities = [f.kind.severity for f in found]
    assert severities == sorted(severities, reverse=True)


def test_equal_findings_are_counted_and_the_first_three_named(root):
    gone = pictures(root / CUHK)[5:12]
    for path in gone:
        path.unlink()
    finding = codes(examine(CuhkPedes(root)))["missing-image"]
    assert finding.count == 7 and len(finding.examples) == 3
    records = json.loads((root / CUHK / "reid_raw.json").read_text())
    for example in finding.examples:
        assert example["file"] == "imgs/" + records[example["record"]]["file_path"]
        assert root / CUHK / example["file"] in gone


def test_a_broken_annotation_tells_where_and_how_much_could_be_read(root):
    path = root / SYNTH / "synthpedes_dataset.json"
    whole = len(json.loads(path.read_text())) - 2  # the last two lie beyond the cut
    annotation_cut_short(root / SYNTH)
    examination = examine(SynthPedes(root))
    detail = codes(examination)["json-cut-short"].examples[0]["detail"]
    assert f"after {whole} whole record" in detail and "offset" in detail
    assert examination.counted["records"] == whole


@pytest.mark.parametrize(
    ("inside", "source", "told"),
    [
        (f"{SYNTH}/Part1/1", SynthPedes, f"it is above, in {{root}}/{SYNTH}: name that one; exp"),
        (f"{CUHK}/imgs", CuhkPedes, f"it is above, in {{root}}/{CUHK}: name that one; expected"),
        (f"{MARKET}/query", Market1501, f"it is above, in {{root}}/{MARKET}: name that one"),
        (CUHK, Market1501, f"{{root}}/{CUHK} is for the reader CuhkPedes; expected bounding_box"),
        (MARKET, SynthPedes, f"{{root}}/{MARKET} is for the reader Market1501; expected synthp"),
        (f"{SYNTH}/Part1/1", CuhkPedes, "expected reid_raw.json or caption_all.json in {root}"),
    ],
)
def test_a_folder_of_another_level_or_set_is_recognised(root, inside, source, told):
    examination = examine(source(root / inside))
    finding = codes(examination)["no-annotation"]
    assert finding.count == 1 and set(codes(examination)) == {"no-annotation"}
    assert finding.examples[0]["detail"].startswith(told.format(root=root))


def test_a_clean_verdict_means_that_the_reader_reads(root):
    """What the doctor calls no error, the reader must take; here one it would never guess."""
    path = root / SYNTH / "synthpedes_dataset.json"
    records = json.loads(path.read_text())
    records[4]["captions"][0] += "\ud800"
    path.write_text(json.dumps(records))
    with pytest.raises(InputError):
        SynthPedes(root).load()
    finding = codes(examine(SynthPedes(root)))["reader-refuses"]
    assert finding.examples[0]["record"] == 4
    json.dumps(finding.as_dict()).encode()


def test_a_sample_is_of_the_wanted_size_and_always_the_same(root):
    picture_is_a_web_page(root / CUHK)
    seen = [
        (e.counted["decoded"], set(codes(e)))
        for e in (examine(CuhkPedes(root), images=50, workers=w) for w in (1, 3))
    ]
    assert seen[0] == seen[1] and seen[0][0] == 50
    assert examine(CuhkPedes(root), images=1000).counted["decoded"] == 96


def test_without_pictures_none_is_opened(root):
    for path in pictures(root / CUHK):
        path.write_bytes(b"")
    examination = examine(CuhkPedes(root), images="none")
    assert examination.log.findings() == [] and examination.counted["decoded"] == 0


def test_threads_find_what_one_finds(root):
    for path in pictures(root / MARKET)[::7]:
        path.write_bytes(path.read_bytes()[:-200])
    one, four = (describe(examine(Market1501(root), workers=w)) for w in (1, 4))
    assert one == four and one["errors"] == 1


def test_ignored_codes_are_left_out(root):
    (root / "minipedes.json").unlink()
    assert set(codes(examine(CuhkPedes(root)))) == {"fewer-than-known"}
    assert not codes(examine(CuhkPedes(root), ignored=["fewer-than-known"]))


def test_numbers_are_those_of_the_set(root):
    counted = examine(CuhkPedes(root)).counted
    assert counted == {
        "records": 96, "images": 96, "identities": 24, "captions": 192, "decoded": 96,
    }  # fmt: skip


@pytest.mark.parametrize("images", ["some", 0, -3])
def test_wrong_number_of_images_is_refused(root, images):
    with pytest.raises(InputError, match="images"):
        examine(CuhkPedes(root), images=images)


def test_a_root_that_is_no_folder_is_refused(root):
    with pytest.raises(InputError, match="does not exist"):
        examine(CuhkPedes(root / "nowhere"))
    with pytest.raises(InputError, match="is a file"):
        examine(CuhkPedes(root / "minipedes.json"))


class PathUnderAnotherKey(JsonSource):
    """A set that calls its pictures' paths img_path, counts identities from 0 and has a split."""

    name = "path_under_another_key"
    folder_names = ("PathUnderAnotherKey",)
    annotation_names = ("data_captions.json",)
    layout = "PathUnderAnotherKey/data_captions.json"

    def row(self, record):
        return {
            "image": f"imgs/{record.text('img_path')}",
            "person_id": record.whole_number("id"),
            "split": record.text("split"),
            "captions": record.texts("captions"),
        }


@pytest.fixture
def other_set(root, monkeypatch):
    """A new source, and what it costs to have it checked: its facts."""
    keys = {name: (name,) for name in ("id", "captions", "split")}
    facts = SetFacts(
        keys={**keys, "image": ("img_path",)},
        image_folder="imgs",
        first_id=0,
        splits=("train", "val", "test"),
        captions_per_image=(2, 2),
        split_totals={"train": Totals(images=(48,))},
    )
    monkeypatch.setitem(KNOWN_SETS, PathUnderAnotherKey.name, facts)
    folder = root / CUHK
    records = json.loads((folder / "reid_raw.json").read_text())
    for record in records:
        record["img_path"] = record.pop("file_path")
        record["id"] -= 1
    (folder / "reid_raw.json").unlink()
    (root / "minipedes.json").unlink()
    return folder, records


def written(folder, records):
    (folder / "data_captions.json").write_text(json.dumps(records))
    return set(codes(examine(PathUnderAnotherKey(folder))))


def test_a_new_source_is_checked_by_its_facts(other_set):
    folder, records = other_set
    assert written(folder, records) == set()
    records[5]["file_path"] = records[5].pop("img_path")
    records[6]["split"] = "Train"
    assert written(folder, records) == {"key-variant", "split-spelling"}


def test_a_new_source_knows_its_first_identity_and_its_splits_sizes(other_set):
    folder, records = other_set
    for record in records:
        record["id"] -= 1
    assert written(folder, records) == {"negative-id"}
    for record in records:
        record["id"] += 1
    kept = [record for record in records if record["id"] != 3]
    assert written(folder, kept) == {"fewer-than-known", "extra-picture"}


class BareSource(PersonSource):
    """A set that the doctor knows nothing about."""

    name = "bare"
    folder_names = ("bare",)
    layout = "bare/"

    def annotation(self, folder):
        path = folder / "CUHK-PEDES"
        return path if path.is_dir() else None

    def fingerprint(self, folder):
        return "0"

    def rows(self, folder):
        for number, record in enumerate(json.loads((folder / "raw.json").read_text())):
            if number == 90:
                raise InputError("row 90 is wrong; mend it")
            yield {**record, "image": f"CUHK-PEDES/imgs/{record['file_path']}"}


def test_a_source_without_facts_is_checked_by_its_rows(root):
    shutil.rmtree(root / SYNTH)
    shutil.rmtree(root / MARKET)
    (root / CUHK / "reid_raw.json").rename(root / "raw.json")
    picture_cut_short(root / CUHK)
    found = codes(examine(BareSource(root)))
    assert set(found) == {"reader-refuses", "image-cut-short"}
    assert "90 rows before it could be read" in found["reader-refuses"].examples[0]["detail"]
