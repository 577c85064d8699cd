import numpy as np
import pytest
from PIL import Image

from plipdet.registry import VISUALIZERS, build
from plipdet.visualization import (
    AttributeCard,
    AttributeCards,
    ColorizationExample,
    ColorizationGrid,
    ColorVariant,
    ContactSheet,
    HiddenPiece,
    RankedPicture,
    RankList,
    RankListPage,
    SheetItem,
)
from plipdet.visualization.contact_sheet import SLOT_COLORS
from plipdet.visualization.drawing import RIGHT, WRONG

CAPTION = "A man wears a red shirt and blue jeans."
CELL = (20, 40)


def person(color):
    return Image.new("RGB", CELL, color)


def count(page, color):
    return int((np.asarray(page) == color).all(axis=2).sum())


def test_right_pictures_have_green_frames_and_wrong_ones_red():
    frame = (CELL[0] + 8) * (CELL[1] + 8) - CELL[0] * CELL[1]
    items = [RankedPicture(person((9, 9, 9)), right, 0.5) for right in (True, False, False)]
    page = RankListPage(cell=CELL).draw([RankList(CAPTION, items)])
    bare = RankListPage(cell=CELL).draw([RankList(CAPTION, [])])
    # The ranks are printed in the frame's colour too, in a few pixels.
    assert 0 <= count(page, RIGHT) - count(bare, RIGHT) - frame < 60
    assert 0 <= count(page, WRONG) - count(bare, WRONG) - 2 * frame < 120


def test_the_query_is_a_sentence_or_a_picture():
    query = (1, 200, 3)
    lists = [RankList(person(query), []), RankList("word " * 500, [])]
    page = RankListPage(cell=CELL).draw(lists, title="Ranks")
    assert count(page, query) == CELL[0] * CELL[1]
    assert page.height < 300  # the endless sentence is cut


def test_every_colour_variant_is_shown_and_the_changed_word_marked():
    colors = [(10 * n, 7, 7) for n in range(5)]
    gray, colored, original, *changed = (person(c) for c in colors)
    variants = [ColorVariant(p, n) for p, n in zip(changed, ("green", "white"), strict=True)]
    start = CAPTION.index("red")
    example = ColorizationExample(original, gray, colored, CAPTION, (start, start + 3), variants)
    page = ColorizationGrid(cell=CELL).draw([example])
    assert [count(page, color) for color in colors] == 5 * [CELL[0] * CELL[1]]
    unmarked = ColorizationExample(original, gray, colored, CAPTION)
    marks = [
        count(ColorizationGrid(cell=CELL).draw([e]), (255, 228, 130)) for e in (example, unmarked)
    ]
    assert marks[0] > marks[1] > 0  # the legend has one


@pytest.mark.parametrize(("guess", "green", "red"), [("red", 1, 0), ("blue", 0, 1)])
def test_guesses_are_green_or_red(guess, green, red):
    start = CAPTION.index("red")
    hidden = [HiddenPiece(start, start + 3, "red", [(guess, 0.75), ("pink", 0.25)])]
    cards = AttributeCards(cell=CELL)
    page = cards.draw([AttributeCard(person((9, 9, 9)), CAPTION, hidden)])
    bare = cards.draw([AttributeCard(person((9, 9, 9)), CAPTION, [])])
    assert (count(page, RIGHT) > count(bare, RIGHT)) == bool(green)
    assert (count(page, WRONG) > count(bare, WRONG)) == bool(red)


def test_phrases_take_the_colour_of_their_slot():
    start = CAPTION.index("red shirt")
    item = SheetItem(person((9, 9, 9)), "id 1 · cam 2", CAPTION, [(2, start, start + 9)])
    page = ContactSheet(cell=(150, 40), columns=1).draw([item])
    plain = ContactSheet(cell=(150, 40), columns=1).draw([SheetItem(person((9, 9, 9)))])
    assert count(page, SLOT_COLORS["upper"]) > 500
    assert count(plain, SLOT_COLORS["upper"]) == 0


@pytest.mark.parametrize("draw", [RankListPage, ColorizationGrid, AttributeCards, ContactSheet])
def test_empty_pages_and_registration(draw):
    page = build({"type": draw.__name__}, VISUALIZERS).draw([], title="Nothing")
    assert page.width > 1
