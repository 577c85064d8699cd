import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from plipdet.functional.color import color_reconstruction, luma


def test_luma_by_hand():
    rgb = torch.tensor([[200.0, 100.0, 50.0], [255.0, 255.0, 255.0]])[:, :, None, None]
    gray = luma(rgb)
    assert gray.shape == rgb.shape
    torch.testing.assert_close(gray[0].flatten(), torch.full((3,), 59.8 + 58.7 + 5.7))
    torch.testing.assert_close(gray[1].flatten(), torch.full((3,), 255.0))


def test_reconstruction_by_hand():
    predicted = torch.zeros(2, 3, 1, 1)
    target = torch.tensor([[1.0, 2.0, 2.0], [0.0, 0.0, 4.0]])[:, :, None, None]
    assert color_reconstruction(predicted, target).item() == pytest.approx(25 / 6)
    assert color_reconstruction(predicted, target, form="l2").item() == pytest.approx((3 + 4) / 2)
    assert color_reconstruction(predicted, target, form="l1").item() == pytest.approx(9 / 6)


@pytest.mark.parametrize("form", ["mse", "l2", "l1"])
@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10**6), pictures=st.integers(1, 3))
def test_reconstruction_equals_paper_loop(form, seed, pictures):
    generator = torch.Generator().manual_seed(seed)
    a, b = torch.randn(2, pictures, 3, 2, 2, generator=generator, dtype=torch.float64)
    per_picture = []
    for one, other in zip(a, b, strict=True):
        differences = [
            x - y for x, y in zip(one.flatten().tolist(), other.flatten().tolist(), strict=True)
        ]
        per_picture.append(
            {
                "mse": sum(d * d for d in differences) / 12,
                "l2": math.sqrt(sum(d * d for d in differences)),
                "l1": sum(abs(d) for d in differences) / 12,
            }[form]
        )
    expected = sum(per_picture) / pictures
    assert color_reconstruction(a, b, form=form).item() == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("form", ["mse", "l2", "l1"])
def test_reconstruction_gradient(form):
    a, b = torch.randn(2, 2, 3, 2, 2, dtype=torch.float64)
    assert torch.autograd.gradcheck(
        lambda x: color_reconstruction(x, b, form=form), a.requires_grad_()
    )


def test_euclidean_gradient_is_finite_at_a_perfect_picture():
    picture = torch.ones(1, 3, 2, 2, requires_grad=True)
    color_reconstruction(picture, torch.ones(1, 3, 2, 2), form="l2").backward()
    assert torch.equal(picture.grad, torch.zeros_like(picture))
