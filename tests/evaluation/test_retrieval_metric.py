import numpy as np
import pytest
import torch

from plipdet.errors import InputError
from plipdet.evaluation import RetrievalMetric
from plipdet.registry import METRICS, build

QUERY = torch.tensor([[2.0, 0.0], [0.0, 1.0]])
GALLERY = torch.tensor([[1.0, 0.1], [9.0, 9.0], [0.0, 3.0], [1.0, 0.0]])
FACTS = dict(
    query_ids=np.array([1, 2]),
    gallery_ids=np.array([1, 3, 2, -1]),
    query_cameras=np.array([0, 0]),
    gallery_cameras=np.array([1, 0, 0, 0]),
)


def test_cosine_ranks_directions_and_junk_is_neither_right_nor_wrong():
    # Without the junk item, query 1 finds its item first by cosine; by dot product item 1 wins.
    result = RetrievalMetric(topk=(1, 2)).evaluate(QUERY, GALLERY, **FACTS)
    assert result["rank1"] == 100
    assert (result["queries"], result["gallery_images"], result["gallery_ids"]) == (2, 3, 3)
    plain = RetrievalMetric(topk=(1, 2), normalise=False).evaluate(QUERY, GALLERY, **FACTS)
    assert (plain["rank1"], plain["rank2"]) == (0, 100)


def test_junk_kept_when_asked():
    result = RetrievalMetric(junk_ids=()).evaluate(QUERY, GALLERY, **FACTS)
    assert (result["rank1"], result["gallery_images"]) == (50, 4)


def test_camera_rule_drops_and_counts_queries_without_match():
    metric = RetrievalMetric(exclude_same_camera=True)
    result = metric.evaluate(QUERY, GALLERY, **FACTS)
    assert (result["queries"], result["queries_without_match"]) == (1, 1)
    assert metric.protocol()["camera_rule"] == "same identity and camera left out"


def test_chance_stands_beside_the_rates():
    result = RetrievalMetric().evaluate(QUERY, GALLERY, **FACTS)
    assert result["chance_rank1"] == pytest.approx(100 / 3)


def test_missing_facts_are_named():
    metric = RetrievalMetric(exclude_same_camera=True)
    with pytest.raises(
        InputError, match=r"gallery data have no cameras.*exclude_same_camera=False"
    ):
        metric.evaluate(QUERY, GALLERY, **{**FACTS, "gallery_cameras": None})
    with pytest.raises(InputError, match="query data have no identities"):
        metric.evaluate(QUERY, GALLERY, **{**FACTS, "query_ids": None})


@pytest.mark.parametrize("topk", [(), (0,), (1.5,)])
def test_topk_must_be_ranks(topk):
    with pytest.raises(InputError, match="topk"):
        RetrievalMetric(topk=topk)


def test_built_from_a_config():
    assert build({"type": "RetrievalMetric", "topk": (3,)}, METRICS).topk == (3,)
