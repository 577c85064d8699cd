import copy

import pytest
import torch
from tiny_task import TINY_BERT, tiny_batch, tiny_task
from torch import nn

from plipdet.engine.compilation import compile_parts
from plipdet.errors import InputError
from plipdet.models import BertTextEncoder, ImageEncoder, MaxPooling, PLIPResNet, TimmBackbone
from plipdet.models.recompute import recompute


class Kept:
    """Counts the bytes that are kept for the backward pass, besides the weights."""

    def __init__(self, module):
        self.weights = {p.data_ptr() for p in module.parameters()}
        self.tensors = {}

    def __enter__(self):
        self.hooks = torch.autograd.graph.saved_tensors_hooks(self._pack, lambda t: t)
        self.hooks.__enter__()
        return self

    def __exit__(self, *error):
        self.hooks.__exit__(*error)

    def _pack(self, tensor):
        if tensor.data_ptr() not in self.weights:
            self.tensors[tensor.data_ptr()] = tensor.nbytes
        return tensor

    def bytes(self):
        return sum(self.tensors.values())


def state(module):
    gradients = {k: p.grad for k, p in module.named_parameters()}
    return gradients, dict(module.named_buffers())


def check_same(plain, recomputing, run, *, saves):
    """Both give the same loss, gradients and statistics; the second keeps less."""
    kept = []
    for module in (plain, recomputing):
        torch.manual_seed(0)
        with Kept(module) as counter:
            losses = [run(module), run(module)]  # two passes, as of colour and gray
        kept.append(counter.bytes())
        module.losses = torch.stack(losses)
        sum(losses).backward()
    torch.testing.assert_close(recomputing.losses, plain.losses, rtol=0, atol=0)
    for found, wanted in zip(state(recomputing), state(plain), strict=True):
        torch.testing.assert_close(found, wanted, rtol=0, atol=0)
    assert kept[1] < saves * kept[0], kept


@pytest.mark.parametrize("half", [False, True])
def test_picture_encoder(half):
    def encoder(**options):
        torch.manual_seed(0)
        backbone = {"type": PLIPResNet, "stage_blocks": (2, 2, 2, 2), "stem_width": 8}
        return ImageEncoder(backbone, {"type": MaxPooling}, embed_dim=8, **options)

    def run(encoder):
        with torch.autocast("cpu", torch.bfloat16, enabled=half):
            features = encoder(images)
            return features.embedding.float().square().mean() + features.stages[0].float().mean()

    images = torch.randn(4, 3, 64, 32)
    recomputing = encoder(activation_checkpointing=True)
    check_same(encoder(), recomputing, run, saves=0.6)
    assert int(recomputing.backbone.layer1[0].bn1.num_batches_tracked) == 2
    recomputing.checkpoint_activations(False)
    assert not recomputing.backbone.activation_checkpointing


def test_text_encoder_with_dropout():
    def encoder(**options):
        torch.manual_seed(0)
        return BertTextEncoder(
            {**TINY_BERT, "num_hidden_layers": 4}, freeze_layers=1, mask_token_id=3, **options
        )

    def run(encoder):
        return encoder(batch.token_ids, batch.token_mask).embedding.square().mean()

    batch = tiny_batch(16)
    plain = encoder()
    assert plain.encoder.encoder.layer[2].output.dropout.p > 0 and plain.training
    check_same(plain, encoder(activation_checkpointing=True), run, saves=0.4)


@pytest.mark.parametrize("name", ["swin_tiny_patch4_window7_224", "vit_tiny_patch16_224"])
def test_networks_of_timm(name):
    def backbone():
        torch.manual_seed(0)
        options = {"drop_path_rate": 0.5}
        small = {"embed_dim": 24, "num_heads": (1, 2, 3, 4), "depths": (2, 2, 2, 2)}
        options |= small if "swin" in name else {"embed_dim": 24, "num_heads": 2}
        return TimmBackbone(name, img_size=(64, 32), options=options)

    def run(backbone):
        return backbone(images)[-1].square().mean()

    images = torch.randn(2, 3, 64, 32)
    recomputing = backbone()
    recomputing.checkpoint_activations(True)
    check_same(backbone(), recomputing, run, saves=0.6)


def test_what_cannot_be_computed_again_is_said():
    backbone = {"type": TimmBackbone, "name": "resnet18"}
    with pytest.raises(InputError, match="'resnet18' twice a step"):
        ImageEncoder(backbone, {"type": MaxPooling}, activation_checkpointing=True)
    bare = nn.Conv2d(3, 4, 1)
    bare.stage_channels = (4,)
    with pytest.raises(InputError, match="Conv2d has no checkpoint_activations"):
        ImageEncoder(bare, {"type": MaxPooling}, activation_checkpointing=True)


def test_nothing_is_kept_or_changed_without_gradients():
    block = nn.BatchNorm1d(3)
    other = copy.deepcopy(block)
    with torch.no_grad():
        assert torch.equal(recompute(block, torch.ones(2, 3)), other(torch.ones(2, 3)))
    assert int(block.num_batches_tracked) == 1


def test_together_with_compilation():
    torch._dynamo.reset()
    plain, both = tiny_task(), tiny_task()
    for encoder in (both.image_encoder, both.text_encoder):
        encoder.checkpoint_activations(True)
    names = compile_parts(both, {"backend": "aot_eager"})
    assert "text_encoder" in names and "image_encoder" not in names
    for task in (plain, both):
        torch.manual_seed(0)
        for module in task.modules():
            if isinstance(module, nn.Dropout):
                module.p = 0.0
        task(task.data_preprocessor(tiny_batch(), True)["batch"])["loss"].backward()
    for found, wanted in zip(state(both), state(plain), strict=True):
        torch.testing.assert_close(found, wanted)
