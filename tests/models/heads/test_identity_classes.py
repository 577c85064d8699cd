import numpy as np
import pytest
import torch

from plipdet.errors import InputError
from plipdet.models.heads import IdentityClasses


def test_classes_are_places_in_ascending_order_and_travel_with_the_weights():
    classes = IdentityClasses(3)
    assert classes.state_dict() == {}  # nothing that a file without identities could lack
    classes.meet(np.array([2, 5, 11]))
    assert classes.columns().shape == (3, 3)
    assert classes.labels(torch.tensor([11, 2, 5, 2])).tolist() == [2, 0, 1, 0]
    assert classes.state_dict()["identities"].tolist() == [2, 5, 11]


def test_unmet_or_lone_identities_are_refused():
    with pytest.raises(InputError, match="meet_identities"):
        IdentityClasses(3).columns()
    with pytest.raises(InputError, match="two or more"):
        IdentityClasses(3).meet(np.array([7]))
    classes = IdentityClasses(3)
    classes.meet(np.array([1, 2]))
    with pytest.raises(InputError, match="source has none"):
        classes.labels(None)
