from types import SimpleNamespace

import pytest
import torch
import torch.nn.functional as F

from plipdet.errors import InputError
from plipdet.models import ColorizationHead
from plipdet.models.heads.pretext.modality_gate import ModalityGate
from plipdet.structures import PersonBatch

AUTHORS = {"channelunity": "lateral", "SE_block": "gates", "deconv": "upsample"}


def _our_name(key):
    """``decoder.SE_block1.fc1.weight`` -> ``gates.0.fc1.weight``."""
    module, _, rest = key.removeprefix("decoder.").partition(".")
    return f"{AUTHORS[module[:-1]]}.{int(module[-1]) - 1}.{rest}"


def test_equals_authors(golden_vectors):
    head = ColorizationHead((32, 64, 128, 256), text_dim=32, channels=32).eval()
    weights = {k: v for k, v in golden_vectors.items() if k.startswith("decoder.")}
    head.load_state_dict({_our_name(k): v for k, v in weights.items()})
    stages = [golden_vectors[f"stage{index}"] for index in (1, 2, 3, 4)]
    with torch.no_grad():
        rgb = head.colorize(stages, golden_vectors["colorization_text"])
    wanted = golden_vectors["colorization_rgb"]
    assert (rgb - wanted).abs().max() <= 1e-5 * wanted.abs().max()


@pytest.mark.parametrize("pool", ["average", "max"])
@pytest.mark.parametrize("gate", ["sigmoid", "softmax"])
def test_gate_equals_paper_steps(pool, gate):
    torch.manual_seed(0)
    block = ModalityGate(3, 2, pool=pool, gate=gate)
    features, text = torch.randn(1, 3, 2, 2), torch.randn(1, 2)
    channels = [features[0, c].flatten() for c in range(3)]
    pooled = torch.stack([c.mean() if pool == "average" else c.max() for c in channels])
    hidden = F.relu(block.fc1.weight @ torch.cat([pooled, text[0]]) + block.fc1.bias)
    scores = block.fc2.weight @ hidden + block.fc2.bias
    if gate == "sigmoid":
        weights = 1 / (1 + torch.exp(-scores))
    else:
        weights = torch.exp(scores) / torch.exp(scores).sum()
    wanted = torch.stack([c * w for c, w in zip(channels, weights, strict=True)]).view(1, 3, 2, 2)
    torch.testing.assert_close(block(features, text), wanted)


def test_the_text_changes_the_picture():
    torch.manual_seed(0)
    head = ColorizationHead((4, 4, 4, 4), text_dim=6, channels=2)
    stages = [torch.randn(1, 4, 8 * s, 4 * s) for s in (8, 4, 2, 1)]
    red, blue = head.colorize(stages, torch.ones(1, 6)), head.colorize(stages, -torch.ones(1, 6))
    assert red.shape == (1, 3, 256, 128)
    assert (red - blue).abs().max() > 1e-3


@pytest.mark.parametrize(("form", "wanted"), [("mse", 4.0), ("l1", 2.0), ("l2", 2 * 6144**0.5)])
def test_loss_by_hand(form, wanted):
    head = ColorizationHead((4, 4, 4, 4), text_dim=6, channels=2, loss_form=form)
    torch.nn.init.zeros_(head.upsample[1].weight)
    torch.nn.init.constant_(head.upsample[1].bias, 3.0)  # every picture becomes constant 3
    stages = [torch.randn(2, 4, 2 * s, s) for s in (8, 4, 2, 1)]
    views = SimpleNamespace(
        gray=SimpleNamespace(stages=stages), text=SimpleNamespace(embedding=torch.ones(2, 6))
    )
    batch = PersonBatch(rows=torch.arange(2), images=torch.ones(2, 3, 64, 32))
    assert head.loss(views, batch).loss.item() == pytest.approx(wanted, rel=1e-5)


def test_wrong_input():
    with pytest.raises(InputError, match="gives 3 maps"):
        ColorizationHead((4, 4, 4))
    with pytest.raises(InputError, match="'average', 'max'"):
        ColorizationHead(pool="mean")
    with pytest.raises(InputError, match="'mse', 'l2', 'l1'"):
        ColorizationHead(loss_form="manhattan")
    head = ColorizationHead((4, 4, 4, 4), text_dim=6, channels=2)
    with pytest.raises(InputError, match="halve"):
        head.colorize([torch.zeros(1, 4, 4, 2)] * 4, torch.zeros(1, 6))
    stages = [torch.zeros(1, 4, 2 * s, s) for s in (8, 4, 2, 1)]
    views = SimpleNamespace(
        gray=SimpleNamespace(stages=stages), text=SimpleNamespace(embedding=torch.zeros(1, 6))
    )
    with pytest.raises(InputError, match="stride 4"):
        head.loss(views, PersonBatch(rows=torch.arange(1), images=torch.zeros(1, 3, 128, 64)))
