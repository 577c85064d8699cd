import pytest
import torch
from tiny_attributes import FACTS, NAMES, Words, tiny_attribute_batch, tiny_attribute_task
from tiny_task import tiny_heads

from plipdet.errors import InputError
from plipdet.models import AttributeHead, PromptAttributeHead

HEADS = {
    "deepmar": {"type": AttributeHead},
    "rethinking": {"type": AttributeHead, "batch_norm": True},
    "prompts": {"type": PromptAttributeHead, "tokenizer": Words()},
    "prompts, image": {"type": PromptAttributeHead, "tokenizer": Words(), "train_texts": False},
}


def prepared(task, batch):
    return task.data_preprocessor(batch, training=task.training)["batch"]


@pytest.mark.parametrize("name", HEADS)
@pytest.mark.parametrize("probe", [False, True])
def test_every_trainable_parameter_gets_a_gradient_and_the_others_stay(name, probe):
    task = tiny_attribute_task(HEADS[name], linear_probe=probe)
    losses = task(prepared(task, tiny_attribute_batch()))
    losses["loss"].backward()
    assert {"recognition/loss", "recognition/accuracy", "recognition/count"} < set(losses)
    for key, parameter in task.named_parameters():
        assert (parameter.grad is not None) == parameter.requires_grad, key
        assert parameter.grad is None or torch.isfinite(parameter.grad).all(), key
    trains = {key.split(".")[0] for key, p in task.named_parameters() if p.requires_grad}
    texts = {"text_encoder"} if name == "prompts" else set()
    assert trains == ({"heads"} if probe else {"heads", "image_encoder"} | texts)


@pytest.mark.parametrize("name", HEADS)
def test_answers_are_probabilities_and_travel_with_the_weights(name):
    trained = tiny_attribute_task(HEADS[name])
    trained(prepared(trained, tiny_attribute_batch(8)))  # batch statistics
    batch = tiny_attribute_batch(3, seed=1)
    expected = trained.eval()(prepared(trained, batch), mode="predict")
    assert expected["image"].shape == (3, 16) and expected["attributes"].shape == (3, 3)
    assert ((expected["attributes"] > 0) & (expected["attributes"] < 1)).all()
    read = tiny_attribute_task(HEADS[name], seed=1, facts=None).eval()
    assert "attributes" not in read(prepared(read, batch), mode="predict"), "it knows of none"
    read.meet_weights(trained.state_dict())
    read.load_state_dict(trained.state_dict())
    assert read.attribute_names == NAMES
    found = read(prepared(read, batch), mode="predict")
    torch.testing.assert_close(found, expected)


def test_any_phrase_can_be_asked_of_one_that_was_not_trained():
    task = tiny_attribute_task(HEADS["prompts"], facts=None).eval()
    batch = prepared(task, tiny_attribute_batch(6))
    task.ask(("a red coat", "hat"))
    found = task(batch, mode="predict")
    assert found["attributes"].shape == (6, 2)
    assert "'a person'" in task.protocol()["decision"]
    task.refer(found["image"])
    again = task(batch, mode="predict")["attributes"]
    logits = torch.logit(again.double())
    torch.testing.assert_close(logits.mean(dim=0), torch.zeros(2).double(), atol=1e-3, rtol=0)
    torch.testing.assert_close(
        logits.std(dim=0, correction=0), torch.ones(2).double(), atol=1e-3, rtol=0
    )


def test_what_nothing_trains_stays_in_eval():
    def modes(name, **options):
        task = tiny_attribute_task(HEADS[name], **options).train()
        return task.image_encoder.training, task.text_encoder.training

    assert modes("prompts") == (True, True)
    assert modes("prompts, image") == modes("deepmar") == (True, False)
    assert modes("prompts", linear_probe=True) == (False, False)


def test_heads_of_pre_training_may_stand_beside_the_one_that_answers():
    heads = {**tiny_heads(), "prompts": HEADS["prompts"]}
    task = tiny_attribute_task()
    both = type(task)(task.image_encoder, task.text_encoder, heads=heads)
    assert both.answers == "prompts"
    two = {"one": HEADS["deepmar"], "other": HEADS["rethinking"]}
    with pytest.raises(InputError, match="answers = None"):
        type(task)(task.image_encoder, heads=two)
    assert type(task)(task.image_encoder, heads=two, answers="other").scorer.classifier.batch_norm
    with pytest.raises(InputError, match="did you mean 'other'"):
        type(task)(task.image_encoder, heads=two, answers="othe")
    with pytest.raises(InputError, match="none of its heads"):
        type(task)(task.image_encoder, task.text_encoder, heads=tiny_heads())


def test_prompts_need_a_text_encoder():
    with pytest.raises(InputError, match="text_encoder is None"):
        tiny_attribute_task({**HEADS["prompts"], "text_dim": 16}, texts=False)


def test_parts_of_a_batch_give_the_gradient_of_all():
    """Without batch statistics, which are of a part."""

    def gradients(size):
        task = tiny_attribute_task(HEADS["deepmar"], micro_batch_size=size).eval()
        task(prepared(task, tiny_attribute_batch(6)))["loss"].backward()
        return {k: p.grad for k, p in task.named_parameters() if p.requires_grad}

    torch.testing.assert_close(gradients(2), gradients(None), atol=1e-5, rtol=1e-4)


def test_a_source_without_labels_is_refused():
    task = tiny_attribute_task()
    batch = prepared(task, tiny_attribute_batch().replace(attribute_labels=None))
    with pytest.raises(InputError, match="AttributeHead needs attribute labels"):
        task(batch)
    assert FACTS.names == task.attribute_names
