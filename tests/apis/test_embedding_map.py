import numpy as np
import pytest
import torch
import torch.nn.functional as F

from plipdet.apis import RankedRetrieval
from plipdet.apis.embedding_map import _in_the_plane, embedding_map
from plipdet.engine.config import load_config
from plipdet.errors import InputError


@pytest.fixture(scope="module")
def retrieval(cfg, task):
    return RankedRetrieval.from_config(task, cfg)


def test_sentences_and_pictures_of_the_chosen_people(retrieval):
    placed = embedding_map(retrieval, identities=3, per_identity=2, perplexity=3)
    assert len(placed.points) == 12
    identities = [p.identity for p in placed.points]
    assert [identities[at : at + 4] for at in (0, 4, 8)] == [4 * [i] for i in identities[::4]]
    assert len(set(identities)) == 3
    for point in placed.points:
        assert point.kind == ("sentence" if point.asks else "gallery picture")
        assert np.isfinite([point.x, point.y]).all()
        assert point.text.startswith("A man wears" if point.asks else "imgs/test_query/")
    again = embedding_map(retrieval, identities=3, per_identity=2, perplexity=3)
    assert [(p.x, p.y) for p in again.points] == [(p.x, p.y) for p in placed.points]
    assert len(embedding_map(retrieval, identities=3, per_identity=1).points) == 6


def test_queries_that_are_pictures(image_config, task):
    retrieval = RankedRetrieval.from_config(task, load_config(image_config))
    placed = embedding_map(retrieval, identities=9, per_identity=2)
    assert [p.kind for p in placed.points] == 4 * (2 * ["gallery picture"] + 2 * ["query picture"])
    assert placed.points[0].text.endswith(("camera 1", "camera 2"))


def test_the_share_of_nearest_ones_is_of_the_vectors(cfg, task, monkeypatch):
    retrieval = RankedRetrieval.from_config(task, cfg)
    vectors = F.normalize(torch.randn(16, 4, generator=torch.Generator().manual_seed(1)), dim=1)
    monkeypatch.setattr(retrieval, "embed_queries", lambda items: vectors[:8][items])
    monkeypatch.setattr(retrieval, "embed_gallery", lambda items: vectors[8:][items])
    placed = embedding_map(retrieval, identities=4, per_identity=8)
    ids = np.concatenate([retrieval.query_ids, retrieval.gallery_ids])
    hits = 0
    for at, vector in enumerate(vectors):
        others = [n for n in range(len(vectors)) if n != at]
        best = max(others, key=lambda n: float(vectors[n] @ vector))
        hits += bool(ids[best] == ids[at])
    assert 0 < hits < 16
    assert placed.nearest_same_identity == pytest.approx(100 * hits / 16)


def test_groups_far_apart_stay_apart():
    rng = np.random.default_rng(0)
    centres = rng.normal(size=(3, 16))
    which = np.repeat(np.arange(3), 10)
    vectors = (centres[which] + 0.05 * rng.normal(size=(30, 16))).astype(np.float32)
    places = _in_the_plane(vectors, 30.0, 0)
    for group in range(3):
        own, others = places[which == group], places[which != group]
        centre = own.mean(axis=0)
        spread = np.linalg.norm(own - centre, axis=1).max()
        assert np.linalg.norm(others - centre, axis=1).min() > spread


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"identities": 0}, "more than 0"),
        ({"per_identity": 0}, "more than 0"),
        ({"perplexity": float("nan")}, "more than 0"),
        ({"identities": 1, "per_identity": 2}, "4 points of 1 identities are too few"),
    ],
)
def test_wrong_input(retrieval, wrong, message):
    with pytest.raises(InputError, match=message):
        embedding_map(retrieval, **wrong)
