"""Sentences that are right, however odd they look."""

import pytest

from plipdet.datasets.doctor import FindingLog, SetFacts
from plipdet.datasets.doctor.caption_checks import CaptionChecks
from plipdet.datasets.doctor.entry import Entry


@pytest.mark.parametrize(
    "caption",
    [
        "A woman with a café au lait coat, a Gucci® bag – and jeans…",
        "Ärmel und Größe: naïve façade coat",
        "The person\u2019s shoes are \u201cbright\u201d red\n",
        "T-shirt < 5 years old & still white; H&M bag",
        "A man\u00a0in black at 20\u00b0C \u00bd asleep \u00c2ge coat",
        "x " * 62,
        "nan bread in hand",
    ],
)
def test_a_good_caption_has_no_finding(caption):
    log = FindingLog()
    CaptionChecks(SetFacts(), log)(Entry(0, "1.jpg", captions=[caption]))
    assert log.findings() == []
