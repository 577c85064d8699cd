"""Re-ID without labels on Market-1501: clusters, and their proxies by camera."""

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

from plipdet.models.heads.reid import CameraProxyHead

# The cameras of the pictures are used, their identities are not.
model["heads"]["camera"] = dict(type=CameraProxyHead, temperature=0.07, momentum=0.2)
# With the weights come the mean and deviation that their pictures were normalised by.
load_from_parts = ["image_encoder.", "data_preprocessor."]
