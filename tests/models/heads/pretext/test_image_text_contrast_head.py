import math

import pytest
import torch
from tiny_task import tiny_batch, tiny_task

from plipdet.errors import InputError
from plipdet.models import ImageTextContrastHead


def task_of(**options):
    return tiny_task({"pairs": {"type": ImageTextContrastHead, **options}}).double().eval()


def prepared(task, size=5):
    batch = tiny_batch(size).replace(person_ids=torch.zeros(size, dtype=torch.int64))
    return task.data_preprocessor(batch, True)["batch"]


def slow_loss(image, text, scale):
    """CLIP's loss (arXiv 2103.00020, Figure 3), a pair at a time."""

    def cosine(a, b):
        return (a @ b) / (a.norm() * b.norm())

    terms = []
    for own, other in ((image, text), (text, image)):
        for i, anchor in enumerate(own):
            logits = [scale * cosine(anchor, candidate) for candidate in other]
            terms.append(-logits[i] + torch.stack(logits).logsumexp(dim=0))
    return torch.stack(terms).mean()


@pytest.mark.parametrize("max_logits", [2**21, 5, 12])
def test_loss_and_gradients_are_clips_whatever_the_identities(max_logits):
    task = task_of(temperature=0.2, max_logits=max_logits)
    batch = prepared(task)
    head = task.heads["pairs"]
    image, text = task.image_encoder(batch.images), task.text_encoder(
        batch.token_ids, batch.token_mask
    )  # fmt: skip
    wanted = slow_loss(image.embedding, text.embedding, head.log_scale.exp().squeeze())
    parameters = [head.log_scale, task.image_encoder.pooling.proj.weight]
    gradients = torch.autograd.grad(wanted, parameters)
    loss = task(batch)["loss"]
    torch.testing.assert_close(loss, wanted, rtol=1e-9, atol=0)
    found = torch.autograd.grad(loss, parameters)
    for own, other in zip(found, gradients, strict=True):
        torch.testing.assert_close(own, other, rtol=1e-8, atol=1e-12)


@pytest.mark.parametrize(("start", "kept"), [(9.0, math.log(100)), (-3.0, 0.0), (2.0, 2.0)])
def test_temperature_is_kept_in_its_range_while_training(start, kept):
    task = task_of().train()
    scale = task.heads["pairs"].log_scale
    with torch.no_grad():
        scale.fill_(start)
    log = task(prepared(task))
    assert scale.item() == pytest.approx(kept)
    assert log["pairs/temperature"].item() == pytest.approx(math.exp(-kept))
    log["loss"].backward()
    assert scale.grad is not None and scale.grad.abs() > 0


@pytest.mark.parametrize("options", [{"temperature": 0}, {"temperature": 2}, {"max_scale": 0.5}])
def test_wrong_values_are_refused(options):
    with pytest.raises(InputError, match="inverse temperature"):
        task_of(**options)


def test_widths_must_agree():
    task = task_of()
    batch = prepared(task)
    task.image_encoder.pooling.proj = torch.nn.Linear(128, 12).double()
    with pytest.raises(InputError, match="picture embeddings have 12 numbers, text embeddings 16"):
        task(batch)
