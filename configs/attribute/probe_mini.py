"""Linear probe of attributes on MiniPedes: the encoder stays as it is."""

from mmengine.config import read_base

with read_base():
    from .._base_.datasets.minipedes_attributes import (
        test_cfg,
        test_dataloader,
        test_evaluator,
        train_dataloader,
        val_cfg,
        val_dataloader,
        val_evaluator,
    )
    from .._base_.models.attribute_mini import model
    from .._base_.runtime.default import (
        default_hooks,
        default_scope,
        env_cfg,
        log_level,
        randomness,
        visualizer,
    )
    from .._base_.schedules.reid_mini import optim_wrapper, param_scheduler, train_cfg

model["linear_probe"] = True
optim_wrapper["optimizer"]["lr"] = 2e-3  # for a head alone; chosen on val
default_hooks["checkpoint"].update(save_best="mA", rule="greater")
# With the weights come the mean and deviation that their pictures were normalised by.
load_from_parts = ["image_encoder.", "data_preprocessor."]
