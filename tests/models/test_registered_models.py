"""Every registered model: forward, backward, a finite gradient everywhere, state dict and back."""

import copy

import numpy as np
import pytest
import torch
from test_mmpretrain_backbone import TINY_SWIN
from tiny_attributes import Words
from tiny_reid import tiny_image_reid_task
from tiny_task import TINY_BERT, tiny_batch, tiny_task, tiny_two_views

import plipdet.models
from plipdet.models import PretextHead
from plipdet.registry import MODELS, build
from plipdet.structures import AttributeFacts

TINY_RESNET = {"type": "PLIPResNet", "stage_blocks": (1, 1, 1, 1), "stem_width": 4}
HEADS = {
    "IdentityContrastHead": {},
    "ColorizationHead": {"stage_channels": (16, 32, 64, 128), "text_dim": 16, "channels": 4},
    "AttributePredictionHead": {
        "vocabulary_size": 40,
        "image_dim": 16,
        "text_dim": 16,
        "num_heads": 2,
        "mask_ratio": 1.0,
    },
    "ImageTextContrastHead": {},
    "MomentumContrastHead": {"queue_size": 8},
    "MultiAttributeHead": {},
    "AttributeHead": {"batch_norm": True},
    "PromptAttributeHead": {"tokenizer": Words()},
    "CrossModalProjectionHead": {},
    "IdentityClassificationHead": {},
    "CrossModalMaskedLanguageHead": {"num_heads": 2, "num_blocks": 2, "mask_ratio": 1.0},
}
REID_NECKS = {"BNNeck": {}, "MultiGranularityNeck": {"reduced_dim": 8}}
REID_HEADS = ("CentreHead", "ReIDClassificationHead", "TripletHead")
CLUSTER_HEADS = ("CameraProxyHead", "ClusterMemoryHead")


def _pictures():
    return (torch.randn(2, 3, 64, 32),)


def _map():
    return (torch.randn(2, 8, 2, 1),)


def _words():
    return torch.randint(5, 40, (2, 7)), torch.ones(2, 7, dtype=torch.bool)


OTHERS = {
    "PLIPResNet": (TINY_RESNET, _pictures),
    "TimmBackbone": ({"name": "test_resnet"}, _pictures),
    "MMPretrainBackbone": ({"backbone": TINY_SWIN}, _pictures),
    "MaxPooling": ({"in_channels": 8, "embed_dim": 6}, _map),
    "AveragePooling": ({"in_channels": 8, "embed_dim": 6}, _map),
    "AttentionPooling": ({"in_channels": 8, "embed_dim": 6, "map_size": (2, 1)}, _map),
    "ImageEncoder": (
        {"backbone": TINY_RESNET, "pooling": {"type": "MaxPooling"}, "embed_dim": 16},
        _pictures,
    ),
    "BertTextEncoder": ({"model": TINY_BERT, "freeze_layers": 1, "mask_token_id": 3}, _words),
}
WITHOUT_PARAMETERS = {"GlobalAveragePooling", "PersonDataPreprocessor"}


def _tensors(output):
    if isinstance(output, torch.Tensor):
        return [output] if output.is_floating_point() else []
    if isinstance(output, tuple):
        return [tensor for item in output for tensor in _tensors(item)]
    return [tensor for name in output.__slots__ for tensor in _tensors(getattr(output, name))]


def _ours():
    return {
        k: v for k, v in MODELS.module_dict.items() if v.__module__.startswith("plipdet.models.")
    }


def test_no_model_is_left_out():
    heads = {*HEADS, *REID_HEADS, *CLUSTER_HEADS}
    assert set(_ours()) == {*heads, *REID_NECKS, *OTHERS, *WITHOUT_PARAMETERS}
    exported = {getattr(plipdet.models, name) for name in plipdet.models.__all__}
    assert set(_ours().values()) <= exported


def _assert_trained(module):
    for name, parameter in module.named_parameters():
        if parameter.requires_grad:
            assert parameter.grad is not None, name
            assert torch.isfinite(parameter.grad).all(), name
        else:
            assert parameter.grad is None, name


def _assert_same_after_round_trip(module, other, run):
    other.load_state_dict(copy.deepcopy(module.state_dict()))
    torch.testing.assert_close(run(other.eval()), run(module.eval()), rtol=0, atol=0)


@pytest.mark.parametrize("name", OTHERS)
def test_model(name):
    torch.manual_seed(0)
    options, make_inputs = OTHERS[name]
    inputs = make_inputs()
    module = build({"type": name, **options}, MODELS).train()
    outputs = _tensors(module(*inputs))
    assert outputs and all(torch.isfinite(tensor).all() for tensor in outputs)
    sum(tensor.square().sum() for tensor in outputs if tensor.requires_grad).backward()
    _assert_trained(module)
    other = build({"type": name, **options}, MODELS)
    with torch.no_grad():
        _assert_same_after_round_trip(module, other, lambda m: _tensors(m(*inputs)))


@pytest.mark.parametrize("name", HEADS)
def test_head_alone_trains_all_that_is_not_frozen(name):
    """A task of this head only: what it does not read is frozen, the rest gets a gradient."""
    config = {"alone": {"type": name, **HEADS[name]}}

    def make(seed):
        task = tiny_task(config, seed=seed)
        task.meet_identities(np.arange(2))
        task.meet_attributes(AttributeFacts(("hat", "bag"), np.full(2, 0.5, np.float32)))
        return task

    task = make(0).train()
    assert isinstance(task.heads["alone"], PretextHead)
    labelled = tiny_two_views().replace(attribute_labels=torch.tensor([[1, 0]] * 4))
    batch = task.data_preprocessor(labelled, True)["batch"]
    task(batch, "loss")["loss"].backward()
    _assert_trained(task)
    _assert_same_after_round_trip(task, make(1), lambda m: m(batch)["loss"])


@pytest.mark.parametrize("neck", REID_NECKS)
@pytest.mark.parametrize("name", REID_HEADS)
def test_reid_head_alone_trains_all_that_is_not_frozen(name, neck):
    options = {"neck": {"type": neck, **REID_NECKS[neck]}}
    task = tiny_image_reid_task({"alone": {"type": name}}, **options).train()
    batch = task.data_preprocessor(tiny_batch(), True)["batch"]
    task(batch, "loss")["loss"].backward()
    _assert_trained(task)
    other = tiny_image_reid_task({"alone": {"type": name}}, **options, seed=1)
    _assert_same_after_round_trip(task, other, lambda m: m(batch, "predict")["image"])


@pytest.mark.parametrize("name", CLUSTER_HEADS)
def test_head_of_clusters_alone_trains_all_that_is_not_frozen(name):
    task = tiny_image_reid_task({"alone": {"type": name}}).train()
    memory = task.heads["alone"].memory
    clusters = torch.arange(6) // 2
    memory.load(memory.made_of(torch.randn(6, 128), clusters, torch.arange(6) % 2), "cpu")
    batch = tiny_batch().replace(camera_ids=torch.arange(4) % 2)
    batch = task.data_preprocessor(batch, True)["batch"]
    task(batch, "loss")["loss"].backward()
    _assert_trained(task)
    other = tiny_image_reid_task({"alone": {"type": name}}, seed=1)
    _assert_same_after_round_trip(task, other, lambda m: m(batch, "predict")["image"])
