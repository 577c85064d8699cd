import numpy as np
import pytest
import slow_person_search as slow
import torch
from random_scenes import World, one_world, random_world, search_queries

from plipdet.errors import InputError
from plipdet.functional.candidates import Candidates
from plipdet.functional.person_search import Search, search_rates, search_statistics
from plipdet.structures import Detections

PROTOCOLS = ("prw", "prw other cameras", "cuhk")


def statistics_of(world, *, chunk=None, asks=None):
    asks = np.arange(len(world.queries)) if asks is None else asks
    people = Candidates.of_scenes(world.found, width=3, threshold=0.5)
    query = world.embeddings[torch.from_numpy(asks)]
    return search_statistics(
        Search(query, asks, world.queries, people, people.embeddings, chunk=chunk)
    )


def rates_of(world, **options):
    return search_rates(statistics_of(world, **options))


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_each_query_is_answered_as_by_the_definition(protocol):
    world = one_world([random_world(seed, protocol=protocol) for seed in range(500)])
    asks = range(len(world.queries))
    found = statistics_of(world, chunk=700)
    expected = [
        slow.search(world, q, e) for q, e in zip(asks, world.embeddings.numpy(), strict=True)
    ]
    left_out = np.array([one is None for one in expected])
    assert (left_out == (found.right == 0)).all()
    precision, top, recall = zip(*(one for one in expected if one is not None), strict=True)
    np.testing.assert_allclose(found.average_precision[~left_out], precision, rtol=1e-12)
    first = found.first_rank[~left_out, None]
    assert ((first > 0) & (first <= np.array([1, 5, 10])) == np.array(top)).all()
    np.testing.assert_allclose((found.found / np.maximum(found.right, 1))[~left_out], recall)
    assert found.candidates.tolist() == [
        sum(len(slow.sure_people(world.found[s], 0.5)) for s in world.queries.gallery(q))
        for q in asks
    ]
    met = {
        "queries": len(asks),
        "without match": left_out.sum(),
        "never found": (np.array(recall) == 0).sum(),
        "missed somewhere": ((np.array(recall) > 0) & (np.array(recall) < 1)).sum(),
        "several right": (found.found > 1).sum(),
        "nobody in the gallery": (found.candidates == 0).sum(),
    }
    assert min(met.values()) > 20, met


def test_rates_are_the_means_over_queries_with_a_right_answer():
    worlds = (random_world(seed, protocol="cuhk") for seed in range(20))
    for world in worlds:
        asks = np.arange(len(world.queries))
        expected = slow.rates(world, world.embeddings.numpy(), asks)
        if expected is not None:
            found = rates_of(world, chunk=2)
            assert found == pytest.approx({name: expected[name] for name in found}, rel=1e-9)
        elif len(asks):
            with pytest.raises(InputError, match="no gallery"):
                rates_of(world)


def one_gallery(detections, *, right_box=(0, 0, 20, 40)):
    """A query for the person of scene 0's only box; scene 1 is the gallery."""
    queries = search_queries([0], [right_box], [7], [[1]], [[(1, right_box)]])
    boxes, scores, embeddings = zip(*detections, strict=True)
    found = Detections(
        torch.tensor(boxes, dtype=torch.float32),
        torch.tensor(scores),
        torch.tensor(embeddings, dtype=torch.float32),
    )
    return World(None, [None, found], queries, torch.tensor([[1.0, 0.0, 0.0]]))


def test_only_the_most_similar_of_two_boxes_on_the_person_is_right():
    right = (0.0, 0.0, 20.0, 40.0)
    world = one_gallery([(right, 0.9, (0.2, 0, 0)), (right, 0.8, (0.6, 0, 0))])
    assert rates_of(world)["mAP"] == 100
    elsewhere = (50.0, 0.0, 70.0, 40.0)
    world = one_gallery(
        [(right, 0.9, (0.2, 0, 0)), (right, 0.8, (0.6, 0, 0)), (elsewhere, 0.7, (0.7, 0, 0))]
    )
    assert rates_of(world)["mAP"] == 50 and rates_of(world)["rank1"] == 0


def test_a_wrong_person_of_equal_similarity_is_ranked_first():
    right, elsewhere = (0.0, 0.0, 20.0, 40.0), (50.0, 0.0, 70.0, 40.0)
    alike = (0.5, 0.5, 0)
    for order in ((right, elsewhere), (elsewhere, right)):
        world = one_gallery([(box, 0.9, alike) for box in order])
        found = rates_of(world)
        assert found["mAP"] == 50 and found["rank1"] == 0 and found["rank5"] == 100


def test_detections_below_the_threshold_are_no_candidates():
    right = (0.0, 0.0, 20.0, 40.0)
    world = one_gallery([(right, 0.5, (1, 0, 0)), ((50, 0, 70, 40), 0.49, (2, 0, 0))])
    assert rates_of(world)["rank1"] == 100
    world = one_gallery([(right, 0.49, (1, 0, 0))])
    assert set(rates_of(world).values()) == {0}


def test_small_people_need_less_overlap():
    box = (0.0, 0.0, 10.0, 20.0)  # needs 200 / (20 * 30) = 1/3
    for top, rank1 in ((9.0, 100), (11.0, 0)):  # overlap 11/29 and 9/31
        world = one_gallery([((0.0, top, 10.0, top + 20), 0.9, (1, 0, 0))], right_box=box)
        assert rates_of(world)["rank1"] == rank1


def test_sentences_ask_one_by_one():
    world = next(w for w in map(random_world, range(40)) if len(w.queries) > 5)
    asks = np.array([0, 0, 2, 5, 5, 5])
    expected = slow.rates(world, world.embeddings.numpy()[asks], asks)
    found = rates_of(world, asks=asks)
    assert found == pytest.approx({name: expected[name] for name in found}, rel=1e-9)


def test_embeddings_of_another_width_are_an_input_error():
    world = random_world(3)
    with pytest.raises(InputError, match="3 numbers, but those of the queries have 5"):
        Candidates.of_scenes(world.found, width=5)


def test_the_order_of_the_scenes_changes_nothing():
    world = next(w for w in map(random_world, range(40)) if len(w.queries.match_scenes) > 5)
    count = len(world.found)
    back = list(reversed(range(count)))
    queries = world.queries
    turned = search_queries(
        [back[s] for s in queries.scenes],
        queries.boxes,
        queries.person_ids,
        [[back[s] for s in queries.gallery(q)] for q in range(len(queries))],
        [
            [(back[s], b) for s, b in zip(*queries.matches(q), strict=True)]
            for q in range(len(queries))
        ],
    )
    other = World(None, world.found[::-1], turned, world.embeddings)
    assert rates_of(other) == rates_of(world)
