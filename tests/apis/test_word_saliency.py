import cv2
import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from plipdet.apis import embed_images, embed_texts
from plipdet.apis.saliency_pairs import own_pair, query_pairs
from plipdet.apis.word_saliency import word_saliency
from plipdet.engine.config import load_config
from plipdet.errors import InputError
from plipdet.models import PersonDataPreprocessor
from plipdet.structures import ImageFeatures, TextFeatures
from plipdet.tasks import PersonTask

COLOURS = ("red", "green", "blue")


class MeanColours(nn.Module):
    """The map is the picture's mean R, G and B in 4 x 2 places, the embedding their maxima."""

    def forward(self, images):
        places = F.adaptive_avg_pool2d(images, (4, 2))
        return ImageFeatures((images, places), places.amax(dim=(2, 3)))


class NamedColours(nn.Module):
    """The embedding counts the names of R, G and B."""

    def __init__(self, names):
        super().__init__()
        self.names = names

    def forward(self, token_ids, token_mask):
        found = torch.stack([(token_ids == name).sum(1) for name in self.names], dim=1)
        return TextFeatures(token_ids[..., None], token_mask, found.float())


class ColourTask(PersonTask):
    def __init__(self, names):
        plain = PersonDataPreprocessor(mean=(0, 0, 0), std=(1, 1, 1))
        super().__init__(MeanColours(), NamedColours(names), data_preprocessor=plain)
        self.heads = nn.ModuleDict()

    def loss_terms(self, batch):
        return {}


@pytest.fixture(scope="module")
def colour_task(inputs):
    return ColourTask([int(inputs.tokenizer(name)[0][1]) for name in COLOURS])


def picture_of(**places):
    """A picture of 4 x 2 black places, some of them coloured."""
    picture = np.zeros((64, 32, 3), np.uint8)
    for name, (y, x) in places.items():
        picture[16 * y : 16 * y + 16, 16 * x : 16 * x + 16, COLOURS.index(name)] = 255
    return picture


def test_each_word_is_found_where_its_colour_is(colour_task, inputs):
    places = {"red": (0, 0), "green": (1, 1), "blue": (3, 0)}
    sentence = "A blue-red coat, with green, Red and blue."
    example = word_saliency(colour_task, picture_of(**places), sentence, inputs=inputs)
    assert example.similarity == pytest.approx(5 / 27**0.5)  # of (2, 1, 2) and (1, 1, 1)
    words = {sentence[w.start : w.end].lower(): w for w in example.words}
    assert list(words) == ["blue-red", "coat", "green", "red", "blue"]
    assert words["coat"].contribution == 0
    assert not words["coat"].heat.any()
    for name in COLOURS:
        most = np.unravel_index(words[name].heat.argmax(), (4, 2))
        assert most == places[name]
        assert words[name].heat.sum() == pytest.approx(words[name].contribution, abs=1e-6)
    both = words["blue-red"].heat  # its three word pieces are hidden together
    assert both[places["blue"]] > 0 and both[places["red"]] > 0 > both[places["green"]]
    assert example.heat.sum() == pytest.approx(example.similarity, abs=1e-6)


def test_a_word_for_what_is_not_there_speaks_against_the_picture(colour_task, inputs):
    example = word_saliency(colour_task, picture_of(green=(2, 0)), "green and red", inputs=inputs)
    green, red = example.words
    assert green.contribution > 0 > red.contribution
    assert red.heat[2, 0] == pytest.approx(red.contribution)
    assert np.count_nonzero(red.heat) == 1


def test_finer_maps_of_earlier_stages(colour_task, inputs):
    picture = picture_of(red=(3, 1))
    example = word_saliency(colour_task, picture, "red", inputs=inputs, stage=0)
    heat = example.words[0].heat
    assert heat.shape == (64, 32)
    assert ((heat > 0) == (picture[..., 0] > 0)).all()


def test_similarity_is_that_of_the_embeddings(task, cfg):
    for picture, sentence, _ in query_pairs(cfg, [0, 5]):
        example = word_saliency(task, picture, sentence)
        expected = embed_texts(task, sentence)[0] @ embed_images(task, picture)[0]
        assert example.similarity == pytest.approx(float(expected), abs=1e-5)
        hidden = sentence.replace("man", "[MASK]")
        without = embed_texts(task, hidden)[0] @ embed_images(task, picture)[0]
        assert example.words[0].contribution == pytest.approx(float(expected - without), abs=1e-5)
        first = example.words[0]
        assert sentence[first.start : first.end] == "man"
    assert all(p.grad is None for p in task.parameters())


def test_all_words_and_those_that_are_cut_off(task, inputs):
    picture = picture_of(red=(0, 0))
    sentence = "the red one with the blue hat"
    content = word_saliency(task, picture, sentence)
    assert [sentence[w.start : w.end] for w in content.words] == ["red", "blue", "hat"]
    assert len(word_saliency(task, picture, sentence, all_words=True).words) == 7
    endless = "red " * 100
    assert len(word_saliency(task, picture, endless).words) == 30  # of 32 word pieces


@pytest.mark.parametrize(
    ("sentence", "options", "message"),
    [
        ("", {}, "has no words"),
        ("the with", {}, "has no words"),
        ("red", {"stage": 4}, "0 the finest, -1 the last"),
        ("red", {"stage": -5}, "0 the finest, -1 the last"),
        (3, {}, "must be a string"),
    ],
)
def test_wrong_input(task, sentence, options, message):
    with pytest.raises(InputError, match=message):
        word_saliency(task, picture_of(), sentence, **options)


def test_pairs_of_a_test(cfg, image_config):
    pairs = query_pairs(cfg, None, count=4, seed=1)
    assert len({pair.sentence for pair in pairs}) == 4
    assert query_pairs(cfg, [3])[0].note == "query 3"
    for wrong, message in (([8], "0 to 7"), ([-1], "0 to 7")):
        with pytest.raises(InputError, match=message):
            query_pairs(cfg, wrong)
    with pytest.raises(InputError, match="expected 1 or more"):
        query_pairs(cfg, None, count=0)
    with pytest.raises(InputError, match="queries are pictures"):
        query_pairs(load_config(image_config), [0])


def test_own_pairs(tmp_path):
    path = tmp_path / "me.png"
    cv2.imwrite(str(path), picture_of(red=(0, 0))[..., ::-1])
    pair = own_pair("red", path)
    assert pair.note == "me.png"
    assert (pair.picture == picture_of(red=(0, 0))).all()
    for sentence, image in (("red", None), (None, path)):
        with pytest.raises(InputError, match="go together"):
            own_pair(sentence, image)
    with pytest.raises(InputError, match="no_such"):
        own_pair("red", tmp_path / "no_such.png")
