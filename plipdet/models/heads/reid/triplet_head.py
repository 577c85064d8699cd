"""TripletHead: nearer to all pictures of one's own than to any of another."""

from __future__ import annotations

import torch
from torch import Tensor

from plipdet.distributed import gather_with_grad
from plipdet.errors import InputError
from plipdet.functional.metric_learning import HardTriplets, batch_hard_triplets
from plipdet.registry import MODELS
from plipdet.structures import LossTerms, PersonBatch, ReIDFeatures

from .reid_head import ReIDHead


@MODELS.register_module()
class TripletHead(ReIDHead):
    """Triplet loss of the hardest pairs in the batches of all ranks, the mean over the features.

    See :func:`plipdet.functional.metric_learning.batch_hard_triplets`. Pictures whose identity has
    no other in the batch are left out of the mean; without any triplet the loss is 0. It is
    computed in single precision at least.

    Args:
        margin: Margin of the hinge, not negative; ``None`` for the soft margin.
        loss_weight: Factor of the loss in the task's sum.

    Raises:
        InputError: If the margin is negative.
    """

    uses = frozenset({"metric"})

    def __init__(self, margin: float | None = 0.3, *, loss_weight: float = 1.0) -> None:
        super().__init__(loss_weight=loss_weight)
        if margin is not None and margin < 0:
            raise InputError(f"margin = {margin} of TripletHead; 0 or more, or None for a soft one")
        self.margin = margin

    def loss(self, features: ReIDFeatures, batch: PersonBatch) -> LossTerms:
        """Return the loss, its distances, and how many triplets are in the right order.

        Raises:
            InputError: If the source has no identities.
        """
        if batch.person_ids is None:
            raise InputError("TripletHead needs identities, but this source has none")
        with torch.autocast(features.embedding.device.type, enabled=False):
            triplets = [self._mine(feature, batch.person_ids) for feature in features.metric]
        valid = triplets[0].valid  # the same for each feature
        count = valid.sum().to(triplets[0].loss.dtype)

        def mean(name: str) -> Tensor:
            values = torch.stack([getattr(t, name).where(valid, 0) for t in triplets])
            return values.mean(dim=0).sum() / count.clamp(min=1)

        ordered = [(t.positive < t.negative) & valid for t in triplets]
        metrics = {
            "positive_distance": mean("positive"),
            "negative_distance": mean("negative"),
            "accuracy": torch.stack(ordered).sum() / (len(ordered) * count.clamp(min=1)),
        }
        return LossTerms(mean("loss"), metrics, count=count)

    def _mine(self, feature: Tensor, ids: Tensor) -> HardTriplets:
        # Half precision has no room for squares of long features, nor for small differences.
        feature = feature.to(torch.promote_types(feature.dtype, torch.float32))
        return batch_hard_triplets(
            feature,
            gather_with_grad(feature),
            anchor_ids=ids,
            candidate_ids=gather_with_grad(ids),
            margin=self.margin,
        )
