"""A config's models made tiny and its data short, so that its own recipe runs in a test."""

from plipdet.datasets.transforms import ResizeScene
from plipdet.models.backbones import PLIPResNet, TimmBackbone
from plipdet.models.necks import GlobalAveragePooling
from plipdet.registry import MODELS

SIZE = (64, 32)
SCENE_SIZE = (96, 170)


def _shrink_backbone(config):
    if config["type"] is PLIPResNet:
        config.update(depth=None, stem_width=4, stage_blocks=(1, 1, 1, 1))
        return
    assert config["type"] is TimmBackbone
    if config["name"].startswith("swin"):
        options = {"embed_dim": 16, "depths": (1, 1, 1, 1), "num_heads": (1, 2, 2, 2)}
        config.update(img_size=SIZE, options=options, out_indices=(0, 1, 2, 3))
    elif config["name"].startswith("resnet"):
        config.update(name="test_resnet", pretrained=False)
    elif config["name"].startswith("vit"):
        config.update(img_size=SIZE, options={"embed_dim": 16, "depth": 4, "num_heads": 2})


def shrink_model(model):
    """Make the encoders of a task's config tiny; heads are sized by them."""
    encoder = model["image_encoder"]
    _shrink_backbone(encoder["backbone"])
    averaged = encoder["pooling"]["type"] is GlobalAveragePooling
    width = MODELS.build(encoder["backbone"]).stage_channels[-1] if averaged else 16
    encoder.update(embed_dim=width)
    if "map_size" in model["image_encoder"]["pooling"]:
        model["image_encoder"]["pooling"]["map_size"] = (2, 1)
    if model.get("text_encoder"):
        model["text_encoder"]["freeze_layers"] //= 4
        model["text_encoder"]["model"] = {
            "vocab_size": 30522,
            "hidden_size": 16,
            "num_hidden_layers": 3,
            "num_attention_heads": 2,
            "intermediate_size": 16,
            "max_position_embeddings": 64,
        }
    if "regions" in model:
        model.update(samples=16, proposals=dict(samples=32, kept=(40, 20)))
    for head in model.get("heads", {}).values():
        kind = head["type"].__name__
        if kind in ("CrossModalMaskedLanguageHead", "AttributePredictionHead"):
            head.update(num_blocks=1, num_heads=2)


def shrink_data(node):
    """Make pictures small and loaders short, wherever they are."""
    if isinstance(node, dict):
        if "batch_size" in node:
            node.update(batch_size=min(node["batch_size"], 8), num_workers=0)
            if "identities" in node["sampler"]:
                node["sampler"].update(identities=4, images=2)
            node.pop("pin_memory", None)
        for key in ("identity_share", "image_share", "without_held_out", "only_held_out"):
            if node.get(key):
                node[key] = 0.5  # of twelve people
        for key in ("size", "min_size"):
            if key in node:
                node[key] = SCENE_SIZE if node["type"] is ResizeScene else SIZE
        for child in node.values():
            shrink_data(child)
    elif isinstance(node, (list, tuple)):
        for child in node:
            shrink_data(child)
