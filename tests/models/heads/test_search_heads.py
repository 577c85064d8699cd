import numpy as np
import pytest
import torch
import torch.nn.functional as F

from plipdet.errors import InputError
from plipdet.functional.contrastive import similarity_distribution_matching
from plipdet.models import BoxTextContrastHead, OIMHead
from plipdet.models.heads.search import FoundPeople

IDS = np.array([3, 5, 9])


def people(ids, *, seed=0, **facts):
    embeddings = torch.randn(len(ids), 4, generator=torch.Generator().manual_seed(seed))
    return FoundPeople(F.normalize(embeddings, dim=1), torch.tensor(ids), **facts)


def oim(**options):
    head = OIMHead(4, queue=3, **options)
    head.meet_identities(IDS)
    return head


def test_identities_become_rows_and_others_strangers():
    head = oim(momentum=0.0)
    given = people([9, -1, 3, 4])  # 4 is nobody of the training data
    terms = head.loss(given)
    assert terms.count == 2
    torch.testing.assert_close(head.table[2], given.embeddings[0])
    torch.testing.assert_close(head.table[0], given.embeddings[2])
    assert (head.table[1] == 0).all() and int(head.place) == 2
    torch.testing.assert_close(head.queue[:2], given.embeddings[[1, 3]])


def test_memory_follows_in_training_only_and_after_the_loss():
    head = oim()
    given = people([9, 3, -1])
    given.embeddings.requires_grad_()
    first = head.eval().loss(given).loss
    assert (head.table == 0).all()
    second = head.train().loss(given).loss
    assert first.item() == pytest.approx(second.item(), rel=1e-6)
    later = head.loss(given).loss
    assert later < second
    later.backward()  # although the table has moved since
    assert torch.isfinite(given.embeddings.grad).all() and given.embeddings.grad.abs().sum() > 0


def test_what_is_not_finite_moves_nothing():
    head = oim()
    given = people([9, -1])
    given.embeddings[:] = float("nan")
    head.loss(given)
    assert (head.table == 0).all() and (head.queue == 0).all()


def test_state_goes_into_a_checkpoint():
    head, other = oim(), OIMHead(4, queue=3)
    head.loss(people([9, -1, 3]))
    other.meet_identities(IDS)
    other.load_state_dict(head.state_dict())
    given = people([3, -1], seed=1)
    assert other.eval().loss(given).loss == head.eval().loss(given).loss
    assert int(other.place) == 1


def test_no_one_to_tell_apart():
    with pytest.raises(InputError, match="name nobody"):
        OIMHead(4).meet_identities(np.array([], np.int64))
    with pytest.raises(InputError, match="meet_identities"):
        OIMHead(4).loss(people([1]))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"queue": 2.5}, "queue of OIMHead is 2.5; expected a whole number, 0 or more"),
        ({"queue": -1}, "queue of OIMHead is -1"),
        ({"scale": 0}, "scale of OIMHead is 0; expected a number above 0"),
        ({"scale": float("nan")}, "scale of OIMHead is nan"),
        ({"momentum": 1.1}, "momentum of OIMHead is 1.1; expected a number of 0 to 1"),
    ],
)
def test_options_out_of_range_are_refused(options, message):
    with pytest.raises(InputError, match=message):
        OIMHead(4, **options)


def test_no_queue_is_a_queue_of_none():
    head = OIMHead(4, queue=0)
    head.meet_identities(IDS)
    assert head.loss(people([9, -1, 3])).loss.isfinite() and head.queue.shape == (0, 4)


def test_boxes_and_sentences_are_matched_where_both_are():
    given = people([3, 5, -1, 9, 3])
    texts = people([0] * 5, seed=7).embeddings
    described = torch.tensor([True, True, True, False, True])
    head = BoxTextContrastHead(temperature=0.1)
    terms = head.loss(FoundPeople(given.embeddings, given.person_ids, texts, described))
    kept = torch.tensor([0, 1, 4])
    ids = {"anchor_ids": given.person_ids[kept], "candidate_ids": given.person_ids[kept]}
    one, other = given.embeddings[kept], texts[kept]
    wanted = sum(
        similarity_distribution_matching(a, b, **ids, temperature=0.1)
        for a, b in ((one, other), (other, one))
    )
    assert terms.loss.item() == pytest.approx(wanted.item(), rel=1e-6) and terms.count == 3
    with pytest.raises(InputError, match="TokenizeBoxCaptions"):
        head.loss(given)
