import pytest
import torch
from mmengine.model import BaseModel
from mmengine.optim import OptimWrapper
from tiny_task import tiny_batch, tiny_heads, tiny_task
from torch.utils._python_dispatch import TorchDispatchMode

from plipdet.errors import InputError
from plipdet.models import (
    BertTextEncoder,
    ColorizationHead,
    IdentityContrastHead,
    ImageEncoder,
    MaxPooling,
    PretextHead,
)
from plipdet.registry import TASKS, build
from plipdet.structures import LossTerms
from plipdet.tasks import PretrainingTask


class ConstantHead(PretextHead):
    uses = frozenset({"image.embedding"})

    def __init__(self, value, *, loss_weight=1.0):
        super().__init__(loss_weight=loss_weight)
        self.value = torch.nn.Parameter(torch.tensor(value))

    def loss(self, views, batch):
        loss = self.value + 0 * views.image.embedding.sum()
        return LossTerms(loss, {"doubled": 2 * self.value})


def _loss_inputs(task, size=4):
    return task.data_preprocessor(tiny_batch(size), True)["batch"]


def test_total_is_the_weighted_sum():
    task = tiny_task({"a": ConstantHead(3.0), "b": ConstantHead(5.0, loss_weight=0.1)})
    losses = task(_loss_inputs(task))
    assert set(losses) == {"loss", "a/loss", "b/loss", "a/doubled", "b/doubled"}
    assert losses["loss"].item() == pytest.approx(3.5)
    assert losses["b/loss"].item() == 5.0 and losses["b/doubled"].item() == 10.0
    assert [k for k, v in losses.items() if v.requires_grad] == ["loss"]


def test_parse_losses_counts_no_head_twice():
    task = tiny_task()
    losses = task(_loss_inputs(task))
    total, log = task.parse_losses(losses)
    assert total is losses["loss"] and total.requires_grad
    assert set(log) == set(losses)
    assert not any(value.requires_grad for value in log.values())
    weighted = log["contrast/loss"] + 0.02 * log["colorization/loss"] + 0.1 * log["attributes/loss"]
    torch.testing.assert_close(log["loss"], weighted)


def test_train_step_of_mmengine_lowers_the_loss():
    task = tiny_task().train()
    assert isinstance(task, BaseModel)
    optimizer = OptimWrapper(torch.optim.AdamW(task.parameters(), lr=3e-3))
    history = [task.train_step(tiny_batch(), optimizer)["loss"].item() for _ in range(15)]
    assert history[-1] < 0.7 * history[0]


def test_half_precision_step():
    task = tiny_task().train()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        losses = task(_loss_inputs(task))
    losses["loss"].backward()
    full = tiny_task().train()
    assert losses["loss"].dtype == torch.float32
    assert losses["loss"].item() == pytest.approx(full(_loss_inputs(full))["loss"].item(), rel=0.1)
    assert all(torch.isfinite(p.grad).all() for p in task.parameters() if p.requires_grad)


def test_each_encoder_runs_once_a_view():
    task = tiny_task()
    counts = {"image": 0, "text": 0}

    def count(name):
        def hook(*args):
            counts[name] += 1

        return hook

    task.image_encoder.register_forward_hook(count("image"))
    task.text_encoder.register_forward_hook(count("text"))
    task(_loss_inputs(task))
    assert counts == {"image": 2, "text": 2}  # colour and gray, whole and masked


@pytest.mark.parametrize(
    ("present", "keys"),
    [
        ("image", {"image"}),
        ("text", {"text"}),
        ("both", {"image", "text"}),
    ],
)
def test_predict_embeds_what_the_batch_holds(present, keys):
    task, batch = tiny_task().eval(), tiny_batch()
    if present == "image":
        batch = batch.replace(token_ids=None, token_mask=None)
    if present == "text":
        batch = batch.replace(images=None)
    with torch.no_grad():
        found = task.test_step(batch)
    assert set(found) == keys
    assert all(value.shape == (4, 16) for value in found.values())
    for key in keys:
        torch.testing.assert_close(found[key], task.val_step(batch)[key])


def test_heads_take_their_sizes_from_the_encoders():
    task = tiny_task()
    assert task.heads["colorization"].stage_channels == (16, 32, 64, 128)
    assert task.heads["attributes"].vocabulary_size == 40
    with pytest.raises(InputError, match=r"'colorization' has text_dim=9, the encoders give 16"):
        tiny_task({"colorization": {"type": ColorizationHead, "text_dim": 9}})


@pytest.mark.parametrize("text_pooling", ["mean", "pooler"])
@pytest.mark.parametrize("kept", ["contrast", "colorization", "attributes"])
def test_no_trainable_parameter_waits_for_a_gradient(kept, text_pooling):
    task = tiny_task({kept: tiny_heads()[kept]}, text_pooling=text_pooling).train()
    task(_loss_inputs(task))["loss"].backward()
    for name, parameter in task.named_parameters():
        assert (parameter.grad is not None) == parameter.requires_grad, name


def test_frozen_parameters_are_those_not_used():
    def frozen(heads, **options):
        task = tiny_task(heads, **options)
        return {
            k.split(".")[0] + "." + k.split(".")[1 if k.startswith("i") else 2]
            for k, p in task.named_parameters()
            if not p.requires_grad and "encoder.layer.0" not in k and "embeddings" not in k
        }

    heads = tiny_heads()
    assert frozen(heads) == set()
    assert frozen({"colorization": heads["colorization"]}) == {"image_encoder.pooling"}
    assert frozen({"attributes": heads["attributes"]}, text_pooling="pooler") == {
        "text_encoder.pooler"
    }


def _config(depth=50, backbone=None, **text):
    return {
        "type": PretrainingTask,
        "image_encoder": {
            "type": ImageEncoder,
            "backbone": backbone or {"type": "PLIPResNet", "depth": depth},
            "pooling": {"type": MaxPooling},
        },
        "text_encoder": {"type": BertTextEncoder, **text},
        "heads": {
            "contrast": {"type": IdentityContrastHead},
            "colorization": {"type": "ColorizationHead"},
            "attributes": {"type": "AttributePredictionHead"},
        },
    }


SWIN = {
    "type": "MMPretrainBackbone",
    "backbone": {
        "type": "SwinTransformer",
        "arch": "base",
        "img_size": (256, 128),
        "window_size": 7,
        "pad_small_map": True,
        "out_indices": (0, 1, 2, 3),
    },
}


@pytest.mark.parametrize(
    ("config", "millions"),
    [
        # Both encoders, about 23.5 + 1.6 and 85.6 + 23.8 M, and the three heads
        (_config(50), 171.1),
        (_config(101), 190.1),
        (_config(152), 205.8),
        (_config(backbone=SWIN), None),
    ],
    ids=["r50", "r101", "r152", "swin_b"],
)
def test_full_size_builds_and_runs_without_memory(config, millions):
    with torch.device("meta"):
        task = build(config, TASKS)
        features = task.image_encoder(torch.empty(2, 3, 256, 128))
        text = task.text_encoder(
            torch.empty(2, 64, dtype=torch.int64), torch.empty(2, 64, dtype=torch.bool)
        )
        rgb = task.heads["colorization"].colorize(features.stages, text.embedding)
    assert features.embedding.shape == text.embedding.shape == (2, 768)
    assert rgb.shape == (2, 3, 256, 128)
    count = sum(p.numel() for p in task.parameters()) / 1e6
    assert millions is None or count == pytest.approx(millions, abs=0.1)


def test_wrong_input():
    task = tiny_task()
    with pytest.raises(InputError, match="nothing to train"):
        tiny_task({})
    with pytest.raises(InputError, match="'loss' and 'predict'"):
        task(_loss_inputs(task), mode="tensor")
    with pytest.raises(InputError, match="text_encoder is None"):
        PretrainingTask(task.image_encoder, heads={"contrast": {"type": IdentityContrastHead}})
    with pytest.raises(InputError, match="did you mean 'form'"):
        tiny_task({"contrast": {"type": IdentityContrastHead, "forms": "sdm"}})
    with pytest.raises(InputError, match="did you mean 'IdentityContrastHead'"):
        tiny_task({"contrast": {"type": "IdentityContrast"}})
    with pytest.raises(InputError, match="needs phrase_slots"):
        task(_loss_inputs(task).replace(phrase_slots=None))


class _HostReads(TorchDispatchMode):
    """Counts operations whose result, or its shape, the host can only get from the device."""

    kinds = ("nonzero", "_local_scalar_dense", "masked_select", "unique", "equal", "repeat_interl")

    def __init__(self):
        super().__init__()
        self.found = []

    def __torch_dispatch__(self, function, types, arguments=(), options=None):
        name = function.overloadpacket.__name__
        by_mask = name.startswith(("index", "_index")) and any(
            isinstance(i, torch.Tensor) and i.dtype is torch.bool
            for i in (arguments[1] if isinstance(arguments[1], (list, tuple)) else ())
        )
        if by_mask or any(name.startswith(kind) for kind in self.kinds):
            self.found.append(name)
        return function(*arguments, **(options or {}))


def test_host_waits_for_the_device_once_a_step():
    """For the number of masked word pieces; everything else of a step has shapes known before."""
    task = tiny_task()
    batch = task.data_preprocessor(tiny_batch(), True)["batch"]
    with _HostReads() as reads:
        task(batch)["loss"].backward()
    assert reads.found == ["nonzero"]
    with _HostReads() as reads:  # the counter does count
        batch.token_ids[batch.token_mask]
    assert reads.found
