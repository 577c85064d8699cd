import re

import numpy as np
import pytest

from plipdet.datasets.text import AttributePhraseTagger
from plipdet.errors import InputError
from plipdet.minipedes.captions import CAPTION_STYLES, prompt_caption, write_captions
from plipdet.minipedes.exporters.caption_statistics import caption_statistics
from plipdet.minipedes.person_spec import Garment, PersonSpec
from plipdet.minipedes.phrases import attribute_phrases
from plipdet.minipedes.prompt_templates import GENDERS, SLOTS, library, prompt_templates
from plipdet.minipedes.sample_person import sample_person
from plipdet.minipedes.sleeves import sleeve_length
from plipdet.minipedes.visibility import PARTS, facts_of

PEOPLE = [sample_person(11, number) for number in range(1, 401)]
VIEWS = [frozenset(PARTS) | {way, move} for way in ("front", "back", "side")
         for move in ("walking", "standing")]  # fmt: skip
tag = AttributePhraseTagger()

# Written apart from the lexicon: what each word of a caption may stand for.
COLOUR_OF = {
    "black": {"black"}, "dark": {"black", "navy", "brown", "purple"}, "white": {"white"},
    "off-white": {"white"}, "grey": {"grey"}, "gray": {"grey"}, "mid-grey": {"grey"},
    "pitch-black": {"black"}, "red": {"red"}, "crimson": {"red"}, "scarlet": {"red"},
    "blue": {"blue", "navy", "light blue"}, "navy": {"navy"}, "green": {"green", "olive"},
    "olive": {"olive"}, "yellow": {"yellow"}, "orange": {"orange"}, "brown": {"brown"},
    "beige": {"beige"}, "tan": {"beige"}, "camel": {"beige"}, "sand-coloured": {"beige"},
    "pink": {"pink"}, "purple": {"purple"}, "violet": {"purple"},
}  # fmt: skip
HAIR_COLOUR_OF = {
    "black": {"black"}, "jet-black": {"black"}, "dark": {"black", "brown"}, "brown": {"brown"},
    "brunette": {"brown"}, "blond": {"blond"}, "blonde": {"blond"}, "fair": {"blond"},
    "golden": {"blond"}, "grey": {"grey"}, "gray": {"grey"}, "silver": {"grey"}, "red": {"red"},
    "ginger": {"red"}, "auburn": {"red"}, "copper": {"red"},
}  # fmt: skip
UPPER_OF = {
    "t-shirt": {"t-shirt", "long-sleeved top"}, "tee": {"t-shirt", "long-sleeved top"},
    "top": {"t-shirt", "tank top", "long-sleeved top", "hoodie"}, "singlet": {"tank top"},
    "shirt": {"shirt", "t-shirt", "tank top", "long-sleeved top"}, "blouse": {"shirt"},
    "sweater": {"sweater"}, "pullover": {"sweater"}, "jumper": {"sweater"}, "hoodie": {"hoodie"},
    "hoody": {"hoodie"}, "sweatshirt": {"hoodie"}, "jacket": {"jacket"}, "coat": {"coat"},
    "overcoat": {"coat"}, "dress": {"dress"},
}  # fmt: skip
LOWER_OF = {
    "trousers": {"trousers", "jeans"}, "slacks": {"trousers"}, "jeans": {"jeans"},
    "pants": {"trousers", "jeans", "leggings", "shorts"}, "leggings": {"leggings"},
    "shorts": {"shorts"}, "skirt": {"skirt", "long skirt"},
}  # fmt: skip
SHOES_OF = {
    "sneakers": {"sneakers"}, "trainers": {"sneakers"}, "boots": {"boots"}, "sandals": {"sandals"},
    "heels": {"high heels"}, "pumps": {"high heels"},
    "shoes": {"sneakers", "boots", "leather shoes", "high heels"},
}  # fmt: skip
BELONGING_OF = {
    "backpack": {"backpack"}, "rucksack": {"backpack"}, "knapsack": {"backpack"},
    "handbag": {"handbag"}, "purse": {"handbag"}, "suitcase": {"suitcase"}, "case": {"suitcase"},
    "bag": {"handbag", "shoulder bag", "shopping bag"}, "umbrella": {"umbrella"},
    "phone": {"phone"}, "smartphone": {"phone"}, "scarf": {"scarf"},
}  # fmt: skip
HAT_OF = {"cap": {"cap"}, "beanie": {"beanie"}, "hat": {"beanie", "brimmed"}}
SLEEVES = {"sleeveless": "none", "short-sleeve": "short", "short-sleeved": "short",
           "long-sleeve": "long", "long-sleeved": "long"}  # fmt: skip
STYLES_OF_HAIR = {
    "short": {"short"}, "cropped": {"short"}, "short-cut": {"short"}, "haircut": {"short"},
    "long": {"long"}, "medium-length": {"medium"}, "chin-length": {"medium"},
    "ponytail": {"ponytail"}, "bun": {"bun"}, "shaved": {"bald"}, "shaven": {"bald"},
    "bald": {"bald"}, "medium": {"medium"}, "tied": {"ponytail", "bun"},
}  # fmt: skip
MEN = {"man", "male", "guy", "gentleman", "lad", "boy"}
WOMEN = {"woman", "female", "lady", "girl"}


def words_of(text: str) -> list[str]:
    return re.findall(r"[a-z]+(?:-[a-z]+)*", text.lower())


def colours_in(words: list[str]) -> list[set[str]]:
    return [COLOUR_OF[w] for w in words if w in COLOUR_OF]


def check_garment(phrase: str, garment: Garment, nouns: dict[str, set[str]]) -> None:
    words = words_of(phrase)
    named = [nouns[w] for w in words if w in nouns]
    assert named, phrase
    # Of "shirt dress" and "skinny denim jeans" the last noun counts.
    assert garment.kind in named[-1], (phrase, garment)
    # A light or royal blue thing that is called so must not be navy.
    own = {garment.colour, garment.second_colour}
    for colours in colours_in(words):
        assert colours & own, (phrase, garment)
    for shade, blues in (("navy", {"navy"}), ("light", {"light blue", "pink", "beige"}),
                         ("royal", {"blue"}), ("sky", {"light blue"})):  # fmt: skip
        if shade in words:
            assert own & blues, (phrase, garment)
    if "striped" in words or "stripes" in words:
        assert garment.pattern == "striped"
    if {"plaid", "checked", "checkered", "checks"} & set(words):
        assert garment.pattern == "checked"
    if {"dots", "dotted", "spotted", "polka-dot"} & set(words):
        assert garment.pattern == "dotted"


def check_head(phrase: str, spec: PersonSpec) -> None:
    words = words_of(phrase)
    if "spectacles" in words or any(w.endswith("glasses") for w in words):
        assert spec.glasses
        return
    if any(w in HAT_OF for w in words):
        assert spec.hat is not None
        check_garment(phrase, spec.hat, HAT_OF)
        return
    for word in words:
        if word in STYLES_OF_HAIR:
            assert spec.hair_style in STYLES_OF_HAIR[word], (phrase, spec.hair_style)
        if word in HAIR_COLOUR_OF and spec.hair_style != "bald":
            assert spec.hair_colour in HAIR_COLOUR_OF[word], (phrase, spec.hair_colour)


def check_upper(phrase: str, spec: PersonSpec, told: set[str]) -> None:
    garments = [spec.upper] if spec.inner is None else [spec.upper, spec.inner]
    words = words_of(phrase)
    if not any(w in UPPER_OF for w in words):  # "green stripes": of the garment before
        assert words[-1] in ("outfit", "garment") or any(
            spec.upper.second_colour in colours for colours in colours_in(words)
        ), (phrase, spec.upper)
        return
    fitting = [g for g in garments if g.kind in [UPPER_OF[w] for w in words if w in UPPER_OF][-1]]
    assert fitting, (phrase, spec.upper, spec.inner)
    if len(fitting) == 1:
        check_garment(phrase, fitting[0], UPPER_OF)
    for word in words:
        if word in SLEEVES and fitting[0] is spec.upper:
            assert SLEEVES[word] == sleeve_length(spec), (phrase, spec.upper)
    told.add("upper")


def check(caption: str, spec: PersonSpec) -> set[str]:
    """Assert that a caption is true, and return which slots it told."""
    told: set[str] = set()
    for slot, start, end in tag(caption):
        phrase = caption[start:end]
        if slot == 0:
            assert phrase.lower() in (MEN if spec.gender == "man" else WOMEN), caption
            told.add("gender")
        elif slot == 1:
            check_head(phrase, spec)
            told.add("head")
        elif slot == 2:
            check_upper(phrase, spec, told)
        elif slot in (3, 4):
            garment, nouns = (spec.lower, LOWER_OF) if slot == 3 else (spec.shoes, SHOES_OF)
            if any(w in nouns for w in words_of(phrase)):
                check_garment(phrase, garment, nouns)
                told.add("lower" if slot == 3 else "shoes")
        else:
            kinds = [BELONGING_OF[w] for w in words_of(phrase) if w in BELONGING_OF]
            if kinds:
                things = [spec.bag, *spec.others]
                match = [t for t in things if t is not None and t.kind in kinds[-1]]
                assert match, (phrase, spec)
                check_garment(phrase, match[0], BELONGING_OF)
                told.add("belongings")
    return told


@pytest.mark.parametrize("style", CAPTION_STYLES)
def test_captions_are_true(style):
    rng = np.random.default_rng(5)
    slots = []
    for number, spec in enumerate(PEOPLE):
        visible = None if number % 3 == 0 else VIEWS[number % len(VIEWS)]
        slots.append(check(write_captions(spec, rng, style=style, visible=visible), spec))
    # The check above sees something: nearly all captions tell gender and clothes.
    assert np.mean(["gender" in s for s in slots]) > 0.9
    assert np.mean(["upper" in s for s in slots]) > 0.8
    assert np.mean(["head" in s for s in slots]) > 0.4
    assert np.mean(["belongings" in s for s in slots]) > 0.15


def test_prompt_captions_are_true_and_tell_every_phrase():
    rng = np.random.default_rng(6)
    for spec in PEOPLE:
        phrases = attribute_phrases(spec, rng)
        caption = prompt_caption(spec, phrases, rng)
        check(caption, spec)
        assert all(p in caption.lower() for p in map(str.lower, phrases) if p != "unknown")
        assert "[" not in caption and "unknown" not in caption


def test_the_check_notices_a_lie():
    spec = next(p for p in PEOPLE if p.lower.kind == "jeans" and p.lower.colour == "blue")
    check("She wears blue jeans.".replace("She ", ""), spec)
    for lie in ("wears red jeans", "wears blue shorts", "navy jeans", "striped blue jeans"):
        with pytest.raises(AssertionError):
            check(lie, spec)


def test_styles_differ_in_length():
    rng = np.random.default_rng(7)
    texts = {s: [write_captions(p, rng, style=s) for p in PEOPLE] for s in CAPTION_STYLES}
    long, short = (caption_statistics(texts[style]) for style in CAPTION_STYLES)
    assert 20 <= long["mean_length"] <= 32
    assert 8 <= short["mean_length"] <= 15
    assert max(len(text.split()) for text in texts["long"]) <= 50


def test_captions_are_varied():
    rng = np.random.default_rng(8)
    texts = [write_captions(p, rng, style=s) for p in PEOPLE for s in CAPTION_STYLES]
    found = caption_statistics(texts)
    assert found["distinct_captions"] > 0.99
    assert found["distinct_words"] >= 300
    starts = {" ".join(text.split()[:2]) for text in texts}
    assert len(starts) >= 150


def test_one_person_is_described_differently_each_time():
    rng = np.random.default_rng(9)
    texts = [write_captions(PEOPLE[0], rng, style="long") for _ in range(100)]
    assert len(set(texts)) >= 99


def test_equal_seeds_give_equal_captions():
    def all_texts() -> list[str]:
        rng = np.random.default_rng(10)
        return [write_captions(p, rng, style=s, visible=v)
                for p in PEOPLE[:30] for s in CAPTION_STYLES for v in (None, VIEWS[0])]  # fmt: skip

    assert all_texts() == all_texts()


@pytest.mark.parametrize("style", CAPTION_STYLES)
def test_what_does_not_show_is_not_told(style):
    rng = np.random.default_rng(11)
    hidden = {"shoes", "hair", "bag", "lower"}
    for spec in PEOPLE[:150]:
        visible = frozenset(PARTS) - hidden
        spans = tag(write_captions(spec, rng, style=style, visible=visible))
        assert not {3, 4} & {s.slot for s in spans}
        text = write_captions(spec, rng, style=style, visible=visible)
        assert not re.search(r"\b(hair|bun|ponytail|back|walk\w*|stand\w*|camera)\b", text), text


@pytest.mark.parametrize(
    ("view", "never"),
    [
        ("back", r"facing the camera|towards|logo|print|graphic|lettering|from the front"),
        ("front", r"away|behind|profile"),
        ("walking", r"\bstand"),
        ("standing", r"\bwalk|stroll|on the move"),
    ],
)
def test_view_and_motion_agree_with_the_picture(view, never):
    rng = np.random.default_rng(12)
    texts = [
        write_captions(spec, rng, style=style, visible=frozenset({*PARTS, view}))
        for spec in PEOPLE[:200]
        for style in CAPTION_STYLES
    ]
    assert not [text for text in texts if re.search(never, text)]
    said = {"back": "behind|away|back", "front": "camera|front", "walking": "walk|stroll",
            "standing": "stand"}[view]  # fmt: skip
    assert any(re.search(said, text) for text in texts)


def test_nothing_shows_at_all():
    rng = np.random.default_rng(13)
    for style in CAPTION_STYLES:
        text = write_captions(PEOPLE[0], rng, style=style, visible=frozenset())
        assert [s.slot for s in tag(text)] == [0]


def test_unknown_names_are_told():
    rng = np.random.default_rng(14)
    with pytest.raises(InputError, match="did you mean 'long'"):
        write_captions(PEOPLE[0], rng, style="longg")
    with pytest.raises(InputError, match="did you mean 'shoes'"):
        write_captions(PEOPLE[0], rng, style="long", visible=frozenset({"shoe"}))


@pytest.mark.parametrize("style", CAPTION_STYLES)
def test_sentences_are_well_formed(style):
    rng = np.random.default_rng(15)
    for number, spec in enumerate(PEOPLE):
        text = write_captions(spec, rng, style=style, visible=VIEWS[number % len(VIEWS)])
        assert not re.search(r"[{}\[\]]|  | ,|\.\.|,\.|\ba a\b", text), text
        assert not re.search(r"\ba [aeio]\w+", text, re.I), text
        assert not re.search(r"\ban [^aeiou]", text, re.I), text
        if style == "long":
            assert text[0].isupper() and text.endswith(".")
            assert not re.search(r"\. [a-z]", text), text


def test_six_phrases():
    rng = np.random.default_rng(16)
    for spec in PEOPLE:
        phrases = attribute_phrases(spec, rng)
        assert len(phrases) == 6 and all("," not in p and p == p.strip() for p in phrases)
        assert (phrases[3] == "unknown") == (spec.lower.kind == "none")
        assert (phrases[5] == "unknown") == (spec.bag is None and not spec.others)
        gender, head, upper, lower, shoes, things = phrases
        told = check(f"the {gender} has {head}. a {upper}. {lower}. {shoes}. a {things}", spec)
        assert {"gender", "upper", "shoes"} <= told


def test_hidden_parts_are_unknown_phrases():
    rng = np.random.default_rng(17)
    phrases = attribute_phrases(PEOPLE[0], rng, visible=frozenset({"upper"}))
    assert [p == "unknown" for p in phrases] == [False, True, False, True, True, True]


def test_library_of_prompts():
    sentences = library()
    assert len(sentences) >= 150
    for sentence in sentences:
        slots = re.findall(r"\[(\w+)\]", sentence)
        assert slots.count("person") == 1 and len(slots) == len(set(slots))
        assert set(slots) <= set(SLOTS) and sentence[0].isupper() and sentence.endswith(".")


def test_prompts_are_chosen_by_what_is_known_and_by_gender():
    for gender in GENDERS:
        for sentence in prompt_templates(frozenset({"up", "others"}), gender):
            assert set(re.findall(r"\[(\w+)\]", sentence)) == {"person", "up", "others"}
    man = prompt_templates(frozenset({"head"}), "man")
    woman = prompt_templates(frozenset({"head"}), "woman")
    assert any(" He " in s for s in man) and not any(" She " in s for s in man)
    assert any(" She " in s for s in woman) and not any(" He " in s for s in woman)


def test_prompt_without_gender_or_anything():
    rng = np.random.default_rng(18)
    for _ in range(20):
        text = prompt_caption(
            PEOPLE[0], ["unknown", "short hair", "red tee", None, None, None], rng
        )
        assert "person" in text.lower() and not re.search(r"\b(he|she|his|her)\b", text, re.I)
    assert "man" in prompt_caption(PEOPLE[0], ["man", *["unknown"] * 5], rng)
    with pytest.raises(InputError, match="6 phrases, not 2"):
        prompt_caption(PEOPLE[0], ["man", "x"], rng)


def test_a_prompt_takes_the_right_article():
    rng = np.random.default_rng(19)
    phrases = ["old man", "short hair", "orange tee", "black pants", "white shoes", "umbrella"]
    for _ in range(60):
        text = prompt_caption(PEOPLE[0], phrases, rng)
        assert "an orange tee" in text.lower() and "an umbrella" in text.lower()
        assert not re.search(r"\ban? (black pants|white shoes|short hair)", text, re.I)
        assert not re.search(r"\ba old", text, re.I)


def test_facts_hold_only_for_what_a_person_has():
    for spec in PEOPLE[:100]:
        facts = facts_of(spec, None)
        assert ("hat" in facts) == (spec.hat is not None)
        assert ("lower" in facts) == (spec.lower.kind != "none")
        assert facts <= set(PARTS)
