import pytest
import torch

from plipdet.errors import InputError
from plipdet.models import PLIPResNet


def test_stages_equal_authors(golden_checkpoint, golden_vectors):
    net = PLIPResNet(stage_blocks=(1, 1, 1, 1), stem_width=8).eval()
    weights = golden_checkpoint["image"]
    net.load_state_dict({k: v for k, v in weights.items() if not k.startswith("attnpool.")})
    with torch.no_grad():
        stages = net(golden_vectors["image"])
    for index, stage in enumerate(stages, start=1):
        wanted = golden_vectors[f"stage{index}"]
        assert (stage - wanted).abs().max() <= 1e-5 * wanted.abs().max()


@pytest.mark.parametrize(
    ("depth", "layers"), [(50, 3 * 16 + 1), (101, 3 * 33 + 1), (152, 3 * 50 + 1)]
)
def test_full_size_maps(depth, layers):
    with torch.device("meta"):
        net = PLIPResNet(depth)
        stages = net(torch.empty(2, 3, 256, 128))
    shapes = [tuple(stage.shape[1:]) for stage in stages]
    assert shapes == [(256, 64, 32), (512, 32, 16), (1024, 16, 8), (2048, 8, 4)]
    assert tuple(shape[0] for shape in shapes) == net.stage_channels
    convolutions = [k for k, m in net.named_modules() if isinstance(m, torch.nn.Conv2d)]
    assert len([k for k in convolutions if "downsample" not in k]) == layers + 2  # stem of three


def test_blocks_start_as_their_shortcuts():
    net = PLIPResNet(stage_blocks=(2, 1, 1, 1), stem_width=4)
    last_norms = [m.bn3.weight for layer in (net.layer1, net.layer4) for m in layer]
    assert all(torch.equal(w, torch.zeros_like(w)) for w in last_norms)
    x = torch.rand(1, 16, 4, 4)
    torch.testing.assert_close(net.layer1[1].eval()(x), x)


@pytest.mark.parametrize("frozen_stages", [0, 2, 4])
def test_frozen_stages_do_not_change(frozen_stages):
    net = PLIPResNet(stage_blocks=(1, 1, 1, 1), stem_width=4, frozen_stages=frozen_stages).train()
    before = {k: v.clone() for k, v in net.state_dict().items()}
    stages = net(torch.randn(2, 3, 64, 32))
    assert stages[-1].requires_grad == (frozen_stages < 4)
    frozen = ["conv1", "bn1", "conv2", "bn2", "conv3", "bn3", "layer1", "layer2", "layer3"]
    frozen = [*frozen, "layer4"][: 6 + frozen_stages]
    for name, parameter in net.named_parameters():
        assert parameter.requires_grad == (name.split(".")[0] not in frozen), name
    for name, value in net.state_dict().items():
        if name.endswith("num_batches_tracked"):
            assert torch.equal(value, before[name]) == (name.split(".")[0] in frozen), name


def test_norm_eval_keeps_statistics():
    net = PLIPResNet(stage_blocks=(1, 1, 1, 1), stem_width=4, norm_eval=True).train()
    net(torch.randn(2, 3, 64, 32))
    assert net.bn1.num_batches_tracked == 0 and net.layer4[0].bn3.num_batches_tracked == 0
    assert net.training and net.layer1.training


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"depth": 34}, "knows \\[50, 101, 152\\]"),
        ({"stage_blocks": (1, 1, 1)}, "four stages"),
        ({"frozen_stages": 5}, "-1 to 4"),
    ],
)
def test_wrong_arguments(arguments, message):
    with pytest.raises(InputError, match=message):
        PLIPResNet(**arguments)
