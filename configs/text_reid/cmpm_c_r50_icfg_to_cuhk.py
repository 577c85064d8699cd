"""Domain generalisation: CMPM and CMPC on ICFG-PEDES, selected there, tested on CUHK-PEDES."""

from mmengine.config import read_base

with read_base():
    from .._base_.datasets.cuhk_pedes_retrieval import test_cfg, test_dataloader, test_evaluator
    from .._base_.datasets.cuhk_pedes_text_reid import (
        train_dataloader,
        val_cfg,
        val_dataloader,
        val_evaluator,
    )
    from .._base_.models.plip_r50_bert import model
    from .._base_.runtime.default import (
        default_hooks,
        default_scope,
        env_cfg,
        log_level,
        randomness,
        visualizer,
    )
    from .._base_.schedules.text_cmpm_c_30e import (
        load_from_parts,
        optim_wrapper,
        param_scheduler,
        train_cfg,
    )

from plipdet.datasets.sources import IcfgPedes
from plipdet.models.heads.reid import CrossModalProjectionHead
from plipdet.tasks import TextReIDTask

model["type"] = TextReIDTask
model["heads"] = dict(projection=dict(type=CrossModalProjectionHead))
model["text_encoder"]["freeze_layers"] = 0
for _loader in (train_dataloader, *val_dataloader.values()):
    _loader["dataset"]["source"]["type"] = IcfgPedes
# There is no val split: some training identities are held out to select on.
train_dataloader["dataset"]["without_held_out"] = 0.05
for _loader in val_dataloader.values():
    _loader["dataset"].update(split="train", only_held_out=0.05)
default_hooks["checkpoint"].update(save_best="rank1", rule="greater")
