"""Re-ID without labels on MiniPedes, from PLIP's mini model."""

from mmengine.config import read_base

with read_base():
    from ..._base_.datasets.minipedes_image_retrieval import (
        test_cfg,
        test_dataloader,
        test_evaluator,
    )
    from ..._base_.datasets.minipedes_unlabelled import train_dataloader
    from ..._base_.models.usl_mini import model
    from ..._base_.runtime.default import (
        default_hooks,
        default_scope,
        env_cfg,
        log_level,
        randomness,
        visualizer,
    )
    from ..._base_.schedules.usl_mini import (
        custom_hooks,
        optim_wrapper,
        param_scheduler,
        train_cfg,
    )

# With the weights come the mean and deviation that their pictures were normalised by.
load_from_parts = ["image_encoder.", "data_preprocessor."]
