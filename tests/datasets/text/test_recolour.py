import pytest

from plipdet.datasets.text import AttributePhraseTagger, PhraseSpan, replace_colour
from plipdet.errors import InputError

tag = AttributePhraseTagger()


@pytest.mark.parametrize(
    ("caption", "slot", "colour", "expected"),
    [
        ("a man in a red shirt", 2, "blue", "a man in a blue shirt"),
        ("a man in a red shirt", 2, "orange", "a man in an orange shirt"),
        ("An orange bag", 5, "red", "A red bag"),
        ("an old blue bag", 5, "orange", "an old orange bag"),
        ("She wears dark blue jeans", 3, "light green", "She wears light green jeans"),
        ("a navy blue coat", 2, "red", "a red coat"),
        ("black and white striped shirt", 2, "green", "green and white striped shirt"),
        ("Black boots, black hair", 1, "red", "Black boots, red hair"),
        ("Black boots", 4, "red", "Red boots"),
        ("his shoes are white", 4, "black", "his shoes are black"),
        ("black-rimmed glasses", 1, "red", "red-rimmed glasses"),
        ("a dark blue-and-white dress", 2, "red", "a red-and-white dress"),
    ],
)
def test_only_the_phrase_changes(caption, slot, colour, expected):
    span = next(s for s in tag(caption) if s.slot == slot)
    assert replace_colour(caption, span, colour) == expected


def test_a_colour_word_elsewhere_is_left():
    caption = "a red hat, a red shirt"
    assert replace_colour(caption, tag(caption)[1], "blue") == "a red hat, a blue shirt"


@pytest.mark.parametrize("caption", ["a long coat", "dark-coloured coat", "a goldfish print coat"])
def test_a_phrase_without_colour(caption):
    with pytest.raises(InputError, match="names no colour"):
        replace_colour(caption, PhraseSpan(2, 0, len(caption)), "red")


def test_an_empty_colour():
    with pytest.raises(InputError, match="empty"):
        replace_colour("a red coat", PhraseSpan(2, 2, 10), " ")
