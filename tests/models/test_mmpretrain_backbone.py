import pytest
import torch

from plipdet.errors import InputError
from plipdet.models import MMPretrainBackbone

TINY_SWIN = {
    "type": "SwinTransformer",
    "arch": {"embed_dims": 8, "depths": [1, 1, 1, 1], "num_heads": [1, 1, 2, 2]},
    "img_size": (64, 32),
    "window_size": 2,
    "pad_small_map": True,
    "out_indices": (0, 1, 2, 3),
}


def test_swin_base_gets_tall_pictures():
    with torch.device("meta"):
        net = MMPretrainBackbone(
            {
                **TINY_SWIN,
                "type": "mmpretrain.SwinTransformer",
                "arch": "base",
                "img_size": (256, 128),
                "window_size": 7,
            }
        )
        shapes = [tuple(m.shape[1:]) for m in net(torch.empty(1, 3, 256, 128))]
    assert shapes == [(128, 64, 32), (256, 32, 16), (512, 16, 8), (1024, 8, 4)]
    assert net.stage_channels == (128, 256, 512, 1024)


def test_norms_of_unread_maps_are_frozen():
    net = MMPretrainBackbone(TINY_SWIN)
    net.freeze_side_outputs()
    frozen = {k.split(".")[1] for k, p in net.named_parameters() if not p.requires_grad}
    assert frozen == {"norm0", "norm1", "norm2"}
    net(torch.randn(2, 3, 64, 32))[-1].square().sum().backward()
    assert all(p.grad is not None for p in net.parameters() if p.requires_grad)


def test_is_initialised_as_mmpretrain_does():
    torch.manual_seed(0)
    net = MMPretrainBackbone(TINY_SWIN).net
    table = net.stages[3].blocks[0].attn.w_msa.relative_position_bias_table
    assert 0.01 < table.std() < 0.04  # zeros before init_weights, deviation .02 after


def test_reads_a_checkpoint_by_prefix(tmp_path):
    first = MMPretrainBackbone(TINY_SWIN)
    weights = {f"backbone.{k}": v for k, v in first.net.state_dict().items()}
    torch.save({"state_dict": {**weights, "head.fc.bias": torch.ones(3)}}, tmp_path / "swin.pth")
    second = MMPretrainBackbone(TINY_SWIN, checkpoint=tmp_path / "swin.pth")
    for name, value in first.state_dict().items():
        assert torch.equal(value, second.state_dict()[name]), name
    with pytest.raises(InputError, match=r"lacks .* weights of SwinTransformer"):
        MMPretrainBackbone(TINY_SWIN, checkpoint=tmp_path / "swin.pth", checkpoint_prefix="x.")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"type": "SwinTransfomer"}, "did you mean 'SwinTransformer'"),
        ({"windowsize": 7}, "did you mean 'window_size'"),
        ({"init_cfg": {"type": "Pretrained", "checkpoint": "x"}}, "checkpoint=FILE"),
        ({"arch": "gigantic"}, "cannot build"),
    ],
)
def test_wrong_arguments(change, message):
    with pytest.raises(InputError, match=message):
        MMPretrainBackbone({**TINY_SWIN, **change})


def test_a_backbone_without_maps():
    with pytest.raises(InputError, match="out_type='featmap'"):
        MMPretrainBackbone(
            {
                "type": "VisionTransformer",
                "arch": {
                    "embed_dims": 8,
                    "num_layers": 1,
                    "num_heads": 1,
                    "feedforward_channels": 8,
                },
                "img_size": (32, 32),
            }
        )
