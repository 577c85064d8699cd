from plipdet.datasets.text.phrase_span import PhraseSpan
from plipdet.datasets.transforms import TokenizeCaption


def test_word_pieces_with_and_without_slots(word_tokenizer):
    transform = TokenizeCaption(word_tokenizer)
    plain = transform({"caption": "a white shirt"})
    assert plain["token_ids"].tolist() == [1, 5, 5] and plain["token_mask"].all()
    assert plain["pad_id"] == 9 and "phrase_slots" not in plain
    spans = [PhraseSpan(2, 2, 13)]
    tagged = transform({"caption": "a white shirt", "caption_spans": spans})
    assert tagged["phrase_slots"].tolist() == [-1, 2, 2]


def test_a_config_is_built():
    transform = TokenizeCaption(dict(type=type("Made", (), {"pad_id": 0})))
    assert transform.tokenizer.pad_id == 0
