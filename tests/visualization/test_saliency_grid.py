import numpy as np
from PIL import Image

from plipdet.visualization import SaliencyExample, SaliencyGrid, WordHeat

CELL = (40, 80)
GRAY = (100, 100, 100)
PICTURE = Image.new("RGB", CELL, GRAY)


def cells(page):
    """The drawn pictures from left to right, cut out of the last line of the page."""
    pixels = np.asarray(page).astype(int)
    top = pixels.shape[0] - 20 - 14 - 3 - 16 - 3 - CELL[1]
    return [pixels[top : top + CELL[1], x : x + CELL[0]] for x in (20, 68, 116, 164)]


def example():
    heat = np.zeros((2, 1))
    warm, cold, weak = heat.copy(), heat.copy(), heat.copy()
    warm[0], cold[1], weak[0] = 2.0, -1.0, 0.02
    words = [WordHeat(0, 3, 0.5, warm), WordHeat(4, 7, -0.25, cold), WordHeat(8, 11, 0.0, weak)]
    return SaliencyExample(PICTURE, "red old man", 0.7, 5 * warm, words[:2], "query 3"), words


def test_orange_where_a_word_is_found_and_blue_where_something_speaks_against_it():
    found, _ = example()
    original, whole, warm, cold = cells(SaliencyGrid(CELL).draw([found]))
    assert (original == 100).all()
    for cell in (whole, warm):
        red, _, blue = cell[10, 20]
        assert red > 200 > 60 > blue
        assert (cell[70, 20] == GRAY).all()
    red, _, blue = cold[70, 20]
    assert blue > red
    assert (cold[10, 20] == GRAY).all()


def test_words_share_a_scale_and_the_sentence_has_its_own():
    found, words = example()
    weak = SaliencyExample(PICTURE, found.sentence, 0.7, found.heat, [words[0], words[2]])
    *_, warm, pale = cells(SaliencyGrid(CELL).draw([weak]))
    assert abs(pale - 100).max() <= 2
    alone = SaliencyExample(PICTURE, found.sentence, 0.7, found.heat, [words[2], words[2]])
    assert abs(cells(SaliencyGrid(CELL).draw([alone]))[-1] - 100).max() > 50
    assert abs(warm - 100).max() > 50


def test_many_words_go_into_lines_and_no_heat_is_no_error():
    nothing = SaliencyExample(PICTURE, "red", 0.0, np.zeros((1, 1)), [])
    assert SaliencyGrid(CELL).draw([nothing, nothing]).height > 2 * CELL[1]
    heat = np.ones((1, 1))
    many = SaliencyExample(PICTURE, "a" * 20, 0.0, heat, [WordHeat(0, 1, 0.1, heat)] * 20)
    heights = [SaliencyGrid(CELL, columns=c).draw([many]).height for c in (6, 11)]
    assert heights[0] - heights[1] > 2 * CELL[1]  # four lines, two lines
