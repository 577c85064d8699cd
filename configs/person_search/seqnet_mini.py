"""Person search on MiniPedes scenes, from PLIP's mini model."""

from mmengine.config import read_base

with read_base():
    from .._base_.datasets.miniscenes import (
        test_cfg,
        test_dataloader,
        test_evaluator,
        train_dataloader,
    )
    from .._base_.models.seqnet_mini import model
    from .._base_.runtime.default import (
        default_hooks,
        default_scope,
        env_cfg,
        log_level,
        randomness,
        visualizer,
    )
    from .._base_.schedules.person_search_mini import optim_wrapper, param_scheduler, train_cfg

# With the weights come the mean and deviation that their pictures were normalised by.
load_from_parts = ["image_encoder.", "text_encoder.", "data_preprocessor."]
