"""Joint training on MiniPedes: half of the people with identities, the others without."""

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

from plipdet.datasets import PersonDataset
from plipdet.datasets.sources import Market1501

# A batch has 4 people of the labelled half and 4 clusters of the other. Two sets of one layout, as
# for domain adaptation, are two values of source.root.
train_dataloader["dataset"]["labelled"] = dict(
    type=PersonDataset,
    unreadable="replace",
    source=dict(type=Market1501, root="data/minipedes"),
    split="train",
    without_held_out=0.5,
    pipeline=train_dataloader["dataset"]["unlabelled"]["pipeline"],
)
train_dataloader["dataset"]["unlabelled"]["only_held_out"] = 0.5
# With the weights come the mean and deviation that their pictures were normalised by.
load_from_parts = ["image_encoder.", "data_preprocessor."]
