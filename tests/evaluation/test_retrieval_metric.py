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


def cloud(seed, *, people=12, each=8, width=16):
    """Features of people in clusters, and their identities."""
    generator = torch.Generator().manual_seed(seed)
    centres = torch.randn(people, width, generator=generator)
    ids = torch.arange(people).repeat_interleave(each)
    return centres[ids] + 0.9 * torch.randn(len(ids), width, generator=generator), ids.numpy()


def test_without_a_split_each_picture_asks_for_the_others():
    features, ids = cloud(0)
    names = np.array([f"{n}.jpg" for n in range(len(ids))])
    facts = dict(query_ids=ids, gallery_ids=ids, query_pictures=names, gallery_pictures=names)
    metric = RetrievalMetric(leave_one_out=True)
    ours = metric.evaluate(features, features, **facts)
    sides = [RetrievalMetric().evaluate(  # each picture alone against all others
        features[n : n + 1], features[np.arange(len(ids)) != n],
        query_ids=ids[n : n + 1], gallery_ids=np.delete(ids, n),
    ) for n in range(len(ids))]  # fmt: skip
    for name in ("rank1", "rank5", "mAP", "mINP", "chance_mAP"):
        assert ours[name] == pytest.approx(np.mean([side[name] for side in sides]))
    assert ours["rank1"] < RetrievalMetric().evaluate(features, features, **facts)["rank1"] == 100
    assert "own picture left out" in metric.protocol()["gallery_rule"]
    with pytest.raises(InputError, match=r"no pictures.*leave_one_out=False"):
        metric.evaluate(features, features, query_ids=ids, gallery_ids=ids)


def test_reranked_figures_stand_beside_the_plain_ones():
    features, ids = cloud(1)
    rerank = {"type": "KReciprocalReranking", "k1": 6, "k2": 3}
    metric = RetrievalMetric(rerank=rerank, curve=7, chunk=5)
    query, gallery = slice(None, None, 4), ids >= 0
    gallery[query] = False
    facts = dict(query_ids=ids[query], gallery_ids=ids[gallery])
    both = metric.evaluate(features[query], features[gallery], **facts)
    plain = RetrievalMetric(curve=7, chunk=5).evaluate(features[query], features[gallery], **facts)
    assert both.items() >= plain.items()
    assert both["rerank/mAP"] > both["mAP"] + 2  # of people in clusters it helps
    assert len(both["cmc"]) == len(both["rerank/cmc"]) == 7
    assert both["rerank/cmc"][0] == both["rerank/rank1"]
    assert metric.protocol()["reranking"] == "k-reciprocal, k1 6, k2 3, lambda 0.3"


def test_junk_takes_no_part_in_reranking():
    features, ids = cloud(2)
    facts = dict(query_ids=ids[:8], gallery_ids=ids[8:].copy())
    facts["gallery_ids"][-8:] = 0
    metric = RetrievalMetric(rerank={"type": "KReciprocalReranking"}, junk_ids=())
    clean = metric.evaluate(features[:8], features[8:], **facts)
    junk = torch.cat([features[8:], features[:8]])
    facts["gallery_ids"] = np.append(facts["gallery_ids"], np.full(8, -1))
    metric.junk_ids = (-1,)
    assert metric.evaluate(features[:8], junk, **facts) == clean


def test_the_curve_is_as_long_as_the_gallery_at_most():
    result = RetrievalMetric().evaluate(QUERY, GALLERY, **FACTS)
    assert result["cmc"] == [100.0, 100.0, 100.0]


def test_half_precision_features_rank_in_single():
    features, ids = cloud(3)
    facts = dict(query_ids=ids, gallery_ids=ids)
    half = features.half()
    for dtype in (torch.float16, torch.bfloat16):
        same = RetrievalMetric().evaluate(half.to(dtype), half.to(dtype), **facts)
        assert same == RetrievalMetric().evaluate(half.to(dtype).float(), half.to(dtype), **facts)


def test_wrong_options_are_refused():
    with pytest.raises(InputError, match="curve = 0"):
        RetrievalMetric(curve=0)
    with pytest.raises(InputError, match="k2 = 0"):
        RetrievalMetric(rerank={"type": "KReciprocalReranking", "k2": 0})
    with pytest.raises(InputError, match="did you mean 'lambda_value'"):
        RetrievalMetric(rerank={"type": "KReciprocalReranking", "lambda": 0.5})
