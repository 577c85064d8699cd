import copy

import pytest
import torch
from mmengine.optim import OptimWrapper
from tiny_task import tiny_batch, tiny_task
from tiny_text_reid import HEADS, tiny_text_reid

from plipdet.errors import InputError
from plipdet.tasks import TextReIDTask


def prepared(task, size=6):
    return task.data_preprocessor(tiny_batch(size), True)["batch"]


def trained(task, steps=3):
    """Return the task after a few steps of a rate that no weight outlives unchanged."""
    optimizer = OptimWrapper(torch.optim.AdamW(task.parameters(), lr=1e-2, weight_decay=0.1))
    for _ in range(steps):
        task.train_step(tiny_batch(6), optimizer)
    return task


def encoder_state(task):
    state = task.state_dict()
    return {k: v for k, v in state.items() if k.startswith(("image_encoder.", "text_encoder."))}


@torch.no_grad()
def embeddings(task):
    return task.eval().test_step(tiny_batch(6))


@pytest.mark.parametrize("linear_probe", [False, True])
@pytest.mark.parametrize("head", [None, *HEADS])
def test_every_trainable_parameter_gets_a_gradient(head, linear_probe):
    task = tiny_text_reid(*([head] if head else []), linear_probe=linear_probe).train()
    task(prepared(task))["loss"].backward()
    for name, parameter in task.named_parameters():
        assert (parameter.grad is not None) == parameter.requires_grad, name


def test_all_of_the_text_encoder_is_trained_or_its_last_layers():
    before = encoder_state(tiny_text_reid())
    for freeze_layers, is_frozen in ((0, False), (1, True)):
        task = trained(tiny_text_reid(freeze_layers=freeze_layers).train())
        after = encoder_state(task)
        for part in ("embeddings.word_embeddings", "encoder.layer.0."):
            names = [k for k in before if part in k and k.endswith("weight")]
            assert names
            for name in names:
                # Words that no caption has are moved by the decay alone
                assert torch.equal(before[name], after[name]) == is_frozen, name
        assert not torch.equal(
            before["text_encoder.encoder.encoder.layer.1.output.dense.weight"],
            after["text_encoder.encoder.encoder.layer.1.output.dense.weight"],
        )


def test_a_few_steps_lower_the_loss():
    task = tiny_text_reid().train()
    optimizer = OptimWrapper(torch.optim.AdamW(task.parameters(), lr=3e-3))
    history = [task.train_step(tiny_batch(), optimizer)["loss"].item() for _ in range(12)]
    assert history[-1] < 0.9 * history[0]


def test_a_probe_begins_as_the_zero_shot_search():
    plain, probe = tiny_text_reid(), tiny_text_reid(linear_probe=True)
    probe.load_state_dict(plain.state_dict(), strict=False)
    wanted, found = embeddings(plain), embeddings(probe)
    for side in ("image", "text"):
        assert torch.equal(found[side], wanted[side])


@pytest.mark.parametrize("heads", [(), ("projection",), ("words",)])
def test_a_probe_leaves_both_encoders_as_they_are_bit_for_bit(heads):
    task = tiny_text_reid(*heads, linear_probe=True).train()
    before = copy.deepcopy(encoder_state(task))
    assert any("running_mean" in name for name in before)
    trained(task)
    after = encoder_state(task)
    assert all(torch.equal(before[name], after[name]) for name in before)
    maps = [task.image_probe.weight, task.text_probe.weight]
    moved = [not torch.equal(m, torch.eye(16)) for m in maps]
    assert moved == [heads != ("words",)] * 2


def test_a_probe_encodes_in_training_as_in_a_search():
    """No dropout, no batch statistics; the heads read what a search compares."""
    task = tiny_text_reid("projection", linear_probe=True)
    trained(task.train())
    batch = prepared(task)
    task.train()
    views = task._views(batch)
    torch.testing.assert_close(views.image.embedding, task.embed_images(batch.images))
    torch.testing.assert_close(
        views.text.embedding, task.embed_texts(batch.token_ids, batch.token_mask)
    )
    plain = views.image.embedding @ torch.linalg.inv(task.image_probe.weight).T
    assert not torch.allclose(plain, views.image.embedding)


def test_maps_of_a_probe_are_needed_in_a_search():
    names = set(tiny_text_reid(linear_probe=True).state_dict())
    more = names - set(tiny_text_reid().state_dict())
    assert more == {f"{side}_probe.{kind}" for side in ("image", "text") for kind in (
        "weight", "bias")}  # fmt: skip
    assert not any(name.startswith(TextReIDTask.not_for_predict) for name in more)
    assert "linear_probe" in tiny_text_reid(linear_probe=True).protocol()
    assert "linear_probe" not in tiny_text_reid().protocol()


def test_weights_of_pre_training_fit():
    source, task = tiny_task(seed=1), tiny_text_reid(linear_probe=True)
    parts = ("data_preprocessor.", "image_encoder.", "text_encoder.")
    taken = {k: v for k, v in source.state_dict().items() if k.startswith(parts)}
    own = {k for k in task.state_dict() if k.startswith(parts)}
    assert own == set(taken)
    task.load_state_dict(taken, strict=False)
    for side, wanted in embeddings(source).items():
        assert torch.equal(embeddings(task)[side], wanted)


@pytest.mark.parametrize("linear_probe", [False, True])
@pytest.mark.parametrize("size", [1, 4])
def test_micro_batches_have_the_loss_and_gradient_of_the_whole(size, linear_probe):
    found = []
    for micro_batch_size in (None, size):
        task = tiny_text_reid(linear_probe=linear_probe, micro_batch_size=micro_batch_size)
        task.double().eval()
        losses = task(prepared(task))
        losses["loss"].backward()
        found.append(
            (
                {k: v.detach() for k, v in losses.items()},
                {k: p.grad for k, p in task.named_parameters() if p.requires_grad},
            )
        )
    (losses, gradients), (own_losses, own_gradients) = found
    torch.testing.assert_close(own_losses, losses, rtol=1e-10, atol=1e-12)
    torch.testing.assert_close(own_gradients, gradients, rtol=1e-8, atol=1e-12)


def test_wrong_input():
    with pytest.raises(InputError, match="needs a text_encoder"):
        TextReIDTask({}, None, heads={})
    with pytest.raises(InputError, match="TextReIDTask has no heads"):
        task = tiny_text_reid()
        TextReIDTask(task.image_encoder, task.text_encoder, heads={})
    with pytest.raises(InputError, match="needs person_ids"):
        task(prepared(task).replace(person_ids=None))
