"""SeqNet on PRW, from PLIP's ResNet-50."""

from mmengine.config import read_base

with read_base():
    from .._base_.datasets.person_search import (
        test_cfg,
        test_dataloader,
        test_evaluator,
        train_dataloader,
    )
    from .._base_.models.seqnet_r50 import model
    from .._base_.runtime.default import (
        default_hooks,
        default_scope,
        env_cfg,
        log_level,
        randomness,
        visualizer,
    )
    from .._base_.schedules.seqnet_20e import optim_wrapper, param_scheduler, train_cfg

model["heads"]["oim"]["queue"] = 500
# With the weights come the mean and deviation that their pictures were normalised by.
load_from_parts = ["image_encoder.backbone.", "data_preprocessor."]
