"""Re-ID without labels: Cluster Contrast on Market-1501, from PLIP's ResNet-50."""

from mmengine.config import read_base

with read_base():
    from ..._base_.datasets.market1501_retrieval import (
        test_cfg,
        test_dataloader,
        test_evaluator,
    )
    from ..._base_.datasets.unlabelled_image_reid import train_dataloader
    from ..._base_.models.usl_r50 import model
    from ..._base_.runtime.default import (
        default_hooks,
        default_scope,
        env_cfg,
        log_level,
        randomness,
        visualizer,
    )
    from ..._base_.schedules.usl_50e import (
        custom_hooks,
        optim_wrapper,
        param_scheduler,
        train_cfg,
    )

# With the weights come the mean and deviation that their pictures were normalised by.
load_from_parts = ["image_encoder.", "data_preprocessor."]
