import numpy as np
from html_reading import Page
from PIL import Image

from plipdet.visualization import (
    AttributeGuess,
    RecognisedPerson,
    RecognitionCards,
    recognition_html,
)
from plipdet.visualization.drawing import RIGHT, WRONG
from plipdet.visualization.recognition_cards import sign

GUESSES = [
    AttributeGuess("hat", 0.2, 0),  # rightly not predicted
    AttributeGuess("bag", 0.9, 1),
    AttributeGuess("boots", 0.7, 0),
    AttributeGuess("a very long name that cannot stand in one line <b>", 0.4, 1),
    AttributeGuess("scarf", 0.6, -1),
    AttributeGuess("phone", 0.5, -1),
]
PERSON = RecognisedPerson(Image.new("RGB", (20, 40), (9, 9, 200)), GUESSES, "a&b.jpg")


def count(page, color):
    return int((np.asarray(page) == color).all(axis=2).sum())


def test_what_is_right_wrong_missed_or_unknown():
    assert [sign(guess)[1] for guess in GUESSES] == [
        "right",
        "right",
        "wrongly predicted",
        "missed",
        "predicted",
        "predicted",
    ]
    assert [g.name[:5] for g in PERSON.shown(9)] == ["bag", "boots", "scarf", "a ver"]
    assert [g.name for g in PERSON.shown(2)] == ["bag", "boots"]
    assert PERSON.tally() == "2 of 4 right"
    assert RecognisedPerson(PERSON.picture, GUESSES[4:]).tally() == ""


def test_bars_are_as_long_as_they_are_probable_and_say_who_is_right():
    def bars(color, *guesses):
        person = RecognisedPerson(PERSON.picture, guesses)
        without = RecognisedPerson(PERSON.picture, [])
        pages = [RecognitionCards().draw([p]) for p in (person, without)]
        return count(pages[0], color) - count(pages[1], color)

    full = bars(RIGHT, AttributeGuess("", 1.0, 1))
    most = bars(RIGHT, AttributeGuess("", 0.75, 1))
    assert 0.65 < most / full < 0.85
    assert bars(WRONG, AttributeGuess("", 1.0, 0)) > 0.8 * full
    # The legend has a few pixels of each colour, as it is there for labels only.
    assert bars(RIGHT, AttributeGuess("", 1.0, 0)) < 40 and bars(WRONG, GUESSES[0]) < 40 < full


def test_cards_are_as_wide_whatever_stands_in_them():
    few = RecognisedPerson(PERSON.picture, [])
    one, all_of_them = (RecognitionCards().draw([p, p], title="Who") for p in (few, PERSON))
    assert one.width == all_of_them.width
    assert RecognitionCards(columns=1).draw([few]).width < one.width


def test_the_page_needs_nothing_beside_it_and_says_the_same():
    page = Page(recognition_html([PERSON, PERSON], title="Who & what"))
    assert page.loads() == [] and len(page.all("img")) == 2
    assert len(page.all("li", **{"class": "wrong"})) == 4
    assert len(page.all("li", **{"class": "missed"})) == 2
    assert len(page.all("li", **{"class": "right"})) == 2
    for words in ("Who & what", "a&b.jpg", "2 of 4 right", "one line <b>", "90%", "missed"):
        assert words in page.text, words
    unlabelled = RecognisedPerson(PERSON.picture, GUESSES[4:])
    assert "missed" not in Page(recognition_html([unlabelled], title="t")).text
