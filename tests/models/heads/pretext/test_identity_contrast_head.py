from types import SimpleNamespace

import pytest
import torch

from plipdet.errors import InputError
from plipdet.functional import contrastive
from plipdet.models import IdentityContrastHead
from plipdet.structures import PersonBatch


def _pair(dtype=torch.float32):
    torch.manual_seed(0)
    image, text = torch.randn(2, 4, 6).to(dtype)
    views = SimpleNamespace(
        image=SimpleNamespace(embedding=image), text=SimpleNamespace(embedding=text)
    )
    return views, PersonBatch(rows=torch.arange(4), person_ids=torch.tensor([1, 1, 2, 3]))


FORMS = {
    "cmpm": (contrastive.cross_modal_projection_matching, {}),
    "cosine": (contrastive.similarity_distribution_matching, {"temperature": 1.0}),
    "sdm": (contrastive.similarity_distribution_matching, {"temperature": 0.02}),
    "infonce": (contrastive.info_nce, {"temperature": 0.07}),
}


@pytest.mark.parametrize("form", FORMS)
def test_is_the_sum_of_both_directions(form):
    views, batch = _pair()
    terms = IdentityContrastHead(form).loss(views, batch)
    function, options = FORMS[form]
    ids = {"anchor_ids": batch.person_ids, "candidate_ids": batch.person_ids}
    to_text = function(views.image.embedding, views.text.embedding, **ids, **options)
    to_image = function(views.text.embedding, views.image.embedding, **ids, **options)
    torch.testing.assert_close(terms.loss, to_text + to_image)
    torch.testing.assert_close(terms.metrics["image_to_text"], to_text)
    torch.testing.assert_close(terms.metrics["text_to_image"], to_image)


def test_temperature_is_passed_on():
    views, batch = _pair()
    warm = IdentityContrastHead("cosine", temperature=0.02).loss(views, batch).loss
    torch.testing.assert_close(warm, IdentityContrastHead("sdm").loss(views, batch).loss)


def test_half_precision_embeddings_are_compared_in_float():
    views, batch = _pair(torch.bfloat16)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        loss = IdentityContrastHead().loss(views, batch).loss
    assert loss.dtype == torch.float32
    wide = SimpleNamespace(
        **{
            k: SimpleNamespace(embedding=getattr(views, k).embedding.float())
            for k in ("image", "text")
        }
    )
    torch.testing.assert_close(loss, IdentityContrastHead().loss(wide, batch).loss, rtol=0, atol=0)


def test_at_most_so_many_similarities_are_held(monkeypatch):
    views, batch = _pair()
    whole = IdentityContrastHead().loss(views, batch).loss
    sizes = []
    normal = contrastive.divergence_from_matches

    def recorded(logits, *args, **options):
        sizes.append(tuple(logits.shape))
        return normal(logits, *args, **options)

    monkeypatch.setattr(contrastive, "divergence_from_matches", recorded)
    few = IdentityContrastHead(max_logits=9).loss(views, batch).loss
    torch.testing.assert_close(few, whole)
    assert sizes == [(2, 4)] * 4  # two chunks each way
    sizes.clear()
    IdentityContrastHead(max_logits=1).loss(views, batch)
    assert sizes == [(1, 4)] * 8  # an anchor is not divided


def test_wrong_input():
    views, batch = _pair()
    with pytest.raises(InputError, match="did you mean 'infonce'"):
        IdentityContrastHead("info_nce")
    with pytest.raises(InputError, match="temperature"):
        IdentityContrastHead("cmpm", temperature=0.1)
    with pytest.raises(InputError, match="max_logits is 0"):
        IdentityContrastHead(max_logits=0)
    with pytest.raises(InputError, match="above 0"):
        IdentityContrastHead("sdm", temperature=0.0)
    with pytest.raises(InputError, match="person_ids"):
        IdentityContrastHead().loss(views, batch.replace(person_ids=None))
    views.text.embedding = torch.zeros(4, 7)
    with pytest.raises(InputError, match="embed_dim to 7"):
        IdentityContrastHead().loss(views, batch)
