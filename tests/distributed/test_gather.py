import pytest
import torch

from plipdet.distributed import gather_rows, gather_with_grad


def _gather_rows(rows):
    return gather_rows(rows)


def _weighted_sum(rows, weights):
    """A loss of this rank over all rows, and the gradient it leaves at this rank's rows."""
    rows = rows.clone().requires_grad_()
    gathered = gather_with_grad(rows)
    loss = (gathered**2 * weights).sum()
    loss.backward()
    return gathered.detach(), loss.item(), rows.grad


def _shared_gradient(rows):
    """A sum hands one gradient tensor to both its terms; here the gathered one goes first."""
    rows, other = rows.clone().requires_grad_(), torch.zeros(4, 2, requires_grad=True)
    tripled = 3 * other
    (gather_with_grad(rows) + tripled).backward(torch.ones(4, 2))
    return rows.grad, other.grad


def _gather_ids(ids):
    return gather_with_grad(ids)


def test_one_process_gathers_itself():
    rows = torch.ones(2, 3, requires_grad=True)
    assert gather_with_grad(rows) is rows
    assert gather_rows(rows) is rows


def test_gradient_is_the_sum_over_ranks(ranks):
    rows = torch.randn(4, 3, dtype=torch.float64)
    weights = torch.randn(2, 4, 3, dtype=torch.float64)
    found = ranks.run(_weighted_sum, [(rows[:2], weights[0]), (rows[2:], weights[1])])
    joined = rows.clone().requires_grad_()
    losses = [(joined**2 * w).sum() for w in weights]
    sum(losses).backward()
    for index, (gathered, loss, grad) in enumerate(found):
        torch.testing.assert_close(gathered, rows, rtol=0, atol=0)
        assert loss == pytest.approx(losses[index].item(), rel=1e-12)
        torch.testing.assert_close(grad, joined.grad[2 * index : 2 * index + 2])


def test_backward_leaves_the_gradient_of_others_alone(ranks):
    for own, other in ranks.run(_shared_gradient, [(torch.zeros(2, 2),)] * 2):
        assert torch.equal(own, torch.full((2, 2), 2.0))
        assert torch.equal(other, torch.full((4, 2), 3.0))


@pytest.mark.parametrize("dtype", [torch.float32, torch.int64, torch.int8, torch.bool])
def test_rows_may_differ_in_number(ranks, dtype):
    rows = torch.tensor([[1, 0], [0, 1], [1, 1], [0, 0], [1, 0]]).to(dtype)
    for found in ranks.run(_gather_rows, [(rows[:4],), (rows[4:],)]):
        assert found.dtype == dtype
        assert torch.equal(found, rows)


def test_a_rank_may_have_no_rows(ranks):
    rows = torch.arange(6.0).view(3, 2)
    for found in ranks.run(_gather_rows, [(rows[:0],), (rows,)]):
        assert torch.equal(found, rows)


def test_ids_keep_their_type(ranks):
    ids = torch.tensor([3, 2**40 + 1, 5, -1])
    for found in ranks.run(_gather_ids, [(ids[:2],), (ids[2:],)]):
        assert found.dtype == torch.int64 and torch.equal(found, ids)
