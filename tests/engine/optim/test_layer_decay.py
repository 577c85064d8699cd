"""Layer-wise decay: each kind of encoder says how deep its weights lie, the groups follow."""

import pytest
import torch
from tiny_reid import tiny_image_reid_task
from tiny_task import TINY_BERT, tiny_task
from torch import nn
from torch.optim import AdamW

from plipdet.engine.optim import PersonOptimWrapperConstructor
from plipdet.errors import InputError
from plipdet.models import (
    Backbone,
    BertTextEncoder,
    MMPretrainBackbone,
    MultiGranularityNeck,
    PLIPResNet,
    TimmBackbone,
)


def groups(model, **paramwise):
    optimizer = {"type": AdamW, "lr": 1e-3, "weight_decay": 0.1}
    wrapper = PersonOptimWrapperConstructor({"optimizer": optimizer}, paramwise)(model)
    found = {}
    for group in wrapper.optimizer.param_groups:
        found.setdefault(group["name"], set()).add((group["lr"], group["weight_decay"]))
    return found


def steps(model, expected):
    """Check the whole of what a model says against the starts of its weights' names."""
    found = model.steps_to_output()
    assert set(found) == {name for name, _ in model.named_parameters()}
    for start, number in expected.items():
        own = {n for name, n in found.items() if name.startswith(start)}
        assert own == {number}, start
    return found


def test_plip_resnet_has_a_stem_and_four_stages():
    net = PLIPResNet(stage_blocks=(2, 1, 1, 1), stem_width=4)
    steps(net, {"conv1.": 5, "bn3.": 5, "layer1.": 4, "layer1.1.": 4, "layer3.": 2, "layer4.": 1})


def test_bert_has_embeddings_layers_and_a_pooler():
    model = BertTextEncoder(TINY_BERT, freeze_layers=0, pooling="pooler", mask_token_id=3)
    layers = {"encoder.encoder.layer.0.": 2, "encoder.encoder.layer.1.": 1}
    steps(model, {"encoder.embeddings.": 3, **layers, "encoder.pooler.": 0})


def test_timm_vit_is_grouped_as_timm_does():
    net = TimmBackbone("test_vit", img_size=(64, 32))  # of 6 blocks, whose last ones give maps
    found = {"net.model.cls_token": 7, "net.model.patch_embed.": 7, "net.model.blocks.0.": 6}
    steps(net, {**found, "net.model.pos_embed": 7, "net.model.blocks.5.": 1})


def test_timm_swin_is_grouped_as_timm_does():
    options = {"embed_dim": 8, "depths": (1, 2, 1, 1), "num_heads": (1, 1, 1, 1)}
    net = TimmBackbone("swin_tiny_patch4_window7_224", img_size=(64, 32), options=options)
    found = {"net.patch_embed.": 6, "net.layers_0.blocks.0.": 5, "net.layers_1.blocks.0.": 4}
    steps(net, {**found, "net.layers_1.blocks.1.": 3, "net.layers_3.blocks.0.": 1})


def test_timm_residual_network_has_its_blocks():
    net = TimmBackbone("test_resnet")
    found = steps(net, {"net.conv1.": max(TimmBackbone("test_resnet").steps_to_output().values())})
    assert found["net.layer4.0.conv1.weight"] == 1


def test_mmpretrain_swin_is_grouped_as_mmpretrain_does():
    arch = {"embed_dims": 8, "depths": [1, 2, 1, 1], "num_heads": [1, 1, 2, 2]}
    swin = {"type": "SwinTransformer", "arch": arch, "img_size": (64, 32), "window_size": 2}
    net = MMPretrainBackbone({**swin, "pad_small_map": True, "out_indices": (0, 1, 2, 3)})
    found = {"net.patch_embed.": 6, "net.stages.0.blocks.0.": 5, "net.stages.1.blocks.1.": 3}
    steps(net, {**found, "net.stages.3.blocks.0.": 1, "net.norm0.": 0})


def test_mmpretrain_vit_is_grouped_as_mmpretrain_does():
    arch = {"embed_dims": 8, "num_layers": 3, "num_heads": 2, "feedforward_channels": 8}
    vit = {"type": "VisionTransformer", "arch": arch, "img_size": (32, 16), "patch_size": 8}
    net = MMPretrainBackbone({**vit, "out_type": "featmap", "out_indices": (2,)})
    found = {"net.pos_embed": 4, "net.patch_embed.": 4, "net.layers.0.": 3, "net.layers.2.": 1}
    steps(net, {**found, "net.ln1.": 0})


def test_learning_rates_fall_towards_the_input_and_groups_are_few():
    found = groups(tiny_image_reid_task(), layer_decay=0.5)
    wanted = {f"image_layer_{layer}": {(1e-3 * 0.5 ** (5 - layer), 0.1)} for layer in range(5)}
    assert found == {**wanted, "neck": {(1e-3, 0.1)}, "heads": {(1e-3, 0.1)}}


def test_copies_of_the_last_stage_are_as_it():
    neck = {"type": MultiGranularityNeck, "reduced_dim": 8}
    found = groups(tiny_image_reid_task(neck=neck), layer_decay=0.5)
    assert found["neck_layer_0"] == found["image_layer_4"] == {(5e-4, 0.1)}
    assert found["neck"] == {(1e-3, 0.1)}


def test_each_encoder_may_have_its_own_beside_other_rules():
    task = tiny_task()
    rules = {"custom_keys": {"text_encoder": {"lr_mult": 0.1}}, "norm_decay_mult": 0.0}
    found = groups(task, layer_decay={"text_encoder": 0.8}, **rules)
    once = 1e-3 * 0.1 * 0.8  # of the last layer; custom keys do not look for norms
    assert found["text_layer_2"] == {(once, 0.1)}
    assert found["image"] == {(1e-3, 0.1), (1e-3, 0.0)}
    assert not any(name.startswith("image_layer") for name in found)


class _Unknown(Backbone):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(1))

    def forward(self, images):
        return (images * self.weight,)


@pytest.mark.parametrize(
    ("decay", "words"),
    [
        (0, "above 0"),
        ("0.5", "above 0"),
        ({"image_encodr": 0.5}, "did you mean 'image_encoder'"),
        ({"heads": 0.5}, "'heads', which has no layers"),
        (0.5, "_Unknown does not say in which layer"),
    ],
)
def test_what_cannot_be_is_named(decay, words):
    task = tiny_task()
    if decay == 0.5:
        task.image_encoder.backbone = _Unknown()
    with pytest.raises(InputError, match=words):
        groups(task, layer_decay=decay)
