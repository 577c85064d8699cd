"""Heads of person search on two ranks: loss, gradient and memory of one process."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.parallel import DistributedDataParallel

from plipdet.models import BoxTextContrastHead, OIMHead
from plipdet.models.heads.search import FoundPeople
from plipdet.tasks.person_task import weighted_sum

IDS = np.array([3, 5, 9])
PEOPLE = torch.tensor([3, -1, 5, 3, -1, -1, 9])
DESCRIBED = torch.tensor([True, True, True, False, True, True, True])


class Network(nn.Module):
    """A map, and both heads over it."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.map, self.text_map = nn.Linear(4, 4), nn.Linear(4, 4)
        self.oim, self.texts = OIMHead(4, queue=3), BoxTextContrastHead()
        self.oim.meet_identities(IDS)
        self.double()

    def forward(self, features, ids, described):
        embeddings = F.normalize(self.map(features), dim=1)
        texts = F.normalize(self.text_map(features), dim=1)
        people = FoundPeople(embeddings, ids, texts, described)
        terms = {"oim": self.oim.loss(people), "texts": self.texts.loss(people)}
        return weighted_sum({"oim": 1.0, "texts": 0.5}, terms)["loss"]


def batches():
    generator = torch.Generator().manual_seed(1)
    return [torch.randn(7, 4, dtype=torch.float64, generator=generator) for _ in range(3)]


def train(network, model, rows):
    found = []
    optimizer = torch.optim.SGD(network.parameters(), lr=0.5)
    for features in batches():
        optimizer.zero_grad()
        loss = model(features[rows], PEOPLE[rows], DESCRIBED[rows])
        loss.backward()
        gradients = [p.grad.numpy().copy() for p in network.parameters()]
        optimizer.step()
        memory = [t.numpy().copy() for t in (network.oim.table, network.oim.queue)]
        found.append((loss.item(), gradients, memory))
    return found


def on_a_rank(rows):
    network = Network()
    return train(network, DistributedDataParallel(network), rows)


@pytest.mark.parametrize("first", [3, 1, 6])  # 6: the other rank has one person only
def test_two_ranks_equal_one_process(ranks, first):
    network = Network()
    wanted = train(network, network, torch.arange(7))
    shares = ranks.run(on_a_rank, [(torch.arange(first),), (torch.arange(first, 7),)])
    for one, other, whole in zip(*shares, wanted, strict=True):
        assert (one[0] + other[0]) / 2 == pytest.approx(whole[0], rel=1e-9)
        for rank in (one, other):
            for gradient, expected in zip(rank[1], whole[1], strict=True):
                np.testing.assert_allclose(gradient, expected, rtol=1e-8, atol=1e-12)
            for memory, expected in zip(rank[2], whole[2], strict=True):
                np.testing.assert_allclose(memory, expected, rtol=1e-9)
