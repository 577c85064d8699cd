"""CameraProxyHead: clusters split by camera, told apart within a camera and joined across them."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F

from plipdet.errors import InputError
from plipdet.functional.proxy_contrast import inter_camera_contrast, intra_camera_contrast
from plipdet.registry import MODELS
from plipdet.structures import LossTerms, PersonBatch, ReIDFeatures

from .cluster_memory_head import check_one_feature, check_temperature
from .proxy_memory import ProxyMemory
from .reid_head import ReIDHead


@MODELS.register_module()
class CameraProxyHead(ReIDHead):
    """Contrast with camera-aware proxies, one for each cluster and camera.

    Wang et al., "Camera-aware Proxies for Unsupervised Person Re-Identification" (CAP), AAAI 2021.
    Within a camera a picture is told from the other proxies of that camera, whose light and view
    are its own; across cameras it is drawn to all proxies of its cluster, away from the most
    similar others. Each picture counts alike; in the paper, each camera of a batch.

    Args:
        classified_dims: Widths of the classified features; there must be one.
        temperature: Divides the cosines; 0.07 in the paper.
        momentum: Share of a proxy that one picture leaves, 0..1; 0.2 in the paper.
        negatives: Most similar proxies of other clusters that a picture is drawn away from; 50 in
            the paper.
        inter_weight: Factor of the loss across cameras; 0.5 in the paper.
        loss_weight: Factor of the loss in the task's sum.

    Raises:
        InputError: If there are several features, or a value is out of its range.
    """

    uses = frozenset({"classified"})

    def __init__(
        self,
        classified_dims: Sequence[int],
        *,
        temperature: float = 0.07,
        momentum: float = 0.2,
        negatives: int = 50,
        inter_weight: float = 0.5,
        loss_weight: float = 1.0,
    ) -> None:
        super().__init__(loss_weight=loss_weight)
        check_one_feature(self, classified_dims)
        check_temperature(self, temperature)
        if negatives < 1:
            raise InputError(f"negatives = {negatives} of CameraProxyHead; 1 or more")
        self.classified_dims = tuple(classified_dims)
        self.temperature = temperature
        self.negatives = negatives
        self.inter_weight = inter_weight
        self.memory = ProxyMemory(by_camera=True, momentum=momentum)

    def loss(self, features: ReIDFeatures, batch: PersonBatch) -> LossTerms:
        """Return the mean over the pictures in a cluster; in training the proxies move then.

        Raises:
            InputError: If nothing has been clustered, or the batch lacks pseudo labels or cameras.
        """
        places = self.memory.places(batch.person_ids, batch.camera_ids)
        memory, valid = self.memory, places >= 0
        at = places.clamp(min=0)
        (feature,) = features.classified
        with torch.autocast(feature.device.type, enabled=False):
            wide = feature.to(torch.promote_types(feature.dtype, torch.float32))
            unit = F.normalize(wide, dim=1)  # (B, D)
            logits = unit @ memory.known_vectors().to(unit.dtype).T / self.temperature  # (B, P)
            within = intra_camera_contrast(logits, at, memory.cameras)
            across = inter_camera_contrast(logits, at, memory.clusters, negatives=self.negatives)
        count = valid.sum().to(unit.dtype)
        means = [x.where(valid, 0).sum() / count.clamp(min=1) for x in (within, across)]
        if self.training:
            memory.follow(unit, places)
        parts = {"intra": means[0].detach(), "inter": means[1].detach()}
        return LossTerms(means[0] + self.inter_weight * means[1], parts, count=count)
