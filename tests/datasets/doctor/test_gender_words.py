import pytest

from plipdet.datasets.doctor.gender_words import (
    BOTH,
    FEMALE,
    MALE,
    UNKNOWN,
    gender_of,
    is_gender_phrase,
)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("A tall man, in black.", MALE),
        ("The WOMAN wears a human-size bag", FEMALE),
        ("female", FEMALE),
        ("a man and a woman", BOTH),
        ("mother with her son", BOTH),
        ("a person with a man's coat", UNKNOWN),
        ("manager with a lady-like bag", UNKNOWN),
        ("boyfriend jeans and a sonic backpack", UNKNOWN),
        ("", UNKNOWN),
    ],
)
def test_gender_of(text, code):
    assert gender_of(text) == code


@pytest.mark.parametrize(
    ("phrase", "known"),
    [
        ("young man", True),
        ("Woman", True),
        ("a child", True),
        ("mna", False),
        ("black hair", False),
    ],
)
def test_is_gender_phrase(phrase, known):
    assert is_gender_phrase(phrase) is known
