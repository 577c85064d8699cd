import pytest

from plipdet.datasets.text.phrase_attributes import ATTRIBUTE_NAMES, phrase_labels


def told(phrases):
    """Return what is affirmed, and what is denied."""
    labels = dict(zip(ATTRIBUTE_NAMES, phrase_labels(phrases), strict=True))
    return {n for n, v in labels.items() if v == 1}, {n for n, v in labels.items() if v == 0}


def only(slot, phrase):
    phrases = [None] * 6
    phrases[slot] = phrase
    return told(phrases)


def test_names_are_unlike():
    assert len(set(ATTRIBUTE_NAMES)) == len(ATTRIBUTE_NAMES)


def test_nothing_is_told_by_nothing():
    assert told([None] * 6) == (set(), set())


@pytest.mark.parametrize(
    ("slot", "phrase", "expected"),
    [
        (0, "lady", {"female"}),
        (0, "Boy", {"male", "child"}),
        (0, "men", {"male"}),
        (1, "long golden brown hair and a black cap", {"hair long", "hair brown", "hat"}),
        (1, "shaved head with sunglasses", {"bald", "glasses"}),
        (1, "dark gray ponytail", {"hair tied", "hair grey"}),
        (1, "dark hair", {"hair black"}),
        (1, "dark brown hair", {"hair brown"}),
        (1, "black and brown long hair", {"hair long", "hair black", "hair brown"}),
        (1, "black cap", {"hat"}),
        (1, "red cap and brown hair", {"hat", "hair brown"}),
        (1, "short hair, no hat", {"hair short"}),
        (2, "red short sleeve T-shirt with white stripes",
         {"upper t-shirt", "sleeves short", "upper red", "upper white", "upper striped"}),
        (2, "long-sleeved polka-dot shirt", {"upper shirt", "sleeves long", "upper dotted"}),
        (2, "mustard yellow tank top", {"upper t-shirt", "sleeveless", "upper yellow"}),
        (2, "off-white long coat", {"upper coat", "upper white"}),
        (3, "black denim shorts", {"jeans", "shorts", "lower black"}),
        (3, "knee-length gray skirts", {"skirt", "lower grey"}),
        (3, "pants", {"trousers"}),
        (3, "short black skirt", {"skirt", "lower black"}),
        (3, "long dress pants", {"trousers"}),
        (3, "tight jeans", {"jeans"}),
        (3, "black tights", {"trousers", "lower black"}),
        (3, "denim short", {"jeans", "shorts"}),
        (2, "red dress shirt", {"upper shirt", "upper red"}),
        (2, "red dress", {"dress", "upper red"}),
        (4, "black dress shoes", {"leather shoes", "shoes black"}),
        (4, "white running shoes", {"sneakers", "shoes white"}),
        (4, "blue flip-flops", {"sandals", "shoes blue"}),
        (5, "messenger bag and a phone", {"shoulder bag", "phone"}),
        (5, "hand bag", {"handbag"}),
        (5, "phone in hand", {"phone"}),
        (5, "backpack on both shoulders", {"backpack"}),
        (5, "single-shoulder bag", {"shoulder bag"}),
        (5, "white plastic bag", {"shopping bag"}),
        (5, "no backpack", set()),
        (5, "without an umbrella", set()),
        (5, "guitar", set()),
    ],
)  # fmt: skip
def test_yes_is_what_the_words_say(slot, phrase, expected):
    assert only(slot, phrase)[0] == expected


def test_of_kinds_that_exclude_each_other_one_denies_the_rest_and_none_tells_nothing():
    yes, no = only(3, "blue garment")
    assert yes == {"lower blue"}
    assert not no & {"trousers", "jeans", "shorts", "skirt"} and "lower red" in no
    yes, no = only(3, "a skirt")
    assert {"trousers", "jeans", "shorts"} <= no and "lower blue" not in no
    yes, no = only(3, "jeans")
    assert "trousers" not in yes | no and {"shorts", "skirt"} <= no  # some call jeans trousers


def test_a_phrase_about_the_place_denies_things_that_it_does_not_name():
    assert {"hat", "glasses"} <= only(1, "short hair")[1]
    assert {"backpack", "umbrella"} <= only(5, "suitcase")[1]
    assert {"backpack", "umbrella"} <= only(5, "no backpack")[1]
    assert only(2, "shirt")[1] & {"hat", "backpack", "trousers"} == set()
