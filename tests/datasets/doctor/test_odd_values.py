"""Whatever a record holds: no exception, and what the doctor calls no error, the reader reads."""

import json

import pytest
from planting import ANNOTATIONS, CUHK, SOURCES, SYNTH

from plipdet.datasets.doctor import Severity, describe, examine
from plipdet.errors import InputError

ODD = [
    None, True, 0, -1, 5, 1.5, float("nan"), float("inf"), 10**30, 2**63, 2**63 - 1, -(2**63),
    "", " ", "7", "..", "/", "a\0b", "\ud800", "x" * 5000, "./Part1//1/1.jpg", "C:\\x\\y.jpg",
    "train", "a,b,c,d,e,f", [], [None], ["", ""], [["x"]], ["a,b,c,d,e,f"], list("abcdef"), {},
    {"a": 1},
]  # fmt: skip


@pytest.mark.parametrize("layout", [SYNTH, CUHK])
def test_no_odd_value_breaks_the_doctor_or_slips_past_it(layout, root):
    path = root / layout / ANNOTATIONS[layout]
    whole = json.loads(path.read_text())
    unharmed = 0
    for key in whole[3]:
        for value in ODD:
            path.write_text(json.dumps([*whole[:3], {**whole[3], key: value}, *whole[4:]]))
            examination = examine(SOURCES[layout](root), images="none")
            json.dumps(describe(examination)).encode()
            if not examination.log.counts()[Severity.ERROR]:
                unharmed += 1
                try:
                    list(SOURCES[layout](root).rows(root / layout))
                except InputError as problem:
                    pytest.fail(f"{key} = {value!r} passed for good, but the reader says {problem}")
    assert 0 < unharmed < len(ODD) * len(whole[3]) / 2
