"""Each planted fault is found, under its own code alone, and a clean set has none."""

import pytest
from planted_faults import PLANTED
from planting import SOURCES

from plipdet.datasets.doctor import FINDING_KINDS, examine

# A test that runs as root may read everything; see test_folder_walk.py and test_picture_checks.py.
# Layouts of attributes and of scenes are not among these three; see test_reid_sets.py and
# test_scene_sets.py.
NOT_PLANTED = {"no-permission", "shared-identities"} | {
    *("empty-scene", "person-twice-in-scene", "queries-refused")
}


def found(layout, root, **options):
    log = examine(SOURCES[layout](root), **options).log
    return {finding.kind.code: finding for finding in log.findings()}


@pytest.mark.parametrize("layout", SOURCES)
def test_a_clean_export_has_no_finding(layout, root):
    assert found(layout, root) == {}


@pytest.mark.parametrize("layout", SOURCES)
def test_a_clean_export_has_no_finding_from_its_own_folder_and_with_its_cache(layout, root):
    source = SOURCES[layout](root / layout)
    source.load()
    assert examine(source).log.findings() == []


@pytest.mark.parametrize(
    ("code", "layout", "plant"), PLANTED, ids=[f"{c}-{p.__name__}" for c, _, p in PLANTED]
)
def test_a_planted_fault_is_found_under_its_code_alone(code, layout, plant, root):
    plant(root / layout)
    assert set(found(layout, root)) == {code}


def test_every_kind_of_finding_is_planted():
    assert {code for code, _, _ in PLANTED} == set(FINDING_KINDS) - NOT_PLANTED
