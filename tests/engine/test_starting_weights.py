import numpy as np
import pytest
import torch
from torch import nn

from plipdet.engine.starting_weights import (
    check_same_classes,
    check_start_is_named,
    meet_weights,
    weights_of_parts,
)
from plipdet.errors import InputError
from plipdet.models.heads import AttributeClassifier, IdentityClasses
from plipdet.structures import AttributeFacts


def model():
    return nn.ModuleDict({"encoder": nn.Linear(2, 3), "neck": nn.Linear(3, 1)})


def test_only_the_parts_are_taken():
    weights = {"encoder.weight": torch.ones(3, 2), "encoder.bias": torch.ones(3)}
    weights |= {"neck.weight": torch.ones(7, 7), "old_head.weight": torch.ones(1)}
    kept = weights_of_parts(model(), weights, ["encoder."], source="f.pth")
    assert sorted(kept) == ["encoder.bias", "encoder.weight"]


@pytest.mark.parametrize(
    ("weights", "parts", "words"),
    [
        (
            {"encoder.weight": torch.ones(3, 2)},
            ["encoder."],
            "1 of the 2 weights .*lacks 'encoder.bias'",
        ),
        (
            {"encoder.weight": torch.ones(4, 2), "encoder.bias": torch.ones(3)},
            ["encoder."],
            "another shape of 'encoder.weight'",
        ),
        ({"encoder.weight": torch.ones(3, 2)}, ["encodr."], "did you mean 'encoder'"),
    ],
)
def test_a_part_that_is_not_whole_is_refused(weights, parts, words):
    with pytest.raises(InputError, match=words):
        weights_of_parts(model(), weights, parts, source="f.pth")


def test_a_training_that_takes_parts_over_must_name_the_file():
    cfg = {"train_cfg": {"max_epochs": 1}, "load_from_parts": ["encoder."]}
    with pytest.raises(InputError, match="--load-from"):
        check_start_is_named(cfg)
    check_start_is_named({**cfg, "load_from": "a.pth"})
    check_start_is_named({**cfg, "load_from_parts": None})
    check_start_is_named({"load_from_parts": ["encoder."]})


def test_identities_of_others_are_not_resumed():
    classes = nn.ModuleDict({"id": IdentityClasses(2)})
    classes["id"].meet(np.array([3, 5]))
    same = {k: v.clone() for k, v in classes.state_dict().items()}
    check_same_classes(classes, same, source="f.pth")
    with pytest.raises(InputError, match="other people"):
        check_same_classes(classes, {**same, "id.identities": torch.tensor([3, 6])}, source="f.pth")


def test_attributes_of_other_data_are_not_resumed():
    head = AttributeClassifier(2)
    head.meet(AttributeFacts(("hat", "bag"), np.zeros(2, np.float32)))
    same = dict(head.state_dict())
    check_same_classes(head, same, source="f.pth")
    names = torch.frombuffer(bytearray(b'["hat", "tie"]'), dtype=torch.uint8)
    with pytest.raises(InputError, match=r"f.pth was trained on other attributes .*\(names\)"):
        check_same_classes(head, {**same, "names": names}, source="f.pth")


def test_weights_are_met_on_the_device_that_the_model_is_on():
    trained = AttributeClassifier(2)
    trained.meet(AttributeFacts(("hat", "bag"), np.zeros(2, np.float32)))
    model = nn.Sequential(nn.Linear(2, 2, device="meta"), AttributeClassifier(2))
    model.meet_weights = lambda weights: model[1].meet_weights(weights)
    meet_weights(model, trained.state_dict())
    made = {**dict(model.named_parameters()), **dict(model.named_buffers())}
    assert len(made) == 6 and {value.device.type for value in made.values()} == {"meta"}
    meet_weights(nn.Linear(1, 1), {})  # which asks for nothing
