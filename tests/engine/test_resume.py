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


VARIANTS = {
    "plain": lambda cfg: None,
    "worker": lambda cfg: cfg.train_dataloader.update(num_workers=1),
    "persistent_workers": lambda cfg: cfg.train_dataloader.update(
        num_workers=2, persistent_workers=True
    ),
    "warm_up": lambda cfg: cfg.update(param_scheduler=WARM_UP),
    "average": lambda cfg: cfg.custom_hooks.append(dict(type=EMAHook, momentum=0.1)),
    "average_of_buffers": lambda cfg: cfg.custom_hooks.append(
        dict(type=EMAHook, momentum=0.1, update_buffers=True)
    ),
    "bfloat16": lambda cfg: cfg.optim_wrapper.update(type="PersonAmpOptimWrapper"),
    "accumulation": lambda cfg: cfg.optim_wrapper.update(accumulative_counts=3),
    "clipping": lambda cfg: cfg.optim_wrapper.update(clip_grad=dict(max_norm=0.5)),
}


@pytest.mark.parametrize("kind", ["epochs", "iterations"])
@pytest.mark.parametrize("variant", VARIANTS)
def test_interrupted_is_uninterrupted(load, runner_of, tmp_path, variant, kind):
    stops = iter([(3, 6), (2, 11), (6, 13), (5, 7)])  # within epochs of 4 iterations
    stop, again = list(stops)[sum(map(ord, variant)) % 4]

    def config(work):
        cfg = load(work=work, overrides=EPOCHS)
        cfg.train_dataloader.dataset.size = 18  # the last batch of an epoch is a small one
        cfg.default_hooks.logger.interval = 3
        if kind == "iterations":
            by_iterations(cfg)
        VARIANTS[variant](cfg)
        return cfg

    whole = runner_of(config("whole"))
    whole.train()
    train_until(runner_of(config("parts")), stop)
    torch.rand(7)  # whatever else happens to the generators meanwhile
    train_until(runner_of(config("parts"), resume=True), again)
    resumed = runner_of(config("parts"), resume=True)
    resumed.train()
    loop = {"epochs": ResumableEpochLoop, "iterations": ResumableIterLoop}[kind]
    assert type(whole.train_loop) is loop and resumed.iter == whole.iter
    name = {"epochs": "epoch_4.pth", "iterations": "iter_14.pth"}[kind]
    # Workers that are kept draw their seed once a process; no sample depends on it.
    ignored = ("loader",) if variant == "persistent_workers" else ()
    assert_same_end(tmp_path / "whole", tmp_path / "parts", name, ignored=ignored)
    assert losses(tmp_path / "parts") == losses(tmp_path / "whole") != {}
