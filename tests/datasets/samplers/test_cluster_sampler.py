import numpy as np
import pytest

from plipdet.datasets import ClusterSampler
from plipdet.errors import InputError
from plipdet.structures import IdentityIndex


class Groups:
    """Items of one or two parts, with labels set by hand."""

    def __init__(self, *labels):
        self.parts = list(labels)
        self.labels = np.concatenate(labels)

    def groups(self):
        start, found = 0, []
        for labels in self.parts:
            items = start + np.flatnonzero(labels >= 0)
            index = IdentityIndex.of(labels[labels >= 0])
            found.append(IdentityIndex(index.ids, index.offsets, items[index.rows]))
            start += len(labels)
        return found


def clusters(count, size, first=0, outliers=5):
    return np.concatenate([first + np.repeat(np.arange(count), size), np.full(outliers, -1)])


def batches(sampler, rank=0, ranks=1):
    sampler.rank, sampler.world_size = rank, ranks
    keys = np.array(list(sampler))
    assert len(keys) == len(sampler)
    return keys.reshape(sampler.steps, sampler.identities, sampler.images, 3)


def test_batches_are_of_so_many_clusters_whatever_there_are():
    data = Groups(clusters(9, 6))
    sampler = ClusterSampler(data, identities=4, images=3, steps=11)
    found = batches(sampler)
    items, epochs, labels = found[..., 0], found[..., 1], found[..., 2]
    assert (labels == data.labels[items]).all() and (labels >= 0).all() and (epochs == 0).all()
    assert (labels == labels[:, :, :1]).all()
    assert all(len(set(step)) == 4 for step in labels[:, :, 0])
    assert all(len(set(group)) == 3 for group in items.reshape(-1, 3))
    counts = np.bincount(labels[:10, :, 0].ravel(), minlength=9)
    assert counts.sum() == 40 and counts.max() <= 5  # each comes once a pass of two steps


def test_a_cluster_with_few_items_repeats_them():
    found = batches(ClusterSampler(Groups(clusters(4, 2)), identities=4, images=5, steps=2))
    assert all(len(set(group)) == 2 for group in found[..., 0].reshape(-1, 5))


def test_ranks_share_the_steps_of_one_order():
    data = Groups(clusters(8, 4))
    sampler = ClusterSampler(data, identities=2, images=2, steps=6)
    parts = [batches(sampler, rank, 2) for rank in range(2)]
    for step in range(6):
        assert len({int(k) for part in parts for k in part[step, :, 0, 2]}) == 4
    whole = batches(ClusterSampler(data, identities=4, images=2, steps=6))
    joined = {tuple(key) for part in parts for key in part.reshape(-1, 3).tolist()}
    assert joined == {tuple(key) for key in whole.reshape(-1, 3).tolist()}


def test_each_part_has_its_share():
    data = Groups(clusters(3, 4, outliers=0), clusters(30, 2, first=3))
    found = batches(ClusterSampler(data, identities=4, images=2, steps=8))
    named = (found[..., 2] < 3).sum(axis=(1, 2))
    assert (named == 4).all()


def test_order_is_of_seed_epoch_and_labels_alone():
    sampler = ClusterSampler(Groups(clusters(8, 6)), identities=4, images=2, steps=5)
    first = batches(sampler)
    assert (first == batches(sampler)).all()
    sampler.set_epoch(1)
    second = batches(sampler)
    assert (second[..., 1] == 1).all() and (second[..., 0] != first[..., 0]).any()
    sampler.dataset.labels = sampler.dataset.parts[0] = clusters(6, 8)
    assert set(batches(sampler)[..., 2].ravel().tolist()) <= set(range(6))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"identities": 0}, "each is 1 or more"),
        ({"steps": 0}, "each is 1 or more"),
        ({"identities": 3}, "equal shares"),
    ],
)
def test_wrong_numbers_are_told(options, words):
    data = Groups(clusters(8, 6), clusters(8, 6, first=8))
    with pytest.raises(InputError, match=words):
        ClusterSampler(data, **{"identities": 4, "images": 2, "steps": 5, **options})


def test_too_few_clusters_are_told():
    sampler = ClusterSampler(Groups(clusters(3, 6)), identities=4, images=2, steps=5)
    with pytest.raises(InputError, match=r"there are 3 clusters.*eps"):
        list(sampler)


def test_data_without_clusters_are_told():
    with pytest.raises(InputError, match="use PseudoLabelledDataset"):
        ClusterSampler([1, 2], identities=1, images=1, steps=1)
