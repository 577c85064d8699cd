import torch

from plipdet.apis import complete_attributes
from plipdet.apis.example_data import captioned_table
from plipdet.datasets.text import AttributePhraseTagger
from plipdet.models import AttributePredictionHead


def test_hidden_words_lie_in_attribute_phrases(cfg, task, inputs):
    cards = complete_attributes(task, captioned_table(cfg), inputs=inputs, count=4, hidden=2)
    assert len(cards) == 4
    for card in cards:
        spans = AttributePhraseTagger()(card.caption)
        assert len(card.hidden) == 2
        for piece in card.hidden:
            assert card.caption[piece.start : piece.end] == piece.truth
            assert any(s.start <= piece.start and piece.end <= s.end for s in spans)
            probabilities = [p for _, p in piece.guesses]
            assert probabilities == sorted(probabilities, reverse=True)
            assert 0 < sum(probabilities) <= 1


@torch.no_grad()
def test_a_head_that_knows_the_word_guesses_it_though_it_is_hidden(cfg, task, inputs):
    head = next(h for h in task.heads.values() if isinstance(h, AttributePredictionHead))
    bias = head.vocabulary.bias
    before = bias.clone()
    shirt = inputs.tokenizer("shirt")[0][1]
    bias[int(shirt)] += 50
    try:
        cards = complete_attributes(task, captioned_table(cfg), inputs=inputs, count=4, hidden=9)
    finally:
        bias.copy_(before)
    for piece in (p for card in cards for p in card.hidden):
        assert piece.guesses[0][0] == "shirt"
        assert piece.guesses[0][1] > 0.99
