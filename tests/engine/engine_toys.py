"""A tiny task and data set, importable from configs and other processes too."""

from __future__ import annotations

import numpy as np
import torch
from mmengine.model import BaseModel
from torch import nn
from torch.utils.data import Dataset

from plipdet.errors import InputError
from plipdet.models.person_data_preprocessor import PersonDataPreprocessor
from plipdet.registry import DATASETS, MODELS, TASKS, build
from plipdet.structures import PersonRow


@DATASETS.register_module()
class ToyDataset(Dataset):
    def __init__(self, size=8, *, seed=0, broken=None):
        self.size, self.seed, self.broken = size, seed, broken

    def __len__(self):
        return self.size

    def __getitem__(self, key):
        index, epoch = key if isinstance(key, tuple) else (key, 0)
        if index == self.broken:
            raise InputError(f"picture {index} cannot be read")
        rng = np.random.default_rng((self.seed, epoch, index))
        row = PersonRow(f"{index}.jpg", person_id=index // 2, camera_id=index % 2)
        return {"index": index, "row": row, "img": rng.integers(0, 255, (8, 4, 3), np.uint8)}

    def person_ids(self):
        return np.arange(self.size) // 2

    def camera_ids(self):
        return np.arange(self.size) % 2


@MODELS.register_module()
class ToyEncoder(nn.Module):
    def __init__(self, width=6, *, dropout=0.5):
        super().__init__()
        self.net = nn.Sequential(
            nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Flatten(), nn.Dropout(dropout),
            nn.Linear(48, width),
        )  # fmt: skip

    def forward(self, images):
        return self.net(images)


@MODELS.register_module()
class ToyHead(nn.Module):
    def __init__(self, width=6, *, loss_weight=1.0, mask_ratio=0.2):
        super().__init__()
        self.loss_weight, self.mask_ratio = loss_weight, mask_ratio
        self.classes = nn.Linear(width, 16)


@TASKS.register_module()
class ToyTask(BaseModel):
    def __init__(self, image_encoder, heads, *, data_preprocessor=None):
        super().__init__(data_preprocessor=data_preprocessor or PersonDataPreprocessor())
        self.image_encoder = build(image_encoder, MODELS)
        self.text_encoder = nn.Linear(6, 6)
        self.heads = nn.ModuleDict({k: build(v, MODELS) for k, v in heads.items()})

    def forward(self, batch, mode="loss"):
        features = self.text_encoder(self.image_encoder(batch.images))
        if mode == "predict":
            return {"image": features}
        losses = {
            f"{name}/loss": nn.functional.cross_entropy(head.classes(features), batch.person_ids)
            for name, head in self.heads.items()
        }
        return {"loss": sum(losses.values()), **losses}

    def parse_losses(self, losses):
        return losses["loss"], {k: v.detach() for k, v in losses.items()}


class ToyMetric:
    def __init__(self, top=1):
        self.top = top

    def evaluate(self, **facts):
        assert facts["query_ids"].shape == facts["query_cameras"].shape
        similarity = facts["query_features"] @ facts["gallery_features"].T
        best = similarity.argmax(dim=1).cpu()
        hits = torch.as_tensor(facts["gallery_ids"])[best] == torch.as_tensor(facts["query_ids"])
        return {"rank1": 100 * float(hits.float().mean()), "queries": float(len(hits))}
