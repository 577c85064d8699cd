import numpy as np
import pytest
import torch

from plipdet.errors import InputError
from plipdet.models.heads import AttributeClassifier
from plipdet.structures import AttributeFacts

FACTS = AttributeFacts(("hat", "Rucksack, grün"), np.array([0.25, 0.5], np.float32))


def met(**options):
    classifier = AttributeClassifier(4, **options)
    classifier.meet(FACTS)
    return classifier


def test_weights_say_what_they_score():
    trained, read = met(batch_norm=True), AttributeClassifier(4, batch_norm=True)
    assert read.attribute_names == () and not read.state_dict()
    read.meet_weights(trained.state_dict())
    read.load_state_dict(trained.state_dict())
    assert read.attribute_names == FACTS.names
    features = torch.randn(3, 4)
    torch.testing.assert_close(read.eval()(features), trained.eval()(features))


def test_norm_and_dropout_are_applied():
    torch.manual_seed(0)
    features = torch.randn(64, 4)
    logits = met(batch_norm=True)(features)
    torch.testing.assert_close(logits.mean(dim=0), torch.zeros(2), atol=1e-6, rtol=0)
    plain = met(dropout=0.5)
    assert not torch.equal(plain(features), plain(features))
    assert torch.equal(plain.eval()(features), plain(features))


def test_other_files_leave_it_as_it_was():
    classifier = AttributeClassifier(4)
    classifier.meet_weights({"linear.weight": torch.zeros(2, 4)})
    with pytest.raises(InputError, match="has met no attributes"):
        classifier(torch.zeros(1, 4))


@pytest.mark.parametrize("text", [b'["hat"]', b"[1, 2]", b'{"a": 1, "b": 2}', b"\xff", b"[["])
def test_damaged_names_are_refused(text):
    weights = {**met().state_dict(), "names": torch.tensor(list(text), dtype=torch.uint8)}
    with pytest.raises(InputError, match="names of the attributes in these weights are damaged"):
        AttributeClassifier(4).meet_weights(weights)


def test_wrong_options_are_refused():
    with pytest.raises(InputError, match="dropout = 1"):
        AttributeClassifier(4, dropout=1)
    with pytest.raises(InputError, match="no attribute"):
        AttributeClassifier(4).meet(AttributeFacts((), np.zeros(0, np.float32)))
