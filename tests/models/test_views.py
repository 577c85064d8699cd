import pytest
import torch
from tiny_task import tiny_batch
from torch import nn

from plipdet.errors import InputError
from plipdet.models import Views
from plipdet.structures import ImageFeatures, PersonBatch, TextFeatures


class CountingImageEncoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.seen = []

    def forward(self, images):
        self.seen.append(images)
        return ImageFeatures((images,), images.mean(dim=(2, 3)))


class CountingTextEncoder(nn.Module):
    mask_token_id = 3

    def __init__(self):
        super().__init__()
        self.seen = []

    def forward(self, token_ids, token_mask):
        self.seen.append(token_ids)
        return TextFeatures(token_ids, token_mask, token_ids.float())


def _views(batch, text_encoder=None):
    image_encoder = CountingImageEncoder()
    views = Views(
        batch,
        image_encoder=image_encoder,
        text_encoder=text_encoder,
        to_gray=lambda images: -images,
    )
    return views, image_encoder


def test_nothing_is_encoded_before_it_is_read():
    text_encoder = CountingTextEncoder()
    _, image_encoder = _views(tiny_batch(), text_encoder)
    assert image_encoder.seen == [] and text_encoder.seen == []


def test_each_view_is_encoded_once():
    text_encoder = CountingTextEncoder()
    batch = tiny_batch()
    batch = batch.replace(images=batch.images.float())
    views, image_encoder = _views(batch, text_encoder)
    mask, other = batch.token_ids > 20, batch.token_ids > 30
    for _ in range(2):
        assert views.image is views.image
        assert views.gray is views.gray
        assert views.text is views.text
        assert views.masked_text(mask) is views.masked_text(mask)
        assert views.masked_text(other) is not views.masked_text(mask)
    seen = image_encoder.seen
    assert len(seen) == 2
    assert torch.equal(seen[0], batch.images)
    assert torch.equal(seen[1], -batch.images)
    plain, first, second = text_encoder.seen
    assert torch.equal(plain, batch.token_ids)
    assert torch.equal(first, torch.where(mask, 3, batch.token_ids))
    assert torch.equal(second, torch.where(other, 3, batch.token_ids))


@pytest.mark.parametrize(
    ("view", "message"),
    [
        ("image", "loads none"),
        ("gray", "loads none"),
        ("text", "tokenises no caption"),
    ],
)
def test_a_view_of_what_the_batch_lacks(view, message):
    views, _ = _views(PersonBatch(rows=torch.arange(2)), CountingTextEncoder())
    with pytest.raises(InputError, match=message):
        getattr(views, view)


def test_text_without_text_encoder():
    views, _ = _views(tiny_batch())
    with pytest.raises(InputError, match="no text_encoder"):
        views.masked_text(torch.zeros(4, 10, dtype=torch.bool))
