"""ClusterMemoryHead: each picture near the memory of its cluster, far from all others."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F

from plipdet.errors import InputError
from plipdet.registry import MODELS
from plipdet.structures import LossTerms, PersonBatch, ReIDFeatures

from .proxy_memory import ProxyMemory
from .reid_head import ReIDHead


@MODELS.register_module()
class ClusterMemoryHead(ReIDHead):
    """Cross-entropy of the cosines to the clusters of this epoch.

    Dai et al., "Cluster Contrast for Unsupervised Person Re-Identification", arXiv 2103.11568, Eq.
    (2) and (3). ``batch.person_ids`` are the pseudo labels; a picture with a negative one does not
    count. The clusters' vectors are no parameters: they begin an epoch as the means of their
    pictures, and follow the features of all ranks after each loss. Computed in single precision
    at least.

    Args:
        classified_dims: Widths of the classified features; there must be one, which is what
            pictures are clustered by, as ``BNNeck`` has it.
        temperature: Divides the cosines.
        momentum: Share of a cluster's vector that one picture leaves, 0..1.
        hardest: Whether only the least similar picture of a step moves its cluster's vector.
        loss_weight: Factor of the loss in the task's sum.

    Raises:
        InputError: If there are several features, or a value is out of its range.
    """

    uses = frozenset({"classified"})

    def __init__(
        self,
        classified_dims: Sequence[int],
        *,
        temperature: float = 0.05,
        momentum: float = 0.1,
        hardest: bool = False,
        loss_weight: float = 1.0,
    ) -> None:
        super().__init__(loss_weight=loss_weight)
        check_one_feature(self, classified_dims)
        check_temperature(self, temperature)
        self.classified_dims = tuple(classified_dims)
        self.temperature = temperature
        self.memory = ProxyMemory(momentum=momentum, hardest=hardest)

    def loss(self, features: ReIDFeatures, batch: PersonBatch) -> LossTerms:
        """Return the mean over the pictures in a cluster; in training the memory moves then.

        Raises:
            InputError: If nothing has been clustered, or the batch has no pseudo labels.
        """
        places = self.memory.places(batch.person_ids, batch.camera_ids)
        (feature,) = features.classified
        with torch.autocast(feature.device.type, enabled=False):
            wide = feature.to(torch.promote_types(feature.dtype, torch.float32))
            unit = F.normalize(wide, dim=1)  # (B, D)
            logits = unit @ self.memory.known_vectors().to(unit.dtype).T / self.temperature
            losses = F.cross_entropy(logits, places, ignore_index=-1, reduction="none")
        count = (places >= 0).sum().to(losses.dtype)
        hits = (logits.detach().argmax(dim=1) == places).sum()
        if self.training:
            self.memory.follow(unit, places)
        share = count.clamp(min=1)
        return LossTerms(losses.sum() / share, {"accuracy": hits / share}, count=count)


def check_one_feature(head: ReIDHead, dims: Sequence[int]) -> None:
    """See that a neck gives one classified feature.

    Raises:
        InputError: If it gives more.
    """
    if len(dims) != 1:
        raise InputError(
            f"{type(head).__name__} learns clusters of one feature, and the neck classifies "
            f"{len(dims)}; take BNNeck"
        )


def check_temperature(head: ReIDHead, temperature: float) -> None:
    """See that a temperature is one.

    Raises:
        InputError: If it is not above 0.
    """
    if not temperature > 0:
        raise InputError(f"temperature = {temperature} of {type(head).__name__}; above 0")
