import numpy as np
import pytest
from engine_toys import ToyDataset
from interruptions import assert_same_end, losses, train_until

from plipdet.datasets import LengthBucketBatchSampler
from plipdet.errors import InputError


class Captioned(ToyDataset):
    """The toy data with captions whose lengths are known."""

    def caption_lengths(self, items, *, epoch):
        return np.asarray(items) * 7 % 11 + epoch


def config(load, **options):
    cfg = load(overrides={"train_cfg.max_epochs": 3}, **options)
    cfg.train_dataloader.dataset.update(type=Captioned, size=22)
    cfg.train_dataloader.batch_sampler = dict(type=LengthBucketBatchSampler, window=2)
    return cfg


def test_interrupted_is_uninterrupted(load, runner_of, tmp_path):
    whole = runner_of(config(load, work="whole"))
    whole.train()
    train_until(4, runner_of, config(load, work="parts"))
    train_until(11, runner_of, config(load, work="parts"), resume=True)
    resumed = runner_of(config(load, work="parts"), resume=True)
    resumed.train()
    assert resumed.iter == whole.iter == 18
    assert_same_end(tmp_path / "whole", tmp_path / "parts", "epoch_3.pth")
    assert losses(tmp_path / "parts") == losses(tmp_path / "whole") != {}


def test_drop_last_of_the_loader_is_that_of_the_buckets(load, runner_of):
    for drop_last, batches in ((True, 5), (False, 6)):
        cfg = config(load)
        cfg.train_dataloader.drop_last = drop_last
        assert len(runner_of(cfg).train_loop.dataloader) == batches


def test_no_whole_batch(load, runner_of):
    cfg = config(load)
    cfg.train_dataloader.update(drop_last=True, batch_size=32)
    with pytest.raises(InputError, match="22 items make no batch of 32 on 1 ranks"):
        runner_of(cfg).train()
