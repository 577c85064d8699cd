import pytest
from tiny_scenes import tiny_encoder

from plipdet.errors import InputError
from plipdet.models import LastStageRegions, PyramidRegions
from plipdet.registry import MODELS, build


@pytest.fixture(scope="module")
def backbone():
    return build(tiny_encoder()["backbone"], MODELS)


@pytest.mark.parametrize("kind", [LastStageRegions, PyramidRegions])
@pytest.mark.parametrize("size", [(0, 4), (4,), (4, 4, 4), (4, 2.5), 4, "84", (True, 4)])
def test_a_region_has_two_whole_numbers_of_cells(backbone, kind, size):
    message = f"region_size of {kind.__name__} is .*; expected two whole numbers of 1 or more"
    with pytest.raises(InputError, match=message):
        kind(backbone, region_size=size)


@pytest.mark.parametrize("sizes", [(), (32, 0), (-8,), 32, (float("nan"),), ((32,), (64,))])
def test_anchors_have_positive_sizes(backbone, sizes):
    with pytest.raises(InputError, match=r"anchor_sizes of LastStageRegions .* one at least"):
        LastStageRegions(backbone, anchor_sizes=sizes)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"channels": 0}, "channels of PyramidRegions is 0; expected a whole number, 1 or more"),
        ({"convolutions": -1}, "convolutions of PyramidRegions is -1"),
    ],
)
def test_a_pyramid_has_channels(backbone, options, message):
    with pytest.raises(InputError, match=message):
        PyramidRegions(backbone, **options)


def test_lists_are_sizes_too(backbone):
    regions = LastStageRegions(backbone, region_size=[4, 2], anchor_sizes=[16, 32])
    assert tuple(regions.align.output_size) == (4, 2) and regions.anchor_sizes == ((16, 32),)
