import numpy as np
import pytest
import torch
from tiny_task import tiny_batch, tiny_task

from plipdet.errors import InputError
from plipdet.functional.attribute_loss import weighted_attribute_loss
from plipdet.models import MultiAttributeHead
from plipdet.structures import AttributeFacts

FACTS = AttributeFacts(("hat", "bag", "skirt"), np.array([0.1, 0.5, 0.3], np.float32))
LABELS = torch.tensor([[1, 0, -1], [0, 1, 1], [-1, -1, -1], [0, 0, 1]], dtype=torch.int8)


def met_task(**options):
    task = tiny_task({"many": {"type": MultiAttributeHead, **options}})
    assert task.needs_attributes
    task.meet_attributes(FACTS)
    return task.eval()


def prepared(task, labels=LABELS):
    batch = tiny_batch(4).replace(attribute_labels=labels)
    return task.data_preprocessor(batch, True)["batch"]


def test_loss_is_the_weighted_one_of_the_embedding():
    task = met_task()
    batch = prepared(task)
    logits = task.heads["many"].classifier(task.image_encoder(batch.images).embedding)
    wanted, count = weighted_attribute_loss(logits, LABELS, torch.from_numpy(FACTS.positive_share))
    log = task(batch)
    torch.testing.assert_close(log["loss"], wanted)
    assert log["many/count"] == count == 8
    right = ((logits > 0) == (LABELS > 0))[LABELS >= 0]
    assert log["many/accuracy"] == pytest.approx(right.float().mean().item())


def test_parts_of_a_batch_weigh_as_many_labels_as_they_have():
    task = met_task()
    batch = prepared(task)
    wanted = task(batch)["loss"]
    task.micro_batch_size = 3
    torch.testing.assert_close(task(batch)["loss"], wanted)


def test_unknown_labels_alone_are_no_loss():
    task = met_task()
    log = task(prepared(task, torch.full_like(LABELS, -1)))
    assert log["loss"] == 0 and log["many/count"] == 0


def test_labels_and_names_are_needed():
    task = met_task()
    with pytest.raises(InputError, match="needs attribute labels; this source has none"):
        task(prepared(task, None))
    unmet = tiny_task({"many": {"type": MultiAttributeHead}})
    with pytest.raises(InputError, match="has met no attributes"):
        unmet(prepared(unmet))


def test_a_task_to_be_tested_takes_the_files_attributes():
    trained, read = met_task(), tiny_task({"many": {"type": MultiAttributeHead}})
    read.meet_weights(trained.state_dict())
    read.load_state_dict(trained.state_dict())
    assert read.heads["many"].classifier.attribute_names == FACTS.names
