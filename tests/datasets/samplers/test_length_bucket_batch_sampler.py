from collections import Counter
from itertools import chain

import numpy as np
import pytest
from mmengine.config import Config
from mmengine.dataset import DefaultSampler, InfiniteSampler
from torch.utils.data import BatchSampler, DataLoader, SequentialSampler

from plipdet.datasets import LengthBucketBatchSampler, PersonDataset, PersonSampler, collate
from plipdet.datasets.transforms import SelectCaption, TokenizeCaption
from plipdet.engine.config_check import check_config
from plipdet.errors import InputError
from plipdet.structures import PersonTable

MODULE = "plipdet.datasets.samplers.person_sampler"


def captions_of(n, rng):
    return [" ".join(["word"] * k) for k in rng.integers(1, 60, n)]


def dataset_of(size, pipeline=(dict(type=SelectCaption),), **arguments):
    rng = np.random.default_rng(1)
    rows = [
        {
            "image": f"{n}.jpg",
            "person_id": n // 4,
            "captions": captions_of(2, rng),
            "prompt_captions": captions_of(1, rng),
        }
        for n in range(size)
    ]
    return PersonDataset(PersonTable.from_rows(rows, "root"), pipeline, **arguments)


def ranks_of(dataset, *, world_size=1, epoch=0, seed=0, round_up=True, **arguments):
    """Return the batches of each rank."""
    found = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(f"{MODULE}.world_size", lambda: world_size)
        for rank in range(world_size):
            patch.setattr(f"{MODULE}.rank", lambda rank=rank: rank)
            sampler = PersonSampler(dataset, seed=seed, round_up=round_up)
            batches = LengthBucketBatchSampler(sampler, **{"batch_size": 8, **arguments})
            batches.set_epoch(epoch)
            found.append(list(batches))
            assert len(found[-1]) == len(batches)
    return found


def padded_and_true(dataset, batches):
    """Return the words of all batches with and without padding."""
    lengths = [[len(dataset[key]["caption"].split()) for key in batch] for batch in batches]
    return sum(len(b) * max(b) for b in lengths), sum(map(sum, lengths))


@pytest.mark.parametrize("unit", ["image", "caption"])
@pytest.mark.parametrize("world_size", [1, 2])
@pytest.mark.parametrize("epoch", [0, 3])
def test_each_item_comes_once_in_an_epoch(unit, world_size, epoch):
    dataset = dataset_of(137, unit=unit)
    ranks = ranks_of(dataset, world_size=world_size, epoch=epoch, round_up=False, window=3)
    keys = [key for batches in ranks for batch in batches for key in batch]
    assert sorted(keys) == [(item, epoch) for item in range(len(dataset))]
    assert {len(batch) for batches in ranks for batch in batches[:-1]} == {8}


@pytest.mark.parametrize("drop_last", [True, False])
def test_ranks_have_as_many_batches_and_what_is_left_is_the_samplers_choice(drop_last):
    dataset = dataset_of(101)
    ranks = ranks_of(dataset, world_size=2, drop_last=drop_last, window=2)
    assert len(ranks[0]) == len(ranks[1])
    usual = list(BatchSampler(PersonSampler(dataset), 8, drop_last))
    (found,) = ranks_of(dataset, drop_last=drop_last, window=5)
    assert len(found) == len(usual)
    for start in range(0, len(usual), 5):
        window, plain = found[start : start + 5], usual[start : start + 5]
        assert sorted(chain.from_iterable(window)) == sorted(chain.from_iterable(plain))
    assert len(found[-1]) == (8 if drop_last else 5)


def test_less_padding_than_in_random_batches():
    dataset = dataset_of(1600)
    for epoch in (0, 1):
        (found,) = ranks_of(dataset, batch_size=32, epoch=epoch)
        sampler = PersonSampler(dataset)
        sampler.set_epoch(epoch)
        padded, true = padded_and_true(dataset, found)
        random, same = padded_and_true(dataset, BatchSampler(sampler, 32, False))
        assert true == same and random > 1.7 * true
        assert padded < 1.05 * true  # all words are equally long here, so bytes tell all


def test_ranks_read_captions_of_like_length_together():
    dataset = dataset_of(800)
    ours, theirs = ranks_of(dataset, world_size=2, batch_size=16)
    longest = [
        [max(len(dataset[k]["caption"]) for k in b) for b in rank] for rank in (ours, theirs)
    ]
    assert np.corrcoef(longest)[0, 1] > 0.95
    assert longest[0] != sorted(longest[0])


def test_batches_are_a_function_of_seed_and_epoch():
    dataset = dataset_of(96)
    found = {
        (seed, epoch): ranks_of(dataset, seed=seed, epoch=epoch)[0]
        for seed in (0, 1)
        for epoch in (0, 1)
    }
    orders = {tuple(row for batch in b for row, _ in batch) for b in found.values()}
    assert len(orders) == 4
    assert ranks_of(dataset, seed=1, epoch=1)[0] == found[1, 1]


def test_pictures_and_texts_are_not_read(monkeypatch):
    dataset = dataset_of(64)
    monkeypatch.setattr(PersonTable, "__getitem__", lambda *_: pytest.fail("a row is read"))
    monkeypatch.setattr(PersonTable, "column", lambda *_: pytest.fail("a column is copied"))
    assert len(ranks_of(dataset)[0]) == 8


def test_lengths_are_those_of_the_captions_that_are_read():
    for dataset in (
        dataset_of(50),
        dataset_of(50, unit="caption"),
        dataset_of(50, max_identities=6, seed=4),
        dataset_of(50, [SelectCaption(captions=1, prompt_probability=0.3)]),
    ):
        items = np.random.default_rng(0).permutation(len(dataset))
        for epoch in (0, 5):
            lengths = dataset.caption_lengths(items, epoch=epoch)
            read = [len(dataset[(item, epoch)]["caption"].encode()) for item in items.tolist()]
            assert lengths.tolist() == read


def test_a_row_without_captions_has_length_zero():
    rows = [{"image": "a.jpg"}, {"image": "b.jpg", "captions": ["ab"]}, {"image": "c.jpg"}]
    dataset = PersonDataset(PersonTable.from_rows(rows, "root"), [SelectCaption()])
    assert dataset.caption_lengths(np.arange(3), epoch=0).tolist() == [0, 2, 0]


def test_with_a_loader_and_its_workers(word_tokenizer):
    dataset = dataset_of(48, [SelectCaption(), TokenizeCaption(word_tokenizer)])
    batches = LengthBucketBatchSampler(PersonSampler(dataset), 8)
    read = list(DataLoader(dataset, batch_sampler=batches, collate_fn=collate, num_workers=1))
    assert [b.rows.tolist() for b in read] == [[row for row, _ in b] for b in batches]
    assert sum(b.token_mask.numel() for b in read) < 1.3 * sum(
        int(b.token_mask.sum()) for b in read
    )


def test_samplers_of_mmengine():
    dataset = dataset_of(40)
    batches = LengthBucketBatchSampler(DefaultSampler(dataset, seed=3), 8, window=2)
    batches.set_epoch(2)
    assert Counter(item for batch in batches for item in batch) == Counter(range(40))
    endless = iter(LengthBucketBatchSampler(InfiniteSampler(dataset, seed=3), 8))
    assert [len(next(endless)) for _ in range(60)] == [8] * 60


def test_wrong_arguments():
    dataset = dataset_of(8)
    sampler = PersonSampler(dataset)
    for arguments in ({"batch_size": 0}, {"batch_size": 8, "window": 0}, {"batch_size": 1.5}):
        with pytest.raises(InputError, match=r"= [01.5]+; expected a whole number, 1 or more"):
            LengthBucketBatchSampler(sampler, **arguments)
    with pytest.raises(InputError, match="SequentialSampler, which has no dataset; use Person"):
        LengthBucketBatchSampler(SequentialSampler(dataset), 8)
    with pytest.raises(InputError, match="which list has not; use PersonDataset"):
        LengthBucketBatchSampler(PersonSampler([1, 2]), 8)
    with pytest.raises(InputError, match="has no SelectCaption"):
        LengthBucketBatchSampler(PersonSampler(dataset_of(8, [])), 8)


def test_as_a_line_of_a_config():
    loader = dict(
        dataset=dict(type="ConcatDataset", datasets=[]),
        sampler=dict(type="PersonSampler"),
        batch_size=8,
        drop_last=True,
        batch_sampler=dict(type="LengthBucketBatchSampler"),
    )
    check_config(Config(dict(train_dataloader=loader)))
    loader["batch_sampler"] = dict(type="LengthBucketBatchSampler", windows=3)
    with pytest.raises(InputError, match="did you mean 'window'"):
        check_config(Config(dict(train_dataloader=loader)))
