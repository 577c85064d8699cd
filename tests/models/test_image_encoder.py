import pytest
import torch
from test_mmpretrain_backbone import TINY_SWIN

from plipdet.errors import InputError
from plipdet.models import (
    AttentionPooling,
    AveragePooling,
    ImageEncoder,
    MaxPooling,
    MMPretrainBackbone,
    PLIPResNet,
)

TINY = {"type": PLIPResNet, "stage_blocks": (1, 1, 1, 1), "stem_width": 8}


def test_embedding_equals_authors(golden_checkpoint, golden_vectors):
    pooling = {"type": AttentionPooling, "map_size": (2, 1)}
    encoder = ImageEncoder(TINY, pooling, embed_dim=64).eval()
    names = {
        k: k.replace("attnpool.", "pooling.") if k.startswith("attnpool.") else f"backbone.{k}"
        for k in golden_checkpoint["image"]
    }
    encoder.load_state_dict({names[k]: v for k, v in golden_checkpoint["image"].items()})
    with torch.no_grad():
        features = encoder(golden_vectors["image"])
    wanted = golden_vectors["image_embedding"]
    assert (features.embedding - wanted).abs().max() <= 1e-5 * wanted.abs().max()
    assert len(features.stages) == 4


def test_takes_built_children():
    encoder = ImageEncoder(
        PLIPResNet(stage_blocks=(1, 1, 1, 1), stem_width=4), AveragePooling(128, 6), embed_dim=6
    )
    assert encoder(torch.zeros(2, 3, 64, 32)).embedding.shape == (2, 6)
    assert encoder.stage_channels == (16, 32, 64, 128)
    with pytest.raises(InputError, match="has 6"):
        ImageEncoder(encoder.backbone, encoder.pooling, embed_dim=7)


def test_names_the_option_nearest_to_a_wrong_one():
    with pytest.raises(InputError, match="did you mean 'depth'"):
        ImageEncoder({"type": "PLIPResNet", "dept": 50}, {"type": "MaxPooling"})


def test_freezes_the_norms_of_maps_that_are_not_read():
    backbone = {"type": MMPretrainBackbone, "backbone": TINY_SWIN}
    encoder = ImageEncoder(backbone, {"type": MaxPooling}, embed_dim=4)
    encoder.freeze_unused(stages=False, embedding=True)
    encoder(torch.randn(2, 3, 64, 32)).embedding.square().sum().backward()
    assert all((p.grad is not None) == p.requires_grad for p in encoder.parameters())


@pytest.mark.parametrize(
    ("stages", "embedding", "trained"),
    [(True, True, "both"), (True, False, "backbone"), (False, True, "both"), (False, False, "")],
)
def test_freezes_what_is_not_used(stages, embedding, trained):
    encoder = ImageEncoder(TINY, {"type": MaxPooling}, embed_dim=4)
    encoder.freeze_unused(stages=stages, embedding=embedding)
    assert all(p.requires_grad == (trained == "both") for p in encoder.pooling.parameters())
    assert all(p.requires_grad == bool(trained) for p in encoder.backbone.parameters())
