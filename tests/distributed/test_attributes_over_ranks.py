"""Two ranks give one rank's figures, and one rank's loss and gradient on the joined batch."""

import torch
from tiny_attribute_data import Brightness, attribute_table, bare_runner, loader
from tiny_attributes import Words, tiny_attribute_batch, tiny_attribute_task

from plipdet.distributed import rank, world_size
from plipdet.engine.loops import AttributeLoop
from plipdet.errors import InputError
from plipdet.evaluation import AttributeMetric
from plipdet.models import AttributeHead, PromptAttributeHead

HEADS = {
    "classifier": {"type": AttributeHead},
    "prompts": {"type": PromptAttributeHead, "tokenizer": Words()},
}


def _figures(names=("red", "dark")):
    table = attribute_table("nowhere")
    sides = {"labelled": loader(table, "test"), "reference": loader(table, "train")}
    model = Brightness(names)
    loop = AttributeLoop(bare_runner(model), sides, AttributeMetric())
    try:
        return loop.run(), model.referred.tolist()
    except InputError as error:
        return str(error)


def test_two_ranks_give_the_figures_of_one(ranks):
    alone = _figures()
    first, second = ranks.run(_figures, [(), ()])
    assert first == second == alone
    assert alone[0]["pictures"] == 11 and len(alone[1]) == 11


def test_what_is_wrong_reaches_both_ranks(ranks):
    first, second = ranks.run(_figures, [(("rot",),), (("rot",),)])
    assert first == second and "such as 'red'" in first


def _loss_and_gradient(name):
    """Unknown labels are dealt to the ranks unevenly; batch norm in eval mode."""
    task = tiny_attribute_task(HEADS[name]).eval()
    batch = tiny_attribute_batch(8)
    batch.attribute_labels[:3, 1:] = -1
    part = batch.split(8 // world_size())[rank()]
    model = task
    if world_size() > 1:
        model = torch.nn.parallel.DistributedDataParallel(task)
    losses = model(task.data_preprocessor(part)["batch"])
    losses["loss"].backward()
    found = {k: p.grad.numpy() for k, p in task.named_parameters() if p.requires_grad}
    return losses["loss"].item(), found


def test_two_ranks_give_the_loss_and_gradient_of_the_joined_batch(ranks):
    for name in HEADS:
        loss, gradients = _loss_and_gradient(name)
        parts = ranks.run(_loss_and_gradient, [(name,), (name,)])
        torch.testing.assert_close(sum(p[0] for p in parts) / 2, loss, rtol=1e-5, atol=1e-5)
        for _, found in parts:
            for key, expected in gradients.items():
                torch.testing.assert_close(
                    torch.from_numpy(found[key]),
                    torch.from_numpy(expected),
                    rtol=1e-4,
                    atol=1e-5,
                    msg=lambda text, key=key: f"{key}: {text}",
                )
