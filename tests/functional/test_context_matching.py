import numpy as np
import pytest
import slow_person_search as slow
import torch
from random_scenes import World, one_world, random_world, search_queries

from plipdet.functional.candidates import Candidates
from plipdet.functional.context_matching import raise_by_context
from plipdet.functional.person_search import Search, search_statistics
from plipdet.structures import Detections


def without_ties(rng):
    """Numbers whose products never tie, so that there is one best matching."""
    return rng.normal(size=3)


def surest_first(world):
    found = [one.select(one.scores.argsort(descending=True, stable=True)) for one in world.found]
    return World(world.people, found, world.queries, world.embeddings)


def precision_of(world, k1, k2, *, weigh=False):
    people = Candidates.of_scenes(world.found, width=3, threshold=0.5)
    gallery = people.embeddings
    if weigh:
        gallery = gallery * torch.from_numpy(people.scores)[:, None]

    def change(scores, asks):
        raise_by_context(scores, people, gallery, world.queries, asks, k1=k1, k2=k2)

    asks = np.arange(len(world.queries))
    search = Search(world.embeddings, asks, world.queries, people, gallery, change, chunk=100)
    return search_statistics(search).average_precision


@pytest.mark.parametrize(("k1", "k2", "weigh"), [(1, 3, False), (3, 2, False), (30, 4, True)])
def test_context_changes_similarities_as_trying_all_matchings_does(k1, k2, weigh):
    worlds = [
        random_world(seed, protocol=("prw", "cuhk")[seed % 2], numbers=without_ties)
        for seed in range(120)
    ]
    world = surest_first(one_world(worlds))
    expected = [
        slow.search(world, q, e, cbgm={"k1": k1, "k2": k2}, weigh=weigh)
        for q, e in enumerate(world.embeddings.numpy())
    ]
    expected = np.array([one[0] if one else 0 for one in expected])
    found = precision_of(world, k1, k2, weigh=weigh)
    np.testing.assert_allclose(found, expected, rtol=1e-9)
    plain = precision_of(world, k1, 1, weigh=weigh)
    assert (np.abs(found - plain) > 1e-6).sum() > 10, "the company matters"


def test_a_person_beside_the_same_companion_gets_the_companions_similarity():
    box, beside, apart = [0, 0, 20, 40], [30, 0, 50, 40], [60, 0, 80, 40]
    friend, stranger = [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]
    found = [
        Detections(torch.tensor([box, beside]).float(), torch.tensor([0.9, 0.8]),
                   torch.tensor([[1.0, 0, 0], friend])),
        Detections(torch.tensor([box, beside]).float(), torch.tensor([0.9, 0.8]),
                   torch.tensor([[0.5, 0, 0], friend])),
        Detections(torch.tensor([box, apart]).float(), torch.tensor([0.9, 0.8]),
                   torch.tensor([[0.6, 0, 0], stranger])),
    ]  # fmt: skip
    queries = search_queries([0], [box], [1], [[1, 2]], [[(1, box)]])
    world = World(None, found, queries, torch.tensor([[1.0, 0, 0]]))
    assert precision_of(world, 4, 1).tolist() == [0.5]
    assert precision_of(world, 4, 2).tolist() == [1.0]
