"""Domain adaptation: Market-1501 with identities, MSMT17 without, tested on MSMT17."""

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

from plipdet.datasets import PersonDataset
from plipdet.datasets.sources import Market1501, Msmt17

for _dataset in (
    train_dataloader["dataset"]["unlabelled"],
    *(side["dataset"] for side in test_dataloader.values()),
):
    _dataset["source"]["type"] = Msmt17
# A batch has 8 people of the labelled set and 8 clusters of the other.
train_dataloader["dataset"]["labelled"] = dict(
    type=PersonDataset,
    unreadable="replace",
    source=dict(type=Market1501, root="data"),
    split="train",
    pipeline=train_dataloader["dataset"]["unlabelled"]["pipeline"],
)
train_dataloader["sampler"]["steps"] = 400
custom_hooks[0]["eps"] = 0.6
# With the weights come the mean and deviation that their pictures were normalised by.
load_from_parts = ["image_encoder.", "data_preprocessor."]
