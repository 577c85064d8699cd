"""ReIDClassificationHead: whose picture is it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from plipdet.errors import InputError
from plipdet.registry import MODELS
from plipdet.structures import LossTerms, PersonBatch, ReIDFeatures

from ..identity_classes import IdentityClasses
from .reid_head import ReIDHead


@MODELS.register_module()
class ReIDClassificationHead(ReIDHead):
    """Cross-entropy over the identities of the training data, with smoothed labels.

    Luo et al., "Bag of Tricks", CVPRW 2019, Eq. (1)-(2). Each classified feature has a linear
    classifier of its own, without bias; the loss is the mean over them.

    Args:
        classified_dims: Width of each classified feature.
        smoothing: Probability that is spread evenly over all identities, at least 0 and below 1.
        loss_weight: Factor of the loss in the task's sum.

    Raises:
        InputError: If ``smoothing`` is outside of its range.
    """

    uses = frozenset({"classified"})
    needs_identities = True

    def __init__(
        self,
        classified_dims: Sequence[int],
        *,
        smoothing: float = 0.1,
        loss_weight: float = 1.0,
    ) -> None:
        super().__init__(loss_weight=loss_weight)
        if not 0 <= smoothing < 1:
            raise InputError(f"smoothing = {smoothing} of ReIDClassificationHead; 0 or more, < 1")
        self.classified_dims = tuple(classified_dims)
        self.smoothing = smoothing
        self.classes = nn.ModuleList(IdentityClasses(dim) for dim in self.classified_dims)

    def meet_identities(self, identities: np.ndarray) -> None:
        """Make a classifier over the identities for each feature.

        Raises:
            InputError: If there are fewer than two.
        """
        for classes in self._classes():
            classes.meet(identities)

    def loss(self, features: ReIDFeatures, batch: PersonBatch) -> LossTerms:
        """Return the mean cross-entropy of the classifiers, and how often they are right.

        Raises:
            InputError: If the source has no identities, or none have been met.
        """
        losses, hits = [], []
        for feature, classes in zip(features.classified, self._classes(), strict=True):
            logits = F.linear(feature, classes.columns())  # (B, K)
            logits = logits.to(torch.promote_types(logits.dtype, torch.float32))
            labels = classes.labels(batch.person_ids)
            losses.append(F.cross_entropy(logits, labels, label_smoothing=self.smoothing))
            hits.append((logits.detach().argmax(dim=1) == labels).float().mean())
        return LossTerms(torch.stack(losses).mean(), {"accuracy": torch.stack(hits).mean()})

    def _classes(self) -> list[IdentityClasses]:
        return [cast(IdentityClasses, classes) for classes in self.classes]
