"""Batch statistics of the ranks are averaged; the numbers of identities stay what they are."""

from types import SimpleNamespace

import numpy as np
import pytest
from torch import nn

from plipdet.engine.hooks import MeanBuffersHook
from plipdet.models.heads import IdentityClasses

PEOPLE = np.array([3, 20_230_101_001])  # a number that single precision does not hold


def _averaged(when, mean):
    classes, norm = IdentityClasses(2), nn.BatchNorm1d(2)
    classes.meet(PEOPLE)
    norm.running_mean.fill_(mean)
    runner = SimpleNamespace(model=nn.ModuleList([classes, norm]))
    hook = MeanBuffersHook()
    getattr(hook, when)(runner)
    return classes.identities.tolist(), norm.running_mean.tolist()


@pytest.mark.parametrize("when", ["after_train_epoch", "before_val_epoch"])
def test_only_statistics_are_averaged(ranks, when):
    for identities, mean in ranks.run(_averaged, [(when, 1.0), (when, 4.0)]):
        assert identities == PEOPLE.tolist()
        assert mean == [2.5, 2.5]
