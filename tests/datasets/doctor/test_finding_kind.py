import re
from pathlib import Path

import pytest

from plipdet.datasets.doctor import FINDING_KINDS, FindingLog, Severity
from plipdet.datasets.doctor.finding_log import shown

PAGE = Path(__file__).parents[3] / "docs" / "data" / "doctor.md"
ROW = re.compile(r"^\| `([a-z0-9-]+)` \| (error|warning|note) \| (.+?) \| (.+?) \|$", re.MULTILINE)


def test_the_page_lists_every_code_with_severity_meaning_and_fix():
    listed = ROW.findall(PAGE.read_text(encoding="utf-8"))
    kinds = sorted(FINDING_KINDS.values(), key=lambda kind: (-kind.severity, kind.code))
    assert listed == [(k.code, k.severity.name.lower(), k.what, k.fix) for k in kinds]


@pytest.mark.parametrize("kind", FINDING_KINDS.values(), ids=FINDING_KINDS)
def test_a_kind_has_a_plain_code_and_short_texts(kind):
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", kind.code)
    assert len(kind.what) <= 100 and len(kind.fix) <= 100
    assert not kind.what.endswith(".") and not kind.fix.endswith(".")


def test_examples_are_fit_for_any_terminal_and_short():
    log = FindingLog()
    kind = FINDING_KINDS["missing-image"]
    log.add(kind, "half \ud83d and bell \a" + "x" * 500, record=3, file="a\nb\udcff.jpg")
    (finding,) = log.findings()
    example = finding.as_dict()["examples"][0]
    assert example["file"] == "a\\nb\\udcff.jpg" and example["record"] == 3
    assert (
        example["detail"].startswith("half \\ud83d and bell \\x07")
        and len(example["detail"]) == 400
    )
    assert log.counts()[Severity.ERROR] == 1


def test_shown_values_are_short_json():
    assert shown({"a": [1, None]}) == '{"a": [1, null]}'
    assert len(shown("long " * 100)) == 60
    assert shown(float("inf")) == "Infinity"
