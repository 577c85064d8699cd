import pytest
import torch
import torch.nn.functional as F
from torch import nn

from plipdet.functional.saliency import contribution_maps
from plipdet.models.necks import AveragePooling, MaxPooling

PLACES = (3, 2)


def case(pooling, seed=0):
    generator = torch.Generator().manual_seed(seed)
    feature_map = torch.randn(1, 5, *PLACES, generator=generator, dtype=torch.float64)
    directions = torch.randn(4, 7, generator=generator, dtype=torch.float64)
    return feature_map.requires_grad_(True), pooling(5, 7).double(), directions


@pytest.mark.parametrize("pooling", [AveragePooling, MaxPooling])
@pytest.mark.parametrize("seed", range(5))
def test_the_sum_is_the_product_less_the_bias(pooling, seed):
    torch.manual_seed(seed)
    feature_map, pool, directions = case(pooling, seed)
    embedding = pool(feature_map)[0]
    maps = contribution_maps(feature_map, embedding, directions)
    unit, bias = F.normalize(embedding, dim=0), pool.proj.bias / embedding.norm()
    torch.testing.assert_close(maps.sum(dim=(1, 2)), directions @ (unit - bias))


def test_a_map_says_what_is_lost_with_a_place():
    """Slow loop: without a place's activations, the linear part of the product falls by its value.

    Of average pooling, where places do not compete.
    """
    feature_map, pool, directions = case(AveragePooling)
    embedding = pool(feature_map)[0]
    maps = contribution_maps(feature_map, embedding, directions)
    for y in range(PLACES[0]):
        for x in range(PLACES[1]):
            without = feature_map.detach().clone()
            without[0, :, y, x] = 0
            lost = (embedding - pool(without)[0]) / embedding.norm()
            torch.testing.assert_close(maps[:, y, x], (directions @ lost).detach())


def test_by_hand():
    feature_map = torch.tensor([[[[3.0, 0.0]], [[0.0, 4.0]]]], requires_grad=True)  # (1, 2, 1, 2)
    embedding = feature_map.amax(dim=(2, 3))[0]  # (3, 4), of length 5
    maps = contribution_maps(feature_map, embedding, torch.tensor([[1.0, 0.0], [1.0, -1.0]]))
    torch.testing.assert_close(maps, torch.tensor([[[0.6, 0.0]], [[0.6, -0.8]]]))


def test_through_layers_behind_the_map_and_for_an_embedding_of_zero():
    feature_map = torch.rand(1, 3, 4, 4, requires_grad=True)
    layers = nn.Sequential(nn.Conv2d(3, 4, 3, stride=2), nn.ReLU())
    embedding = layers(feature_map).mean(dim=(2, 3))[0]
    maps = contribution_maps(feature_map, embedding, torch.eye(4))
    assert maps.shape == (4, 4, 4)
    assert torch.isfinite(contribution_maps(feature_map, 0 * embedding, torch.eye(4))).all()
