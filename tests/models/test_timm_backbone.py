import pytest
import torch

from plipdet.errors import InputError
from plipdet.models import TimmBackbone


@pytest.mark.parametrize(
    ("name", "options", "channels"),
    [
        ("test_resnet", {}, None),
        ("resnet18", {}, (64, 128, 256, 512)),
        ("swin_base_patch4_window7_224", {"img_size": (256, 128)}, (128, 256, 512, 1024)),
        ("vit_tiny_patch16_224", {"img_size": (256, 128)}, (192, 192, 192)),
    ],
)
def test_maps_are_channels_first(name, options, channels):
    with torch.device("meta"):
        net = TimmBackbone(name, **options).eval()
        with torch.no_grad():
            maps = net(torch.empty(1, 3, 256, 128))
    assert tuple(m.shape[1] for m in maps) == net.stage_channels
    assert channels is None or net.stage_channels == channels
    assert all(m.shape[2] == 2 * m.shape[3] for m in maps)
    if len(maps) == 4:
        assert [256 // m.shape[2] for m in maps] == [4, 8, 16, 32]


def test_reads_a_local_checkpoint(tmp_path):
    first = TimmBackbone("test_resnet")
    torch.save({"state_dict": first.net.state_dict()}, tmp_path / "weights.pth")
    second = TimmBackbone("test_resnet", checkpoint=tmp_path / "weights.pth")
    for name, value in first.state_dict().items():
        assert torch.equal(value, second.state_dict()[name]), name


def test_wrong_arguments():
    with pytest.raises(InputError, match="did you mean 'resnet50"):
        TimmBackbone("resnet50x")
    with pytest.raises(InputError, match="cannot build 'resnet18'"):
        TimmBackbone("resnet18", img_size=(64, 32))
