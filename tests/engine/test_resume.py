import pytest
import torch
from interruptions import assert_same_end, losses, train_until
from mmengine.hooks import EMAHook
from mmengine.optim import CosineAnnealingLR, LinearLR

from plipdet.engine.loops import ResumableEpochLoop, ResumableIterLoop

EPOCHS = {"train_cfg.max_epochs": 4}
WARM_UP = [
    dict(type=LinearLR, start_factor=0.1, begin=0, end=7, by_epoch=False),
    dict(type=CosineAnnealingLR, by_epoch=True, begin=0, end=4, convert_to_iter_based=True),
]


def by_iterations(cfg, iterations=14):
    cfg.train_cfg = dict(by_epoch=False, max_iters=iterations, val_interval=4)
    cfg.default_hooks.checkpoint.by_epoch = False
    cfg.default_hooks.checkpoint.interval = 5
    cfg.default_hooks.checkpoint.max_keep_ckpts = -1
    return cfg


CHANGES = {
    "plain": lambda cfg: None,
    "worker": lambda cfg: cfg.train_dataloader.update(num_workers=1),
    "kept workers": lambda cfg: cfg.train_dataloader.update(num_workers=2, persistent_workers=True),
    "warm-up": lambda cfg: cfg.update(param_scheduler=WARM_UP),
    "average": lambda cfg: cfg.custom_hooks.append(dict(type=EMAHook, momentum=0.1)),
    "average with buffers": lambda cfg: cfg.custom_hooks.append(
        dict(type=EMAHook, momentum=0.1, update_buffers=True)
    ),
    "bfloat16": lambda cfg: cfg.optim_wrapper.update(type="PersonAmpOptimWrapper"),
    "accumulation": lambda cfg: cfg.optim_wrapper.update(accumulative_counts=3),
    "clipping": lambda cfg: cfg.optim_wrapper.update(clip_grad=dict(max_norm=0.5)),
}


@pytest.mark.parametrize(
    ("kind", "changes", "stops"),  # iterations within epochs of 5
    [
        ("epochs", "plain", (3, 11)),
        ("iterations", "plain", (6, 13)),
        ("epochs", "worker, warm-up, average", (2, 9)),
        ("iterations", "worker, warm-up, clipping", (4, 7)),
        ("epochs", "kept workers", (6, 12)),
        ("iterations", "kept workers", (2, 11)),
        ("epochs", "bfloat16, clipping", (7, 18)),
        ("epochs", "accumulation, average with buffers", (3, 14)),
        ("iterations", "accumulation, average", (5, 7)),  # the second comes before validation
    ],
)
def test_interrupted_is_uninterrupted(load, runner_of, tmp_path, kind, changes, stops):
    def config(work):
        cfg = load(work=work, overrides=EPOCHS)
        cfg.train_dataloader.dataset.size = 18  # the last batch of an epoch is a small one
        cfg.default_hooks.logger.interval = 3
        if kind == "iterations":
            by_iterations(cfg)
        for change in changes.split(", "):
            CHANGES[change](cfg)
        return cfg

    whole = runner_of(config("whole"))
    whole.train()
    train_until(stops[0], runner_of, config("parts"))
    torch.rand(7)  # whatever else happens to the generators meanwhile
    train_until(stops[1], runner_of, config("parts"), resume=True)
    resumed = runner_of(config("parts"), resume=True)
    resumed.train()
    loop = {"epochs": ResumableEpochLoop, "iterations": ResumableIterLoop}[kind]
    assert type(whole.train_loop) is loop and resumed.iter == whole.iter
    name = {"epochs": "epoch_4.pth", "iterations": "iter_14.pth"}[kind]
    # Workers that are kept draw their seed once a process; no sample depends on it.
    ignored = ("loader",) if "kept" in changes else ()
    assert_same_end(tmp_path / "whole", tmp_path / "parts", name, ignored=ignored)
    assert losses(tmp_path / "parts") == losses(tmp_path / "whole") != {}
