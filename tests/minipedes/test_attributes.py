import dataclasses

import pytest

from plipdet.errors import InputError
from plipdet.minipedes.attributes import ATTRIBUTE_NAMES, attribute_labels
from plipdet.minipedes.person_spec import Garment, PersonSpec
from plipdet.minipedes.sample_person import sample_person
from plipdet.minipedes.sleeves import sleeve_length
from plipdet.minipedes.visibility import FACTS, PARTS

WOMAN = PersonSpec(
    person_id=1, gender="woman", age="old", build="slim", skin=0.2, hair_style="long",
    hair_colour="grey", hat=None, glasses=True,
    upper=Garment("t-shirt", "navy", "striped", "white"),
    inner=None, lower=Garment("skirt", "red"), shoes=Garment("boots", "black"),
    bag=Garment("handbag", "brown"), others=(Garment("umbrella", "red"),), body_seed=3,
)  # fmt: skip


def labels(spec: PersonSpec, visible: frozenset[str] | None = None) -> dict[str, int]:
    return dict(zip(ATTRIBUTE_NAMES, attribute_labels(spec, visible=visible), strict=True))


def test_names():
    assert len(ATTRIBUTE_NAMES) >= 26 and len(set(ATTRIBUTE_NAMES)) == len(ATTRIBUTE_NAMES)


def test_by_hand():
    yes = {name for name, value in labels(WOMAN).items() if value == 1}
    assert yes == {
        "female", "age old", "build slim", "hair long", "glasses", "sleeves short",
        "upper t-shirt", "upper striped", "upper blue", "upper white", "skirt", "lower red",
        "boots", "handbag", "umbrella",
    }  # fmt: skip
    assert -1 not in labels(WOMAN).values()


def test_dress_has_no_lower_garment():
    dress = dataclasses.replace(
        WOMAN, upper=Garment("dress", "pink"), lower=Garment("none", "black")
    )
    found = labels(dress)
    assert found["dress"] == 1 and found["skirt"] == found["trousers"] == found["lower black"] == 0


def test_hidden_parts_are_unknown():
    found = labels(WOMAN, frozenset({"upper", "back", "walking"}))
    unknown = {name for name, value in found.items() if value == -1}
    assert {
        "hair long",
        "glasses",
        "skirt",
        "boots",
        "handbag",
        "upper logo",
        "lower red",
    } <= unknown
    assert found["upper striped"] == 1 and found["female"] == 1 and found["upper red"] == 0


def test_an_item_is_seen_to_be_lacking_where_it_would_be():
    bare = dataclasses.replace(WOMAN, glasses=False, bag=None, others=())
    front = labels(bare, frozenset({"face", "hair", "upper", "front"}))
    assert [front[n] for n in ("glasses", "hat", "backpack", "umbrella")] == [0, 0, 0, 0]
    away = labels(bare, frozenset({"lower"}))
    assert [away[n] for n in ("glasses", "hat", "backpack", "umbrella")] == [-1, -1, -1, -1]


@pytest.mark.parametrize("visible", [None, frozenset(PARTS), frozenset(), frozenset(FACTS)])
def test_labels_of_a_population(visible):
    people = [sample_person(2, number) for number in range(1, 201)]
    table = [attribute_labels(spec, visible=visible) for spec in people]
    assert {len(row) for row in table} == {len(ATTRIBUTE_NAMES)}
    assert {value for row in table for value in row} <= {-1, 0, 1}
    if visible is None:
        for name, column in zip(ATTRIBUTE_NAMES, zip(*table, strict=True), strict=True):
            assert 0 < sum(column) < len(people), name
    for group in (("age child", "age young", "age adult", "age old"),
                  ("sleeveless", "sleeves short", "sleeves long")):  # fmt: skip
        at = [ATTRIBUTE_NAMES.index(name) for name in group]
        assert all(sum(row[i] for i in at) in (1, -len(group)) for row in table)


def test_sleeves_are_those_drawn():
    assert sleeve_length(WOMAN) == "short"
    for kind, length in (("tank top", "none"), ("hoodie", "long"), ("coat", "long")):
        assert sleeve_length(dataclasses.replace(WOMAN, upper=Garment(kind, "red"))) == length


def test_an_unknown_fact():
    with pytest.raises(InputError, match="did you mean 'glasses'"):
        attribute_labels(WOMAN, visible=frozenset({"glases"}))
