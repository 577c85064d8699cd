import numpy as np
import pytest

from plipdet.apis import embed_images, embed_texts, rank_lists
from plipdet.apis.example_data import retrieval_datasets
from plipdet.apis.person_picture import one_of_each_first
from plipdet.engine.config import load_config
from plipdet.errors import InputError
from plipdet.evaluation import RetrievalMetric


def test_sentences_rank_as_their_embeddings_do(cfg, task):
    query, gallery = retrieval_datasets(cfg)
    lists = rank_lists(task, query, gallery, metric=RetrievalMetric(), queries=4, top=5)
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


def test_pictures_of_the_same_person_and_camera_are_left_out(image_config, task):
    query, gallery = retrieval_datasets(load_config(image_config))
    strict = RetrievalMetric(exclude_same_camera=True)
    lists = rank_lists(task, query, gallery, metric=strict, queries=8, top=8)
    assert [len(entry.items) for entry in lists] == 8 * [7]
    assert all("1 in the gallery" in entry.note for entry in lists)
    for entry in lists:
        assert not any(np.array_equal(entry.query, item.picture) for item in entry.items)
    everything = rank_lists(task, query, gallery, metric=RetrievalMetric(), queries=8, top=8)
    for entry in everything:
        assert len(entry.items) == 8
        assert any(np.array_equal(entry.query, item.picture) for item in entry.items)


def test_cameras_are_needed_for_the_camera_rule(cfg, task):
    query, gallery = retrieval_datasets(cfg)
    with pytest.raises(InputError, match="needs cameras"):
        rank_lists(task, query, gallery, metric=RetrievalMetric(exclude_same_camera=True))


def test_each_identity_comes_once_before_any_twice():
    ids = np.array([5, 5, 7, 5, 8, 5])
    assert one_of_each_first(ids).tolist() == [0, 2, 4, 1, 3, 5]
