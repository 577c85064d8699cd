import pytest
from mmengine.config import Config

from plipdet.apis.transfer.scaled_schedule import own_steps, scale_schedule


def config(**changes):
    return Config(
        {
            "train_cfg": {"type": "EpochBasedTrainLoop", "max_epochs": 120},
            "train_dataloader": {"sampler": {"type": "PersonSampler"}},
            "param_scheduler": [
                {"type": "LinearLR", "start_factor": 0.1, "begin": 0, "end": 10, "by_epoch": True},
                {"type": "MultiStepLR", "milestones": [40, 70], "by_epoch": True},
            ],
            "default_hooks": {"checkpoint": {"type": "CheckpointHook", "interval": 1}},
            **changes,
        }
    )


def test_warm_up_and_decays_keep_their_shares():
    cfg = config()
    assert own_steps(cfg, 50) == 6000
    assert scale_schedule(cfg, 600, steps_per_epoch=50) == 600
    warm_up, decay = cfg.param_scheduler
    assert (warm_up.begin, warm_up.end, warm_up.by_epoch) == (0, 50, False)  # a twelfth
    assert decay.milestones == [200, 350] and not decay.by_epoch
    assert cfg.train_cfg.max_iters == 600 and cfg.train_cfg.type.__name__ == "IterBasedTrainLoop"
    assert cfg.default_hooks.checkpoint.interval == 150
    assert not cfg.default_hooks.checkpoint.by_epoch


def test_a_warm_up_in_steps_and_a_decay_to_the_end():
    cfg = config(
        train_cfg={"max_epochs": 3},
        param_scheduler=[
            {"type": "LinearLR", "begin": 0, "end": 50, "by_epoch": False},
            {"type": "CosineAnnealingLR", "by_epoch": True, "convert_to_iter_based": True},
        ],
    )
    scale_schedule(cfg, 60, steps_per_epoch=200)
    assert cfg.param_scheduler[0].end == 5
    assert dict(cfg.param_scheduler[1]) == {"type": "CosineAnnealingLR", "by_epoch": False}


def test_no_warm_up_is_without_a_step():
    cfg = config()
    scale_schedule(cfg, 2, steps_per_epoch=50)
    assert cfg.param_scheduler[0].end == 1
    assert cfg.param_scheduler[1].milestones == [1]


@pytest.mark.parametrize(
    ("steps", "epochs", "each"), [(600, 6, 100), (60, 6, 10), (4, 4, 1), (7, 6, 2)]
)
def test_clusters_are_found_as_often(steps, epochs, each):
    cfg = config(
        train_cfg={"max_epochs": 6},
        train_dataloader={"sampler": {"type": "ClusterSampler", "steps": 100}},
    )
    assert scale_schedule(cfg, steps, steps_per_epoch=100) == epochs * each
    assert cfg.train_cfg.max_epochs == epochs
    assert cfg.train_dataloader.sampler.steps == each


def test_an_average_of_weights_follows_as_much_faster():
    cfg = config(custom_hooks=[{"type": "SteadyEMAHook", "momentum": 0.0002}])
    scale_schedule(cfg, 60, steps_per_epoch=50)
    assert cfg.custom_hooks[0].momentum == pytest.approx(0.02)
