"""The doctor on the layouts of all sets, and on own data."""

import shutil

import pytest

from plipdet.datasets.doctor import KNOWN_SETS, Severity, examine
from plipdet.datasets.sources import (
    Cuhk03,
    CuhkPedes,
    DukeMtmcReid,
    FolderSource,
    IcfgPedes,
    Market1501,
    Market1501Attributes,
    Msmt17,
    OccludedDuke,
    Pa100k,
    Peta,
    RapV1,
    RapV2,
    RstpReid,
    SynthPedes,
    UFine6926,
)

CLEAN = {
    SynthPedes: 48,
    CuhkPedes: 96,
    IcfgPedes: 80,
    RstpReid: 96,
    UFine6926: 80,
    Market1501: 82,
    Msmt17: 80,
    DukeMtmcReid: 81,
    OccludedDuke: 81,
    Cuhk03: 80,
    Pa100k: 96,
    RapV1: 96,
    Market1501Attributes: 80,
}


def codes(source, images="none"):
    return {f.kind.code: f.count for f in examine(source, images=images).log.findings()}


@pytest.mark.parametrize("source", CLEAN)
def test_nothing_is_wrong_with_a_clean_export(minipedes_layouts, source):
    examination = examine(source(minipedes_layouts), images=8)
    assert examination.log.findings() == []
    assert examination.counted["records"] == CLEAN[source] and examination.counted["decoded"] == 8
    assert source.name in KNOWN_SETS


def test_nothing_is_wrong_with_the_variants(minipedes_layouts):
    assert codes(Cuhk03(minipedes_layouts, detected=False)) == {}
    for name in ("msmt17-v2", "msmt17-mirror"):
        folder = minipedes_layouts / name
        shutil.copy(minipedes_layouts / "minipedes.json", folder)
        assert codes(Msmt17(folder)) == {}


@pytest.mark.parametrize("source", [Peta, RapV2])
def test_splits_that_share_people_are_told_and_splits_of_ones_own_are_not(
    minipedes_layouts, source
):
    log = examine(source(minipedes_layouts), images="none").log
    assert {f.kind.code: f.kind.severity for f in log.findings()} == {
        "shared-identities": Severity.NOTE
    }
    assert "of 24 people" in log.findings()[0].examples[0]["detail"]
    assert codes(source(minipedes_layouts, split_file="zero_shot_split.json")) == {}
    assert source.name in KNOWN_SETS


def test_labels_that_the_reader_refuses_are_a_finding(minipedes_layouts, tmp_path):
    no_cache = shutil.ignore_patterns(".plipdet")
    folder = shutil.copytree(minipedes_layouts / "PA100k", tmp_path / "PA100k", ignore=no_cache)
    (folder / "annotation.mat").write_bytes((folder / "annotation.mat").read_bytes()[:-99])
    assert codes(Pa100k(tmp_path)) == {"reader-refuses": 1}


def test_releases_are_held_against_their_numbers(minipedes_layouts, tmp_path):
    folder = shutil.copytree(minipedes_layouts / "RSTPReid", tmp_path / "RSTPReid")
    found = examine(RstpReid(folder), images="none").log.findings()
    assert {f.kind.code for f in found} == {"fewer-than-known"} and found[0].count == 9


def test_one_caption_for_each_picture_of_icfg_pedes(minipedes_layouts, tmp_path):
    folder = shutil.copytree(minipedes_layouts / "ICFG-PEDES", tmp_path / "ICFG-PEDES")
    shutil.copy(minipedes_layouts / "minipedes.json", tmp_path)
    path = folder / "ICFG-PEDES.json"
    path.write_text(path.read_text().replace('"captions": [', '"captions": ["A man walks.", ', 1))
    assert codes(IcfgPedes(tmp_path)) == {"caption-count": 1}


def test_damaged_pictures_of_cuhk03_are_a_finding(minipedes_layouts, tmp_path):
    skipped = shutil.ignore_patterns("images_*")
    folder = shutil.copytree(minipedes_layouts / "cuhk03", tmp_path / "cuhk03", ignore=skipped)
    mat = folder / "cuhk03_release/cuhk-03.mat"
    mat.write_bytes(mat.read_bytes()[:5000])
    shutil.copy(minipedes_layouts / "minipedes.json", tmp_path)
    assert codes(Cuhk03(tmp_path)) == {"reader-refuses": 1}


def test_a_wrong_list_of_msmt17_is_a_finding(minipedes_layouts, tmp_path):
    folder = shutil.copytree(minipedes_layouts / "MSMT17_V1", tmp_path / "MSMT17_V1")
    shutil.copy(minipedes_layouts / "minipedes.json", tmp_path)
    with open(folder / "list_gallery.txt", "a") as file:
        file.write("0000/0000_077_09_0303noon_0321_1.jpg 0\n")
    assert codes(Msmt17(tmp_path)) == {"missing-image": 1}
    (folder / "list_val.txt").unlink()
    assert codes(Msmt17(tmp_path)) == {"reader-refuses": 1}


def test_own_data_need_no_captions_and_no_cameras(tmp_path, save_image):
    for n, name in enumerate(("ann/1.jpg", "bob/1.jpg", "bob/2.jpg")):
        save_image(tmp_path / name, seed=n)
    assert codes(FolderSource(tmp_path), images="all") == {}
    FolderSource(tmp_path).load()
    (tmp_path / "persons.csv").write_text("image,person_id,captions\nann/1.jpg,1,A\nbob/1.jpg,2,\n")
    FolderSource(tmp_path, file="persons.csv").load()
    found = codes(FolderSource(tmp_path))
    assert found == {"one-word-caption": 1, "extra-picture": 1, "stale-cache": 2}
    assert "stale-cache" not in codes(FolderSource(tmp_path, file="persons.csv"))


def test_a_hint_names_the_reader_that_fits(minipedes_layouts):
    (finding,) = examine(SynthPedes(minipedes_layouts / "MSMT17_V1")).log.findings()
    assert "is for the reader Msmt17" in finding.examples[0]["detail"]
