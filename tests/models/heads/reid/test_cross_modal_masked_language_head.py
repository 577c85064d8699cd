import math
from types import SimpleNamespace

import pytest
import torch
import torch.nn.functional as F

from plipdet.errors import InputError
from plipdet.models import CrossModalMaskedLanguageHead
from plipdet.structures import PersonBatch, TextFeatures

WORDS = 11


class _Views:
    """A text encoder of one linear map, and maps that are given."""

    def __init__(self, batch, stages, seed=0):
        generator = torch.Generator().manual_seed(seed)
        self.table = torch.randn(WORDS, 8, generator=generator, dtype=torch.float64)
        self.batch = batch
        self.image = SimpleNamespace(stages=stages)
        self.masks = []

    def masked_text(self, mask):
        self.masks.append(mask)
        ids = self.batch.token_ids.masked_fill(mask, 3)
        tokens = self.table[ids]
        return TextFeatures(tokens, self.batch.token_mask, tokens.mean(dim=1))


def _batch():
    token_mask = torch.arange(6) < torch.tensor([[6], [4], [2]])
    token_ids = torch.randint(5, WORDS, (3, 6)) * token_mask
    return PersonBatch(rows=torch.arange(3), token_ids=token_ids, token_mask=token_mask)


def _stages(seed=1):
    generator = torch.Generator().manual_seed(seed)
    shapes = ((3, 4, 4, 2), (3, 5, 2, 1))
    return tuple(torch.randn(s, generator=generator, dtype=torch.float64) for s in shapes)


def _head(**options):
    torch.manual_seed(0)
    sizes = {"stage_channels": (4, 5), "text_dim": 8, "num_heads": 2, "num_blocks": 2}
    head = CrossModalMaskedLanguageHead(WORDS, **{**sizes, "mask_ratio": 1.0, **options})
    return head.double().eval()


def test_all_scores_equal_is_the_logarithm_of_the_vocabulary():
    head, batch = _head(), _batch()
    torch.nn.init.zeros_(head.vocabulary.weight)
    torch.nn.init.zeros_(head.vocabulary.bias)
    terms = head.loss(_Views(batch, _stages()), batch)
    assert terms.loss.item() == pytest.approx(math.log(WORDS), rel=1e-12)
    assert terms.count == 4 + 2 + 0  # neither the marks around a caption nor padding


def test_equals_a_loop_over_masked_positions():
    head, batch = _head(mask_ratio=0.6), _batch()
    views = _Views(batch, _stages())
    terms = head.loss(views, batch)
    (mask,) = views.masks
    text = views.masked_text(mask)
    slow, hits, count = 0.0, 0, 0
    for n in range(3):
        length = int(batch.token_mask[n].sum())
        own_map = views.image.stages[-1][n : n + 1]
        hidden = head(
            text.tokens[n : n + 1, :length], torch.ones(1, length, dtype=torch.bool), own_map
        )
        for place in mask[n].nonzero()[:, 0].tolist():
            scores = head.vocabulary(hidden[0, place])
            word = int(batch.token_ids[n, place])
            slow -= F.log_softmax(scores, dim=0)[word].item()
            hits += int(scores.argmax() == word)
            count += 1
    assert 0 < count < 6 and terms.count == count
    assert terms.loss.item() == pytest.approx(slow / count, rel=1e-9)
    assert terms.metrics["accuracy"].item() == pytest.approx(hits / count)


def test_each_picture_s_own_last_map_matters_and_the_order_of_its_places_does_not():
    head, batch = _head(), _batch()
    text = _Views(batch, ()).masked_text(batch.token_mask)
    last = _stages()[-1]
    hidden = head(text.tokens, text.mask, last)
    torch.testing.assert_close(head(text.tokens, text.mask, last.flip(2)), hidden)
    changed = last.clone()
    changed[1] += torch.randn(changed[1].shape, dtype=torch.float64)
    moved = (head(text.tokens, text.mask, changed) - hidden).abs().amax(dim=(1, 2)) > 1e-9
    assert moved.tolist() == [False, True, False]


def test_blocks_begin_unlike_each_other():
    first, second = _head().blocks.layers
    weights = [layer.linear1.weight for layer in (first, second)]
    assert not torch.equal(*weights)


def test_nothing_to_mask_is_a_loss_of_zero():
    head = _head()
    token_mask = torch.arange(6) < torch.tensor([[2], [1]])
    batch = PersonBatch(
        rows=torch.arange(2), token_ids=torch.zeros(2, 6, dtype=torch.long), token_mask=token_mask
    )
    terms = head.loss(_Views(batch, tuple(s[:2] for s in _stages())), batch)
    assert terms.loss == 0 and terms.count == 0
    terms.loss.backward()
    assert head.vocabulary.weight.grad is not None


def test_wrong_input():
    for options, says in (
        ({"mask_ratio": 0.0}, "mask_ratio is 0.0"),
        ({"num_heads": 3}, "does not divide 8"),
        ({"num_blocks": 0}, "num_blocks is 0"),
    ):
        with pytest.raises(InputError, match=says):
            _head(**options)
    with pytest.raises(InputError, match="tokenises no caption"):
        _head().loss(None, PersonBatch(rows=torch.arange(2)))
