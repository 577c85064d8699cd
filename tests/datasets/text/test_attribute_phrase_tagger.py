import itertools
import pickle
from collections.abc import Sequence

import gold_captions
import plain_tagger
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plipdet.datasets.text import AttributePhraseTagger, split_phrases
from plipdet.errors import InputError

tag = AttributePhraseTagger()


def tagged(caption: str, phrases: Sequence[str | None] | None = None) -> list[tuple[int, str]]:
    return [(s.slot, caption[s.start : s.end]) for s in tag(caption, phrases)]


def score(marked: Sequence[str]) -> tuple[float, float]:
    """Recall and precision; a phrase is found by the same slot and half of its letters."""
    hits = wanted = given_out = 0
    for line in marked:
        text, gold = gold_captions.parse(line)
        found = tag(text)
        wanted, given_out = wanted + len(gold), given_out + len(found)
        for slot, start, end in gold:
            hits += any(
                span.slot == slot
                and min(end, span.end) - max(start, span.start)
                >= 0.5 * (max(end, span.end) - min(start, span.start))
                for span in found
            )
    return hits / wanted, hits / given_out


def test_gold_set_is_large_enough():
    assert len(gold_captions.TUNED) >= 60 and len(gold_captions.HELD_OUT) >= 20
    assert not set(gold_captions.TUNED) & set(gold_captions.HELD_OUT)


def test_tuned_sentences_are_tagged():
    recall, precision = score(gold_captions.TUNED)
    assert recall >= 0.98 and precision >= 0.98


def test_held_out_sentences_are_tagged():
    recall, precision = score(gold_captions.HELD_OUT)
    assert recall >= 0.93 and precision >= 0.93


@pytest.mark.parametrize(
    ("caption", "expected"),
    [
        ("a pair of white sneakers", [(4, "white sneakers")]),
        ("a blue and white striped t-shirt", [(2, "blue and white striped t-shirt")]),
        ("shoulder-length brown hair", [(1, "shoulder-length brown hair")]),
        ("dark-coloured trousers", [(3, "dark-coloured trousers")]),
        ("the man's black-rimmed glasses", [(0, "man"), (1, "black-rimmed glasses")]),
        ("her shoes are black and white", [(4, "shoes are black and white")]),
        ("his hair is short, black shirt", [(1, "hair is short"), (2, "black shirt")]),
        ("jeans jacket, a denim top", [(2, "jeans jacket"), (2, "denim top")]),
        ("dark on top, a top, the top of it", [(2, "top")]),
        ("a coat with white stripes", [(2, "coat"), (2, "white stripes")]),
        ("A bag. White stripes.", [(5, "bag")]),
        ("a blakc shrit and blue jaens", []),
        ("dressed in black, he walks", []),
        ("LIGHT BLUE JEANS", [(3, "LIGHT BLUE JEANS")]),
        ("a shirt/skirt", [(2, "shirt"), (3, "skirt")]),
        ("barefoot boy", [(4, "barefoot"), (0, "boy")]),
        ("a bench and black shoes", [(4, "black shoes")]),
        ("a grocery bag, shopping bags", [(5, "grocery bag"), (5, "shopping bags")]),
    ],
)
def test_phrases(caption, expected):
    assert tagged(caption) == expected


@pytest.mark.parametrize("caption", ["", "   ", "?!... ,,, --", "\n\t", "🙂🙂", "日本語の文", "_"])
def test_nothing_to_tag(caption):
    assert tag(caption) == []


def test_offsets_survive_letters_that_change_length_in_lower_case():
    assert tagged("İİ a red shirt 🙂 and “blue” jeans") == [(2, "red shirt"), (3, "jeans")]


@pytest.mark.parametrize("word", ["black", "and", "blorp", "shirt", "a", ",", "back", "is"])
def test_two_thousand_words(word):
    caption = " ".join([word] * 2000)
    assert tag(caption, RECORD) == plain_tagger.tag(caption, RECORD)


@pytest.mark.parametrize("caption", [None, 3, b"a man", ["a man"], float("nan")])
def test_a_caption_must_be_a_string(caption):
    with pytest.raises(InputError, match="must be a string"):
        tag(caption)


RECORD = ["man", "short black hair", "white shirt", "black pants", "unknown", "black backpack"]


def test_the_records_phrases_word_for_word():
    caption = "A man with short black hair in a white shirt, black pants and a black backpack."
    assert tagged(caption, RECORD) == [
        (0, "man"), (1, "short black hair"), (2, "white shirt"), (3, "black pants"),
        (5, "black backpack"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("caption", "expected"),
    [
        ("His hair is black and short.", (1, "hair is black and short")),
        ("black and short hair", (1, "black and short hair")),
        ("a white cotton shirt", (2, "white cotton shirt")),
        ("white shirts", (2, "white shirts")),
        ("black trousers", (3, "black trousers")),
        ("a black rucksack", (5, "black rucksack")),
    ],
)
def test_the_records_phrases_in_other_words(caption, expected):
    assert expected in tagged(caption, RECORD)


def test_the_record_overrides_the_keywords():
    phrases = [None, None, None, "navy smock", None, "red glorp"]
    assert tagged("a navy smock and red glorp", phrases) == [(3, "navy smock"), (5, "red glorp")]
    assert tagged("a black belt", [None, None, None, "black belt", None, None]) == [
        (3, "black belt")
    ]


def test_the_record_does_not_reach_across_other_things():
    phrases = [None, None, "white shirt", None, None, None]
    assert tagged("a black shirt, white pants", phrases) == [(2, "black shirt"), (3, "white pants")]


@pytest.mark.parametrize("phrases", [[], ["man"], "man,hair,shirt,pants,shoes,bag", ["x"] * 7])
def test_six_phrases_are_needed(phrases):
    with pytest.raises(InputError, match="list of 6"):
        tag("a man", phrases)


def test_a_phrase_must_be_a_string():
    with pytest.raises(InputError, match="string or None"):
        tag("a man", [1, None, None, None, None, None])


def test_missing_phrases_are_allowed():
    assert tagged("a man", [None, "unknown", "", "UNKNOWN", " ", "none"]) == [(0, "man")]


WORDS = st.sampled_from(
    "a the man woman black white blue and , . with is hair short long shirt top watch stripes "
    "jeans shoes bag back hand blorp walking running 's very blonde bald that in of "
    "glasses T-shirt".split()
)
CAPTIONS = st.one_of(st.text(max_size=80), st.lists(WORDS, max_size=40).map(" ".join))
PHRASES = st.one_of(
    st.none(),
    st.lists(
        st.one_of(st.none(), st.lists(WORDS, max_size=4).map(" ".join)), min_size=6, max_size=6
    ),
)


@settings(max_examples=300, deadline=None)
@given(CAPTIONS, PHRASES)
def test_spans_are_sorted_disjoint_whole_and_repeatable(caption, phrases):
    spans = tag(caption, phrases)
    at = 0
    for slot, start, end in spans:
        assert 0 <= slot < 6 and at <= start < end <= len(caption)
        assert caption[start:end].strip() == caption[start:end]
        at = end
    assert tag(caption, phrases) == spans
    assert pickle.loads(pickle.dumps(tag))(caption, phrases) == spans


SPACES = st.sampled_from([" ", " ", "  ", "", "\t", "\n", "\u3000", "\x1c", "\x85", ", ", ". "])
SPACED = st.lists(st.tuples(SPACES, st.one_of(WORDS, st.text(max_size=3))), max_size=25).map(
    lambda parts: "".join(itertools.chain.from_iterable(parts))
)


@settings(max_examples=500, deadline=None)
@given(st.one_of(CAPTIONS, SPACED), PHRASES)
def test_like_word_by_word(caption, phrases):
    assert tag(caption, phrases) == plain_tagger.tag(caption, phrases)


@pytest.mark.parametrize("record", [None, RECORD])
def test_gold_captions_like_word_by_word(record):
    for line in gold_captions.TUNED + gold_captions.HELD_OUT:
        caption, _ = gold_captions.parse(line)
        for text in (caption, caption.upper(), caption.replace(" ", "  ") + "\n"):
            assert tag(text, record) == plain_tagger.tag(text, record)


def test_memory_does_not_grow_without_bound():
    own = AttributePhraseTagger()
    for n in range(33_000):
        own(f"shirt{n} " + "x" * (n % 50))
    assert len(own._read._lumps) <= 30_000
    assert max(map(len, own._read._lumps)) <= 32


@settings(max_examples=100, deadline=None)
@given(st.lists(WORDS, max_size=30))
def test_case_and_spacing_do_not_matter(words):
    plain = tagged(" ".join(words))
    loud = tagged("  ".join(w.upper() for w in words))
    assert [(s, "".join(t.lower().split())) for s, t in loud] == [
        (s, "".join(t.lower().split())) for s, t in plain
    ]


def test_extra_nouns():
    own = AttributePhraseTagger({"upper": ["hanfu"], "belongings": ["walkie"]})
    assert [s.slot for s in own("a red hanfu and two walkies")] == [2, 5]
    assert tag("a red hanfu") == []
    with pytest.raises(InputError, match="did you mean 'upper'"):
        AttributePhraseTagger({"uper": ["hanfu"]})


def test_split_phrases():
    assert split_phrases("man,short black hair, white shirt,black pants,unknown,bag") == [
        "man", "short black hair", "white shirt", "black pants", None, "bag",
    ]  # fmt: skip
    with pytest.raises(InputError, match="2 phrases"):
        split_phrases("man,hair")


def test_what_is_remembered_of_words_starts_anew_when_it_is_full(monkeypatch):
    monkeypatch.setattr("plipdet.datasets.text.word_codes._MOST_WORDS", 60)
    own, seen = AttributePhraseTagger(), 0
    for n in range(300):
        phrases = ["man", f"green{n % 7} hat", "white shirt", None, f"x{n} shoes", "unknown"]
        caption = f"A man{n} with a green{n % 7} hat, x{n} shoes and a white shirt."
        assert own(caption, phrases) == plain_tagger.tag(caption, phrases)
        assert len(own._read._codes) < 60 + 40
        seen = max(seen, len(own._read._codes))
    assert seen >= 60


def test_long_words_do_not_fill_the_memory():
    own = AttributePhraseTagger()
    for n in range(40):
        own(f"{n:07}" * 5_000 + " shirt", [None] * 5 + [f"{n:05}" * 5_000])
    assert sum(map(len, own._read._codes)) <= 600_000 and len(own._read.phrases) < 5
