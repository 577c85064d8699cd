import numpy as np
import pytest
from html_reading import Page
from PIL import Image

from plipdet.errors import InputError
from plipdet.visualization import (
    Failure,
    RankedPicture,
    RankList,
    failures_html,
    rank_lists_html,
    save_html,
)
from plipdet.visualization.drawing import MUTED
from plipdet.visualization.html_page import data_uri
from plipdet.visualization.rank_list_page import RankListPage

PICTURE = Image.new("RGB", (20, 40), (9, 9, 9))
EVIL = '"></blockquote><script src="http://evil.example/x.js"></script> & ” </style>'


def items():
    return [
        RankedPicture(PICTURE, True, 0.9, EVIL, left_out="same camera"),
        RankedPicture(PICTURE, False, 0.8, "id 7, cam 2"),
        RankedPicture(PICTURE, True, -0.001, rank=12),
    ]


def failure(at, bucket="6-10"):
    ranked = RankList(EVIL if at else PICTURE, items()[1:], f"identity {at}", f"Query {at}")
    return Failure(ranked, at, at, 8, 0.125, bucket, EVIL, 0.25)


def test_rank_lists_need_nothing_and_run_nothing_foreign():
    page = Page(rank_lists_html([RankList(EVIL, items(), EVIL, EVIL)], title=EVIL))
    assert page.loads() == []
    assert len(page.all("script")) == 1
    assert page.text.count("http://evil.example/x.js") == 6  # title twice, query, name, two notes
    assert len(page.all("img")) == 3


def test_marks_are_words_signs_and_borders():
    text = rank_lists_html([RankList("a man", items())], title="Ranks")
    page = Page(text)
    assert [a["class"] for a in page.all("li")] == ["out", "wrong", "right far"]
    assert [a["title"] for a in page.all("b") if "title" in a] == [
        "takes no part: same camera",
        "wrong",
        "right",
    ]
    assert "– 0.90" in page.text
    assert "✗ 1 0.80 id 7, cam 2" in page.text
    assert "✓ 12 0.00" in page.text  # not -0.00
    assert all(border in text for border in ("dashed", "dotted"))


def test_a_picture_asks():
    page = Page(rank_lists_html([RankList(PICTURE, items())], title="Ranks"))
    assert page.all("blockquote") == []
    assert page.all("img")[0]["alt"] == "the query"
    assert page.all("section")[0]["id"] == "query-1"


def test_ranks_leave_out_what_takes_no_part():
    assert RankList("", items()).ranks() == [None, 1, 12]
    assert [RankList("", items()).skips_before(at) for at in range(3)] == [False, False, True]


def test_what_takes_no_part_is_pale_and_gray_on_the_picture_too():
    draw = RankListPage(cell=(20, 40)).draw
    pages = [np.asarray(draw([RankList("q", [item])])) for item in items()[:2]]
    gray = [int((page == MUTED).all(axis=2).sum()) for page in pages]
    assert gray[0] > gray[1] + 500  # the frame
    dark = [int((page == 9).all(axis=2).sum()) for page in pages]
    assert dark == [0, 800]


def test_failures_can_be_filtered_by_bucket_and_number():
    buckets = {"1": 5, "6-10": 2, "over 100": 1}
    found = [failure(0, "over 100"), failure(1), failure(2)]
    page = Page(failures_html(found, buckets, title="Worst", lead=EVIL))
    assert page.loads() == []
    assert [a["data-bucket"] for a in page.all("section")] == ["over 100", "6-10", "6-10"]
    assert [a["value"] for a in page.all("input", type="checkbox")] == ["over 100", "6-10"]
    assert "over 100 (1)" in page.text and "6-10 (2)" in page.text
    assert "1 5 62.5%" in page.text
    assert [a["href"] for a in page.all("a")] == ["#query-1", "#query-2", "#query-3"]
    assert "8 12.5" in page.text
    assert len(page.all("script")) == 1


def test_no_failures_is_a_page_too():
    page = Page(failures_html([], {"1": 3}, title="Worst"))
    assert "The 0 worst" in page.text


def test_pictures_are_reduced_to_the_height_asked_for():
    tall = np.random.default_rng(0).integers(0, 255, (600, 300, 3), np.uint8)
    assert len(data_uri(tall, height=100)) < len(data_uri(tall)) / 10


def test_pages_end_in_html(tmp_path):
    with pytest.raises(InputError, match=r"ends in \.html"):
        save_html("", tmp_path / "page.png")
    assert list(tmp_path.iterdir()) == []
