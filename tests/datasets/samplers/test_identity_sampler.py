from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.utils.data import DataLoader

from plipdet.datasets import IdentitySampler, PersonDataset
from plipdet.datasets.sources import SynthPedes
from plipdet.errors import InputError
from plipdet.structures import IdentityIndex, PersonTable

MODULE = "plipdet.datasets.samplers.identity_sampler"


class Data:
    def __init__(self, ids):
        self.ids = np.asarray(ids)

    def identities(self):
        return IdentityIndex.of(self.ids)


def ids_of(counts, seed=0):
    return np.random.default_rng(seed).permutation(np.repeat(np.arange(len(counts)) * 10, counts))


def keys_of_ranks(ids, *, world_size=1, epoch=0, **arguments):
    found = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(f"{MODULE}.world_size", lambda: world_size)
        for rank in range(world_size):
            patch.setattr(f"{MODULE}.rank", lambda rank=rank: rank)
            sampler = IdentitySampler(Data(ids), **arguments)
            sampler.set_epoch(epoch)
            found.append(list(sampler))
            assert len(found[-1]) == len(sampler)
    return found


@settings(max_examples=60, deadline=None)
@given(
    counts=st.lists(st.integers(1, 11), min_size=6, max_size=14),
    identities=st.integers(1, 3),
    images=st.integers(1, 5),
    world_size=st.sampled_from([1, 2]),
    shuffle=st.booleans(),
    epoch=st.integers(0, 3),
)
def test_each_step_has_p_identities_with_k_images(
    counts, identities, images, world_size, shuffle, epoch
):
    ids = ids_of(counts)
    ranks = keys_of_ranks(
        ids,
        world_size=world_size,
        epoch=epoch,
        identities=identities,
        images=images,
        shuffle=shuffle,
    )
    assert len({len(keys) for keys in ranks}) == 1 and len(ranks[0]) > 0
    assert {e for keys in ranks for _, e in keys} == {epoch}
    size = identities * images
    for start in range(0, len(ranks[0]), size):
        seen = []
        for keys in ranks:
            batch = np.array([row for row, _ in keys[start : start + size]])
            for group in batch.reshape(identities, images):
                (identity,) = set(ids[group].tolist())
                seen.append(identity)
                times = Counter(group.tolist()).values()
                have = counts[identity // 10]
                assert len(times) == min(images, have), "a repetition without need"
                assert max(times) - min(times) <= 1
        assert len(set(seen)) == identities * world_size, "an identity twice in a step"


def test_an_epoch_is_one_pass_over_all_images():
    ids = ids_of([8] * 12)
    (keys,) = keys_of_ranks(ids, identities=4, images=4)
    assert sorted(row for row, _ in keys) == list(range(96))
    ids = ids_of([6] * 12)  # the second group of each identity is filled up with two of the first
    (keys,) = keys_of_ranks(ids, identities=4, images=4)
    assert len(keys) == 96 and set(Counter(row for row, _ in keys).values()) == {1, 2}
    assert {row for row, _ in keys} == set(range(72))


def test_the_order_is_a_function_of_seed_and_epoch(monkeypatch):
    ids = ids_of([5, 7, 9, 4, 6, 8])
    orders = {
        (seed, epoch): keys_of_ranks(ids, identities=2, images=3, seed=seed, epoch=epoch)[0]
        for seed in (0, 1)
        for epoch in (0, 1, 2)
    }
    assert len({tuple(row for row, _ in order) for order in orders.values()}) == 6
    assert keys_of_ranks(ids, identities=2, images=3, seed=1, epoch=2)[0] == orders[1, 2]
    monkeypatch.setattr(f"{MODULE}._STEPS_AT_ONCE", 2)
    assert keys_of_ranks(ids, identities=2, images=3, seed=1, epoch=2)[0] == orders[1, 2]


def test_images_of_an_identity_meet_in_ever_other_groups():
    ids = np.repeat([0, 1], 8)
    together = Counter()
    for epoch in range(300):
        (keys,) = keys_of_ranks(ids, identities=2, images=2, epoch=epoch)
        for start in range(0, len(keys), 2):
            together[tuple(sorted(row for row, _ in keys[start : start + 2]))] += 1
    assert len(together) == 2 * 28  # all pairs of 8, for both identities
    assert max(together.values()) < 2 * min(together.values()) + 20


def test_in_order_without_shuffling():
    (keys,) = keys_of_ranks([5, 5, 5, 3, 3], identities=2, images=2, shuffle=False)
    assert [row for row, _ in keys] == [3, 4, 0, 1]


def test_wrong_arguments():
    with pytest.raises(InputError, match=r"have 3 identities; .* needs 4 different ones"):
        IdentitySampler(Data([1, 2, 3]), identities=4, images=2)
    with pytest.raises(InputError, match="images = 0; each is 1 or more"):
        IdentitySampler(Data([1, 2, 3]), identities=4, images=0)


def test_no_seed_draws_one():
    assert isinstance(IdentitySampler(Data([1]), identities=1, images=1, seed=None).seed, int)


def row_facts(results):
    return {"id": results["row"].person_id, "index": results["index"]}


@pytest.mark.parametrize("workers", [0, 2])
def test_batches_of_a_loader(synth_pedes, synth_record, workers):
    folder = synth_pedes([synth_record(n) for n in range(20)])
    dataset = PersonDataset(SynthPedes(folder), [row_facts])
    sampler = IdentitySampler(dataset, identities=3, images=2)
    loader = DataLoader(
        dataset, batch_size=sampler.batch_size, sampler=sampler, num_workers=workers
    )
    batches = [batch["id"].view(3, 2) for batch in loader]
    assert len(batches) == 3
    for ids in batches:
        assert (ids[:, 0] == ids[:, 1]).all() and len(set(ids[:, 0].tolist())) == 3


def test_items_that_are_captions(tmp_path):
    rows = [
        {"image": f"{n}", "person_id": n % 2, "captions": [f"c{k}" for k in range(n)]}
        for n in range(4)
    ]
    dataset = PersonDataset(PersonTable.from_rows(rows, tmp_path), [row_facts], unit="caption")
    assert dataset.identities().rows_of(0).tolist() == [1, 2]
    sampler = IdentitySampler(dataset, identities=2, images=2)
    assert {dataset[key]["id"] for key in list(sampler)[:2]} in ({0}, {1})
