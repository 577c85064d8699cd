from collections import Counter

import numpy as np
import pytest

from plipdet.datasets.transforms import SelectCaption
from plipdet.errors import InputError
from plipdet.structures import PersonRow

ROW = PersonRow("a.jpg", captions=["c1", "c2"], prompt_captions=["p"])


def shares(select, row=ROW, count=3000):
    draws = [
        select({"row": row, "sample": (0, 0, item), "root": "/data"})["caption"]
        for item in range(count)
    ]
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
    results = {"row": ROW, "root": "/", "caption_index": 1}
    found = [SelectCaption()({**results, "sample": (0, 0, item)}) for item in range(20)]
    assert {each["caption"] for each in found} == {"c2"}


@pytest.mark.parametrize(
    "arguments",
    [{}, {"captions": 1}, {"captions": 0}, {"prompt": False}, {"prompt_probability": 0.3}],
)
def test_the_choice_is_known_beforehand(arguments):
    select = SelectCaption(**arguments)
    rng = np.random.default_rng(0)
    captions, prompts = rng.integers(1, 4, 200), rng.integers(1, 3, 200)
    if "prompt" not in arguments and "captions" not in arguments:
        captions[:20] = 0
        prompts[20:40] = 0
    items = rng.integers(0, 1 << 40, 200)
    kinds, which = select.choose(captions, prompts, seed=5, epoch=2, items=items)
    for n, item in enumerate(items.tolist()):
        row = PersonRow(
            "a.jpg",
            captions=[f"c{k}" for k in range(captions[n])],
            prompt_captions=[f"p{k}" for k in range(prompts[n])],
        )
        found = select({"row": row, "sample": (5, 2, item), "root": "/"})["caption"]
        assert found == f"{'p' if kinds[n] else 'c'}{which[n]}"
    assert which.dtype == np.int64 and kinds.dtype == bool


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
