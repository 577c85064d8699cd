"""Re-ID without labels on own pictures, anywhere below a folder, from PLIP's ResNet-50."""

from mmengine.config import read_base

with read_base():
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

from plipdet.datasets.sources import FolderSource

train_dataloader["dataset"]["unlabelled"]["source"] = dict(
    type=FolderSource, root="data", identities=False
)
custom_hooks[0]["eps"] = 0.6
# With the weights come the mean and deviation that their pictures were normalised by.
load_from_parts = ["image_encoder.", "data_preprocessor."]
