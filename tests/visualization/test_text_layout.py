import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plipdet.visualization.text_layout import (
    TextRun,
    _length,
    _lines,
    draw_text,
    text_width,
)

CAPTION = "A woman with supercalifragilisticexpialidocious hair — “été”, привет, 你好."
LINE = 18  # px of one line at size 14


def letters(lines):
    return [piece for line in lines for _, piece in line if piece not in (" ", "\n")]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.text(max_size=30), max_size=4), st.integers(20, 200))
def test_no_line_is_wider_than_the_page_and_no_letter_is_lost(texts, width):
    lines = _lines([TextRun(text) for text in texts], width, 14)
    assert all(_length(line, 14) <= width or len(line) == 1 for line in lines)
    written = "".join("".join(texts).split())
    assert "".join("".join(letters(lines)).split()) == written


@pytest.mark.parametrize("width", [120, 600])
def test_nothing_is_drawn_in_the_last_column(width):
    pixels = np.asarray(draw_text(CAPTION * 3, width=width))
    assert pixels.shape[1] == width
    assert (pixels[:, -1] == 255).all()


def test_a_sentence_breaks_at_spaces():
    width = text_width("white shirt")
    assert draw_text("white shirt", width=width).height == LINE
    lines = _lines([TextRun("white shirt")], width - 4, 14)
    assert [letters([line]) for line in lines] == [["white"], ["shirt"]]


def test_a_comma_in_another_style_stays_with_its_word():
    runs = [TextRun("a white "), TextRun("shirt", bold=True), TextRun(", black")]
    lines = _lines(runs, text_width("a white shirt"), 14)
    assert [letters([line]) for line in lines] == [["a", "white"], ["shirt", ",", "black"]]


def test_newlines_break_and_the_rest_is_cut_with_an_ellipsis():
    assert draw_text("a\nb\nc", width=50).height == 3 * LINE
    short = draw_text("word " * 50, width=100, max_lines=2)
    assert short.height == 2 * LINE
    assert (np.asarray(short)[LINE:] < 128).any()


def test_a_mark_covers_its_words_and_the_space_between_them():
    mark = (255, 228, 130)
    text = [TextRun("dark blue", mark=mark), TextRun(" coat")]
    pixels = np.asarray(draw_text(text, width=300))
    marked = np.flatnonzero((pixels[1] == mark).all(axis=1))
    assert marked.tolist() == list(range(len(marked)))
    assert abs(len(marked) - text_width("dark blue")) <= 1
