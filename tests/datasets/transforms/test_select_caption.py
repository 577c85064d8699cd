from collections import Counter

import numpy as np
import pytest

from plipdet.datasets.transforms import SelectCaption
from plipdet.errors import InputError
from plipdet.structures import PersonRow

ROW = PersonRow("a.jpg", captions=["c1", "c2"], prompt_captions=["p"])


def shares(select, row=ROW, count=3000):
    rng = np.random.default_rng(0)
    draws = [select({"row": row, "rng": rng, "root": "/data"})["caption"] for _ in range(count)]
    return {caption: n / count for caption, n in Counter(draws).items()}


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({}, {"c1": 1 / 3, "c2": 1 / 3, "p": 1 / 3}),
        ({"captions": 1}, {"c1": 0.5, "p": 0.5}),
        ({"captions": 1, "prompt": False}, {"c1": 1.0}),
        ({"captions": 0}, {"p": 1.0}),
        ({"prompt": False}, {"c1": 0.5, "c2": 0.5}),
        ({"prompt_probability": 0.8}, {"c1": 0.1, "c2": 0.1, "p": 0.8}),
        ({"prompt_probability": 0.0}, {"c1": 0.5, "c2": 0.5}),
    ],
)
def test_shares(arguments, expected):
    assert shares(SelectCaption(**arguments)) == pytest.approx(expected, abs=0.04)


def test_a_row_with_one_kind_only():
    assert shares(SelectCaption(prompt_probability=0.9), PersonRow("a", captions=["c"])) == {"c": 1}


def test_a_caption_item_keeps_its_caption():
    results = {"row": ROW, "rng": np.random.default_rng(0), "root": "/", "caption_index": 1}
    assert {SelectCaption()(dict(results))["caption"] for _ in range(20)} == {"c2"}


def test_rows_without_a_caption_and_wrong_arguments():
    with pytest.raises(InputError, match=r"a\.jpg of /data has no caption"):
        shares(SelectCaption(), PersonRow("a.jpg"))
    for arguments in (
        {"captions": -1},
        {"captions": 0, "prompt": False},
        {"prompt_probability": 3},
    ):
        with pytest.raises(InputError):
            SelectCaption(**arguments)
