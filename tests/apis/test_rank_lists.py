import numpy as np
import pytest

from plipdet.apis import RankedRetrieval, embed_images, embed_texts, rank_lists
from plipdet.apis.example_data import retrieval_datasets
from plipdet.apis.person_picture import one_of_each_first
from plipdet.engine.config import load_config
from plipdet.errors import InputError
from plipdet.evaluation import RetrievalMetric


def retrieval(task, cfg, **rules):
    query, gallery = retrieval_datasets(cfg)
    return RankedRetrieval(task, query, gallery, metric=RetrievalMetric(**rules))


def test_sentences_rank_as_their_embeddings_do(cfg, task):
    found = retrieval(task, cfg)
    query, gallery = found.query, found.gallery
    lists = rank_lists(found, queries=4, top=5)
    scores = (embed_texts(task, query) @ embed_images(task, gallery).T).numpy()
    captions = [row.captions[0] for row in query.table]
    assert len({entry.query for entry in lists}) == 4  # one of each identity
    for entry in lists:
        at = captions.index(entry.query)
        best = np.argsort(-scores[at])[:5]
        shown = [item.score for item in entry.items]
        assert shown == pytest.approx(scores[at][best].tolist(), abs=1e-5)
        right = [query.person_ids()[at] == gallery.person_ids()[g] for g in best]
        assert [item.right for item in entry.items] == right


def test_dot_products_where_the_metric_ranks_by_them(cfg, task):
    found = retrieval(task, cfg, normalise=False)
    raw = embed_texts(task, found.query, normalise=False)
    raw = raw @ embed_images(task, found.gallery, normalise=False).T
    (entry,) = rank_lists(found, queries=1, top=1)
    assert entry.items[0].score == pytest.approx(float(raw[int(entry.name.split()[1])].max()))


def test_pictures_of_the_same_person_and_camera_are_left_out(image_config, task):
    cfg = load_config(image_config)
    strict = retrieval(task, cfg, exclude_same_camera=True)
    lists = rank_lists(strict, queries=8, top=8)
    assert [len(entry.items) for entry in lists] == 8 * [7]
    assert all("1 in the gallery" in entry.note for entry in lists)
    for entry in lists:
        assert not any(np.array_equal(entry.query, item.picture) for item in entry.items)
    for entry in rank_lists(strict, queries=8, top=8, left_out=True):
        (out,) = (item for item in entry.items if item.left_out)
        assert out.left_out == "same camera"
        assert np.array_equal(entry.query, out.picture)
        assert [r for r in entry.ranks() if r] == list(range(1, 8))
    everything = rank_lists(retrieval(task, cfg), queries=8, top=8)
    for entry in everything:
        assert len(entry.items) == 8
        assert any(np.array_equal(entry.query, item.picture) for item in entry.items)


def test_a_picture_does_not_answer_itself(image_config, task):
    cfg = load_config(image_config)
    _, gallery = retrieval_datasets(cfg)
    rules = RetrievalMetric(leave_one_out=True)
    found = RankedRetrieval(task, gallery, gallery, metric=rules)
    assert found.statistics().right.tolist() == 8 * [1]
    assert found.statistics().candidates.tolist() == 8 * [7]
    for entry in rank_lists(found, queries=8, top=8, left_out=True):
        (own,) = (item for item in entry.items if item.left_out)
        assert own.left_out == "the query itself"
        assert np.array_equal(own.picture, entry.query)


@pytest.mark.parametrize("rules", [{}, {"junk_ids": (2,)}, {"exclude_same_camera": True}])
def test_rates_are_those_of_the_metric(image_config, task, rules):
    found = retrieval(task, load_config(image_config), **rules)
    wanted = found.metric.evaluate(
        embed_images(task, found.query, normalise=False),
        embed_images(task, found.gallery, normalise=False),
        query_ids=found.query_ids,
        gallery_ids=found.gallery_ids,
        query_cameras=found.query_cameras,
        gallery_cameras=found.gallery_cameras,
    )
    statistics = found.statistics()
    assert (statistics.first_rank[statistics.right > 0] <= 1).mean() * 100 == wanted["rank1"]
    assert (statistics.right > 0).sum() == wanted["queries"]


def test_junk_takes_no_part(cfg, task):
    found = retrieval(task, cfg, junk_ids=(2,))
    lists = rank_lists(found, queries=4, top=8, left_out=True)
    for entry in lists:
        assert [i.note for i in entry.items if i.left_out == "junk"] == ["id 2", "id 2"]
        assert len(entry.items) == 8


def test_the_first_right_picture_is_added_with_its_rank(cfg, task):
    found = retrieval(task, cfg)
    statistics = found.statistics()
    features = found.query_features
    worst = int(statistics.first_rank.argmax())
    rank = int(statistics.first_rank[worst])
    assert rank > 1
    entry = found.rank_list(worst, features[worst], top=1, to_first_right=True)
    assert [item.right for item in entry.items] == [False, True]
    assert entry.ranks() == [1, rank]
    best = int(statistics.first_rank.argmin())
    assert int(statistics.first_rank[best]) == 1
    assert len(found.rank_list(best, features[best], top=1, to_first_right=True).items) == 1


def test_of_equal_scores_wrong_ones_come_first(cfg, task):
    found = retrieval(task, cfg)
    found.gallery_features = found.gallery_features[:1].expand(8, -1).contiguous()
    statistics = found.statistics()
    assert set(statistics.first_rank.tolist()) == {7}
    entry = found.rank_list(0, found.query_features[0], top=8)
    assert [item.right for item in entry.items] == 6 * [False] + 2 * [True]


def test_pictures_taller_than_any_page_are_reduced(cfg, task, monkeypatch):
    monkeypatch.setattr("plipdet.apis.ranked_retrieval._TALLEST", 30)
    (entry,) = rank_lists(retrieval(task, cfg), queries=1, top=1)
    assert entry.items[0].picture.shape == (22, 11, 3)  # of 64 x 32, every third


def test_cameras_are_needed_for_the_camera_rule(cfg, task):
    with pytest.raises(InputError, match="needs cameras"):
        retrieval(task, cfg, exclude_same_camera=True)


def test_identities_are_needed(cfg, task):
    query, gallery = retrieval_datasets(cfg)
    query.person_ids = lambda: None
    with pytest.raises(InputError, match="need identities"):
        RankedRetrieval(task, query, gallery, metric=RetrievalMetric())


def test_a_config_without_retrieval_or_of_another_metric(cfg, task):
    other = type(cfg)(cfg.to_dict())
    other["test_evaluator"] = {"type": RetrievalMetric, "junk_ids": (3,)}
    assert RankedRetrieval.from_config(task, other).metric.junk_ids == (3,)
    other["test_dataloader"] = None
    with pytest.raises(InputError, match="no test_dataloader with query and gallery"):
        RankedRetrieval.from_config(task, other)


@pytest.mark.parametrize("wrong", [{"queries": 0}, {"top": 0}])
def test_nothing_to_show(cfg, task, wrong):
    with pytest.raises(InputError, match="expected 1 or more"):
        rank_lists(retrieval(task, cfg), **wrong)


def test_each_identity_comes_once_before_any_twice():
    ids = np.array([5, 5, 7, 5, 8, 5])
    assert one_of_each_first(ids).tolist() == [0, 2, 4, 1, 3, 5]
