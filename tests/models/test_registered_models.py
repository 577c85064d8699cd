"""Every registered model: forward, backward, a finite gradient everywhere, state dict and back."""

import copy

import numpy as np
import pytest
import torch
from test_mmpretrain_backbone import TINY_SWIN
from tiny_attributes import Words
from tiny_reid import tiny_image_reid_task
from tiny_scenes import tiny_person_search, tiny_scenes
from tiny_task import TINY_BERT, tiny_batch, tiny_task, tiny_two_views

import plipdet.models
from plipdet.models import PretextHead
from plipdet.models.heads.search import FoundPeople
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
SEARCH_HEADS = ("BoxTextContrastHead", "OIMHead")
REGIONS = {
    "LastStageRegions": {},
    "PyramidRegions": {"embedding": {"type": "TwoLevelEmbedding", "embed_dim": 16}},
}
DETECTORS = ("MoveNetDetector", "TorchvisionDetector")  # with weights of others, not trained


def _pictures():
    return (torch.randn(2, 3, 64, 32),)


def _map():
    return (torch.randn(2, 8, 2, 1),)


def _region_and_map():
    return torch.randn(2, 8, 4, 2), torch.randn(2, 6, 2, 1)


def _words():
    return torch.randint(5, 40, (2, 7)), torch.ones(2, 7, dtype=torch.bool)


OTHERS = {
    "PLIPResNet": (TINY_RESNET, _pictures),
    "TimmBackbone": ({"name": "test_resnet"}, _pictures),
    "MMPretrainBackbone": ({"backbone": TINY_SWIN}, _pictures),
    "MaxPooling": ({"in_channels": 8, "embed_dim": 6}, _map),
    "AveragePooling": ({"in_channels": 8, "embed_dim": 6}, _map),
    "AttentionPooling": ({"in_channels": 8, "embed_dim": 6, "map_size": (2, 1)}, _map),
    "TwoLevelEmbedding": ({"channels": 8, "map_channels": 6}, _region_and_map),
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
    heads = {*HEADS, *REID_HEADS, *CLUSTER_HEADS, *SEARCH_HEADS}
    parts = {*REID_NECKS, *REGIONS, *DETECTORS, *OTHERS, *WITHOUT_PARAMETERS}
    assert set(_ours()) == heads | parts
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


@pytest.mark.parametrize("name", REGIONS)
def test_regions_train_and_come_back(name):
    """Losses over regions are drawn at random, so what comes back is compared by embeddings."""
    options = {"regions": {"type": name}, **REGIONS[name]}
    task = tiny_person_search(**options).train()
    batch = task.data_preprocessor(tiny_scenes(), True)["batch"]
    task(batch, "loss")["loss"].backward()
    _assert_trained(task)
    other = tiny_person_search(**options, seed=1)
    _assert_same_after_round_trip(task, other, lambda m: m(batch, "boxes"))


@pytest.mark.parametrize("name", SEARCH_HEADS)
def test_search_head_gives_a_gradient_and_comes_back(name):
    head = build({"type": name, **({"dim": 4} if name == "OIMHead" else {})}, MODELS)
    head.meet_identities(np.arange(3))
    for memory in head.buffers():  # an empty table pulls nobody
        if memory.is_floating_point():
            memory.normal_()
    embeddings = torch.randn(4, 4, requires_grad=True)
    described = torch.tensor([True, True, False, True])
    ids = torch.tensor([0, 1, -1, 2])
    people = FoundPeople(embeddings, ids, torch.randn(4, 4), described)
    head.train().loss(people).loss.backward()
    assert torch.isfinite(embeddings.grad).all() and embeddings.grad.abs().sum() > 0
    other = build({"type": name, **({"dim": 4} if name == "OIMHead" else {})}, MODELS)
    other.meet_identities(np.arange(3))
    _assert_same_after_round_trip(head, other, lambda h: h.loss(people).loss)
