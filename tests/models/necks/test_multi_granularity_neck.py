import pytest
import torch
from tiny_reid import tiny_image_reid_task

from plipdet.errors import InputError
from plipdet.models import MMPretrainBackbone, MultiGranularityNeck, PLIPResNet, TimmBackbone
from plipdet.models.necks.multi_granularity_neck import _maxima_of_stripes
from plipdet.structures import ImageFeatures

RESNET = {"type": "ResNet", "depth": 18, "base_channels": 4, "stem_channels": 4}


def backbone():
    torch.manual_seed(0)
    return PLIPResNet(stage_blocks=(1, 1, 1, 2), stem_width=4)


def test_features_by_hand():
    """Branches that double the map, and reductions that pass it on, make the maxima visible."""
    neck = MultiGranularityNeck(backbone(), stripes=(2, 3), reduced_dim=128).eval()
    neck.branches = torch.nn.ModuleList(_Double() for _ in range(2))
    neck.whole = torch.nn.ModuleList(torch.nn.Identity() for _ in range(3))
    neck.part = torch.nn.ModuleList(torch.nn.Identity() for _ in range(5))
    fine, last = torch.rand(2, 3, 6, 2), torch.rand(2, 3, 3, 1)
    found = neck(ImageFeatures((fine, last), torch.zeros(2, 1)))

    def maximum(part):
        return part.amax(dim=(2, 3))

    wholes = [maximum(last), maximum(2 * fine), maximum(2 * fine)]
    halves = [maximum(2 * fine[:, :, :3]), maximum(2 * fine[:, :, 3:])]
    thirds = [maximum(2 * fine[:, :, i : i + 2]) for i in (0, 2, 4)]
    assert [len(found.metric), len(found.classified)] == [3, 8]
    for one, wanted in zip(found.metric, wholes, strict=True):
        assert torch.equal(one, wanted)
    for one, wanted in zip(found.classified, [*wholes, *halves, *thirds], strict=True):
        assert torch.equal(one, wanted)
    assert torch.equal(found.embedding, torch.cat([*wholes, *halves, *thirds], dim=1))


class _Double(torch.nn.Module):
    def forward(self, x):
        return 2 * x


@pytest.mark.parametrize("classify_reduced", [False, True])
def test_widths(classify_reduced):
    neck = MultiGranularityNeck(backbone(), reduced_dim=8, classify_reduced=classify_reduced)
    found = neck(ImageFeatures((torch.rand(2, 64, 6, 2), torch.rand(2, 128, 3, 1)), None))
    assert tuple(x.shape[1] for x in found.metric) == neck.metric_dims == (8, 8, 8)
    assert tuple(x.shape[1] for x in found.classified) == neck.classified_dims
    assert neck.classified_dims[0] == (8 if classify_reduced else 128)
    assert found.embedding.shape[1] == neck.embed_dim == 64


@pytest.mark.parametrize(
    "make",
    [
        backbone,
        lambda: TimmBackbone("test_resnet"),
        lambda: MMPretrainBackbone({**RESNET, "out_indices": (0, 1, 2, 3)}),
    ],
)
def test_a_branch_has_the_stage_s_weights_and_keeps_the_map_s_size(make):
    net = make().eval()
    copied = net.copy_of_last_stage().eval()
    stages = net(torch.randn(2, 3, 64, 64))
    fine = copied(stages[-2])
    assert fine.shape == (2, stages[-1].shape[1], *stages[-2].shape[2:])
    assert fine.shape[2:] != stages[-1].shape[2:]
    whole = {k.partition("layer4.")[2]: v for k, v in net.state_dict().items() if "layer4." in k}
    assert set(whole) == set(copied.state_dict())
    assert all(torch.equal(v, whole[k]) for k, v in copied.state_dict().items())
    assert {id(p) for p in copied.parameters()}.isdisjoint(id(p) for p in net.parameters())


def _mgn(seed):
    neck = {"type": MultiGranularityNeck, "reduced_dim": 8}
    return tiny_image_reid_task(neck=neck, seed=seed)


def _branches_equal_stage(task):
    stage = task.image_encoder.backbone.layer4.state_dict()
    return all(
        torch.equal(value, stage[name])
        for branch in task.neck.branches
        for name, value in branch.state_dict().items()
    )


def test_branches_begin_as_the_loaded_stage_unless_the_file_had_them():
    task, other = _mgn(0), _mgn(1)
    loaded = {k: v for k, v in other.state_dict().items() if k.startswith("image_encoder.")}
    task.load_state_dict(loaded, strict=False)
    assert not _branches_equal_stage(task)
    task.weights_loaded(set(loaded))
    assert _branches_equal_stage(task)
    with torch.no_grad():
        other.neck.branches[0][0].conv1.weight.zero_()
    task.load_state_dict(other.state_dict(), strict=True)
    task.weights_loaded(set(other.state_dict()))  # as a test does, and a further training
    assert not task.neck.branches[0][0].conv1.weight.any()


@pytest.mark.parametrize(
    "make",
    [
        lambda: TimmBackbone("test_vit"),
        lambda: TimmBackbone("test_convnext"),
        lambda: MMPretrainBackbone({**RESNET, "out_indices": (3,)}),
    ],
)
def test_a_backbone_without_such_a_stage_is_named(make):
    with pytest.raises(InputError, match="another neck"):
        MultiGranularityNeck(make())


@pytest.mark.parametrize("options", [{"stripes": ()}, {"stripes": (1,)}, {"reduced_dim": 0}])
def test_numbers_that_are_too_small(options):
    with pytest.raises(InputError, match="2 stripes or more"):
        MultiGranularityNeck(backbone(), **options)


@pytest.mark.parametrize(("height", "count"), [(8, 3), (7, 2), (2, 3), (9, 3)])
def test_stripes_are_those_of_adaptive_pooling(height, count):
    features = torch.randn(2, 3, height, 4)
    expected = torch.nn.functional.adaptive_max_pool2d(features, (count, 1))[..., 0]
    assert torch.equal(torch.stack(_maxima_of_stripes(features, count), dim=2), expected)
