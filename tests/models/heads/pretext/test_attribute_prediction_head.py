from types import SimpleNamespace

import pytest
import torch
import torch.nn.functional as F

from plipdet.errors import InputError
from plipdet.models import AttributePredictionHead
from plipdet.structures import PersonBatch, TextFeatures


def _head(**options):
    torch.manual_seed(0)
    sizes = {"image_dim": 8, "text_dim": 8, "num_heads": 2}
    return AttributePredictionHead(11, **{**sizes, **options}).eval()


def _views(image_dim=8):
    torch.manual_seed(1)
    text = TextFeatures(torch.randn(3, 5, 8), torch.arange(5) < torch.tensor([[5], [4], [3]]), None)
    views = SimpleNamespace(
        image=SimpleNamespace(embedding=torch.randn(3, image_dim)), masks=[], text=text
    )

    def masked_text(mask):
        views.masks.append(mask)
        return text

    views.masked_text = masked_text
    return views


def _batch():
    slots = torch.tensor([[-1, 0, 0, 2, -1], [-1, 1, -1, -1, -1], [-1, -1, -1, -1, -1]])
    return PersonBatch(
        rows=torch.arange(3),
        token_ids=torch.randint(11, (3, 5)),
        token_mask=torch.ones(3, 5, dtype=torch.bool),
        phrase_slots=slots.to(torch.int8),
    )


def _block_by_hand(block, x, attended):
    """Pre-norm: x + attention(norm(x)), then x + feed-forward(norm(x)); for one caption."""
    normed = F.layer_norm(x, (8,), block.norm1.weight, block.norm1.bias)
    query, key, value = F.linear(
        normed, block.self_attn.in_proj_weight, block.self_attn.in_proj_bias
    ).chunk(3, dim=1)
    out = []
    for head in (slice(0, 4), slice(4, 8)):
        scores = query[:, head] @ key[:, head].T / 2.0
        scores = scores.masked_fill(~attended, float("-inf"))
        out.append(scores.softmax(dim=1) @ value[:, head])
    x = x + block.self_attn.out_proj(torch.cat(out, dim=1))
    normed = F.layer_norm(x, (8,), block.norm2.weight, block.norm2.bias)
    return x + block.linear2(F.gelu(block.linear1(normed)))


@pytest.mark.parametrize("fusion", ["add", "concat"])
def test_equals_paper_steps(fusion):
    head = _head(fusion=fusion, num_blocks=2)
    views, mask = _views(), _batch().phrase_slots >= 0
    image = views.image.embedding
    found = head.predict_tokens(views.text, image, mask)
    wanted = []
    for row in range(3):
        tokens = views.text.tokens[row]
        if fusion == "add":
            x = torch.stack([token + image[row] for token in tokens])
        else:
            x = torch.stack([head.fuse(torch.cat([token, image[row]])) for token in tokens])
        for block in head.blocks:
            x = _block_by_hand(block, x, views.text.mask[row])
        wanted.extend(head.vocabulary(x[at]) for at in range(5) if mask[row, at])
    torch.testing.assert_close(found, torch.stack(wanted))


def test_loss_and_accuracy_at_masked_positions():
    head, views, batch = _head(mask_ratio=1.0), _views(), _batch()
    terms = head.loss(views, batch)
    (mask,) = views.masks
    assert torch.equal(mask, batch.phrase_slots >= 0)
    logits = head.predict_tokens(views.text, views.image.embedding, mask)
    targets = [batch.token_ids[r, c] for r, c in mask.nonzero()]
    losses = [-row.log_softmax(0)[word] for row, word in zip(logits, targets, strict=True)]
    torch.testing.assert_close(terms.loss, sum(losses) / 4)
    hits = sum(int(row.argmax() == word) for row, word in zip(logits, targets, strict=True))
    assert terms.metrics["accuracy"].item() == hits / 4
    assert terms.count.item() == 4


def test_the_vocabulary_is_applied_at_masked_positions_only():
    head = _head(mask_ratio=1.0)
    seen = []
    head.vocabulary.register_forward_hook(lambda module, args, out: seen.append(args[0].shape))
    head.loss(_views(), _batch())
    assert seen == [(4, 8)]


def test_nothing_masked():
    head = _head(mask_ratio=0.0)
    terms = head.loss(_views(), _batch())
    terms.loss.backward()
    assert terms.loss.item() == 0 and terms.metrics["accuracy"].item() == 0
    assert all(torch.equal(p.grad, torch.zeros_like(p)) for p in head.parameters())


def test_mask_ratio_may_change_during_training():
    head, views = _head(mask_ratio=0.0), _views()
    head.loss(views, _batch())
    head.mask_ratio = 1.0
    head.loss(views, _batch())
    assert [int(mask.sum()) for mask in views.masks] == [0, 4]


def test_whole_phrases():
    head, batch = _head(mask_unit="phrase", mask_ratio=0.5), _batch()
    views = _views()
    for _ in range(20):
        head.loss(views, batch)
    assert {int(mask[0, 1:3].sum()) for mask in views.masks} == {0, 2}


@pytest.mark.parametrize("lacking", ["phrase_slots", "token_ids"])
def test_batches_without_phrases(lacking):
    with pytest.raises(InputError, match="TagAttributePhrases"):
        _head().loss(_views(), _batch().replace(**{lacking: None}))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"mask_unit": "word"}, "'piece' or 'phrase'"),
        ({"fusion": "sum"}, "'add' or 'concat'"),
        ({"image_dim": 6}, "fusion='concat'"),
        ({"num_heads": 3}, "does not divide 8"),
    ],
)
def test_wrong_arguments(options, message):
    with pytest.raises(InputError, match=message):
        _head(**options)


def test_concatenation_takes_any_width():
    head = _head(fusion="concat", image_dim=6, mask_ratio=1.0)
    assert torch.isfinite(head.loss(_views(image_dim=6), _batch()).loss)
