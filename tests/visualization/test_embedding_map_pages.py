import json
import re

import numpy as np
import pytest
from html_reading import Page
from PIL import Image

from plipdet.visualization import EmbeddingMap, MapPoint, embedding_map_html
from plipdet.visualization.embedding_map import COLORS, SHAPES, look_of
from plipdet.visualization.embedding_map_html import _shape

EVIL = '</script><script src="http://evil.example">"&'
PICTURE = Image.new("RGB", (20, 40), (250, 130, 10))


def points():
    return [
        MapPoint(0.0, 0.0, 7, False, PICTURE, "a.jpg, camera 2"),
        MapPoint(1.0, 0.0, 7, True, None, EVIL),
        MapPoint(0.0, 2.0, 9, True, PICTURE, EVIL),
    ]


def told(text):
    return json.loads(re.search(r"const POINTS = (.*);\n", text)[1])


def test_the_page_says_of_each_mark_what_it_is():
    text = embedding_map_html(points(), title=EVIL, lead=EVIL)
    page = Page(text)
    assert page.loads() == []
    assert len(page.all("script")) == 1
    found = told(text)
    assert [p["kind"] for p in found] == ["gallery picture", "sentence", "query picture"]
    assert [p["identity"] for p in found] == [7, 7, 9]
    assert [p["text"] for p in found] == ["a.jpg, camera 2", EVIL, EVIL]
    assert [p["picture"] is None for p in found] == [False, True, False]
    marks = page.all("path")[2:]  # behind those of the two names
    assert [m.get("class") for m in marks] == [None, "asks", "asks"]
    assert [b["value"] for b in page.all("button")] == ["7", "9"]
    assert "sentence, identity 7: </script>" in page.text


def test_up_is_up_and_both_axes_have_one_scale():
    marks = Page(embedding_map_html(points(), title="Map")).all("path")[2:]
    (x0, y0), (x1, y1), (x2, y2) = ((float(m["data-x"]), float(m["data-y"])) for m in marks)
    assert (y0, x0) == (y1, x2)
    assert y0 - y2 == pytest.approx(2 * (x1 - x0))
    assert all(0 < v < 900 for v in (x0, x1, y0, y2))


@pytest.mark.parametrize("count", [0, 1])
def test_few_points_are_no_error(count):
    few = points()[:count]
    assert told(embedding_map_html(few, title="Map"))[1:] == []
    assert EmbeddingMap((3, 2)).draw(few).width == 450


def test_forty_identities_look_different_and_each_shape_is_an_outline():
    many = [MapPoint(0, 0, n, False, None, "") for n in range(40)]
    assert len(set(look_of(many).values())) == 40
    outlines = {_shape(shape) for shape in SHAPES}
    assert len(outlines) == len(SHAPES)
    assert all(outline.startswith("M") and outline.endswith("z") for outline in outlines)


def count(image, color):
    return int((np.abs(np.asarray(image).astype(int) - color).max(axis=2) < 30).sum())


def test_pictures_take_the_place_of_points():
    plain, thumbnails = (
        EmbeddingMap((3, 2), thumbnails=on).draw(points(), title="$x") for on in (False, True)
    )
    orange = (250, 130, 10)
    assert count(plain, orange) < 100
    assert count(thumbnails, orange) > 1500  # two of 24 x 48


def test_queries_are_hollow():
    color = tuple(int(COLORS[0][at : at + 2], 16) for at in (1, 3, 5))
    one = [MapPoint(0, 0, 1, asks, None, "") for asks in (True, False)]
    hollow, filled = (count(EmbeddingMap((3, 2)).draw([p]), color) for p in one)
    assert 0 < hollow < filled
