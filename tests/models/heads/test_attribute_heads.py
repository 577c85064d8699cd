import numpy as np
import pytest
import torch
import torch.nn.functional as F
from tiny_attributes import FACTS, NAMES, Words

from plipdet.errors import InputError
from plipdet.minipedes.attributes import ATTRIBUTE_NAMES
from plipdet.models import AttributeHead, PromptAttributeHead
from plipdet.models.heads.attribute import AttributeScorer, phrase_of
from plipdet.models.heads.attribute.attribute_phrases import PERSON

PA100K = (
    "Female AgeOver60 Age18-60 AgeLess18 Front Side Back Hat Glasses HandBag ShoulderBag Backpack "
    "HoldObjectsInFront ShortSleeve LongSleeve UpperStride UpperLogo UpperPlaid UpperSplice "
    "LowerStripe LowerPattern LongCoat Trousers Shorts Skirt&Dress boots"
).split()


class Texts:
    """A text encoder: an embedding of each word, averaged."""

    def __init__(self, dim=4, seed=0):
        generator = torch.Generator().manual_seed(seed)
        self.table = torch.randn(40, dim, generator=generator)
        self.calls = 0

    def __call__(self, token_ids, token_mask):
        self.calls += 1
        weights = token_mask[..., None].float()
        return (self.table[token_ids] * weights).sum(dim=1) / weights.sum(dim=1)

    def one(self, phrase):
        ids, mask, _ = Words()(phrase)
        return self(torch.from_numpy(ids)[None], torch.from_numpy(mask)[None])[0]


def prompts(**options):
    return PromptAttributeHead(Words(), image_dim=4, text_dim=4, **options)


def cosine(one, other):
    return float(F.cosine_similarity(one[None], other[None]))


def test_untrained_it_compares_a_phrase_with_the_contrast_or_with_other_pictures():
    head, texts, image = prompts().eval(), Texts(), torch.randn(5, 4)
    assert head.attribute_names == () and not head.state_dict()
    with pytest.raises(InputError, match="asked for no attribute"):
        head.logits(image, texts)
    head.ask(("hat", "a person who is dancing"))
    asked = ["a person wearing a hat", "a person with a person who is dancing"]
    found = head.logits(image, texts)
    for b, a in np.ndindex(5, 2):
        own, other = cosine(image[b], texts.one(asked[a])), cosine(image[b], texts.one(PERSON))
        assert float(found[b, a]) == pytest.approx(20 * (own - other), abs=1e-4)
    reference = torch.randn(50, 4)
    head.refer(reference, texts)
    found = head.logits(image, texts)
    for a in range(2):
        others = [cosine(x, texts.one(asked[a])) for x in reference]
        for b in range(5):
            z = (cosine(image[b], texts.one(asked[a])) - np.mean(others)) / np.std(others)
            assert float(found[b, a]) == pytest.approx(z, abs=1e-3)
    head.ask(("hat",))
    assert "that of 'a person'" in head.rule(), "pictures told of other phrases"


def test_a_config_s_phrases_take_the_place_of_the_table_s():
    head, texts = prompts(phrases={"hat": "a red cap"}, contrast="somebody").eval(), Texts()
    head.ask(("hat",))
    image = torch.randn(1, 4)
    expected = 20 * (
        cosine(image[0], texts.one("a red cap")) - cosine(image[0], texts.one("somebody"))
    )
    assert float(head.logits(image, texts)) == pytest.approx(expected, abs=1e-4)


def test_trained_it_scales_what_is_unusual_for_the_phrase():
    head, texts, image = prompts(), Texts(), torch.randn(16, 4)
    head.meet_attributes(FACTS)
    head.ask(("something else",))
    assert head.attribute_names == NAMES
    with torch.no_grad():
        head.scale.scale.fill_(3.0)
    found = head.logits(image, texts)
    table = torch.stack([texts.one(phrase_of(name)) for name in NAMES])
    cosines = F.normalize(image, dim=1) @ F.normalize(table, dim=1).T
    z = (cosines - cosines.mean(dim=0)) / (cosines.var(dim=0, correction=0) + 1e-5).sqrt()
    share = torch.tensor(FACTS.positive_share)
    torch.testing.assert_close(found, 3 * z + torch.logit(share), atol=1e-4, rtol=1e-4)


def test_phrases_are_embedded_again_when_they_can_have_changed():
    image = torch.randn(4, 4)

    def calls(head, texts, times=3):
        before = texts.calls
        for _ in range(times):
            head.logits(image, texts)
        return texts.calls - before

    for trains_texts, expected in ((True, 3), (False, 1)):
        head, texts = prompts(train_texts=trains_texts), Texts()
        head.meet_attributes(FACTS)
        assert calls(head, texts) == expected
        head.eval()
        assert calls(head, texts) == 1
        head.load_state_dict(head.state_dict())
        assert calls(head, texts) == 1, "a file has come"
        head.train()
        assert calls(head, texts) == expected


def test_a_file_says_what_the_head_scores():
    trained, read = prompts(), prompts()
    trained.meet_attributes(FACTS)
    read.meet_weights(trained.state_dict())
    read.load_state_dict(trained.state_dict())
    assert read.attribute_names == NAMES
    other = AttributeHead(image_dim=4)
    other.meet_attributes(FACTS)
    read = prompts()
    read.meet_weights(other.state_dict())
    assert read.attribute_names == (), "a classifier's weights are no prompts'"


def test_what_the_text_encoder_is_used_for_follows_the_option():
    assert prompts().uses == {"image.embedding", "text.embedding"}
    assert prompts(train_texts=False).uses == {"image.embedding"}
    assert isinstance(prompts(), AttributeScorer)
    assert isinstance(AttributeHead(image_dim=4), AttributeScorer)


def test_wrong_options_are_refused():
    with pytest.raises(InputError, match="embed_dim to 8"):
        PromptAttributeHead(Words(), image_dim=4, text_dim=8)
    with pytest.raises(InputError, match="asks '' for 'hat'"):
        prompts(phrases={"hat": ""})
    with pytest.raises(InputError, match="'hta', which is no attribute of the data; did you mean"):
        prompts(phrases={"hta": "a red cap"}).ask(("hat", "bag"))


@pytest.mark.parametrize("name", [*PA100K, *ATTRIBUTE_NAMES])
def test_names_have_readable_phrases(name):
    phrase = phrase_of(name)
    assert phrase.startswith(("a ", "an ")) and not phrase.startswith(f"a person with {name}")


def test_names_are_read_as_words():
    for name, phrase in {
        "upperBodyThinStripes": "a person wearing a striped top",
        "ub-ShortSleeve": "a person in short sleeves",
        "UpperStride": "a person wearing a striped top",
        "Skirt&Dress": "a person wearing a skirt or a dress",
        "upblack": "a person wearing a black top",
        "Femal": "a woman",
        "lb-ColorBrown": "a person wearing brown trousers",
        "personalLarger60": "an old person",
        "carryingBabyBuggy": "a person with carrying baby buggy",
        "???": "a person",
    }.items():
        assert phrase_of(name) == phrase
