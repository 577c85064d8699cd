"""CentreHead: each picture near the centre of its identity."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from plipdet.distributed import gather_with_grad
from plipdet.errors import InputError
from plipdet.functional.metric_learning import centre_loss, centre_steps
from plipdet.registry import MODELS
from plipdet.structures import LossTerms, PersonBatch, ReIDFeatures

from .reid_head import ReIDHead


@MODELS.register_module()
class CentreHead(ReIDHead):
    """Squared distance to the centre of one's identity, the mean over pictures and features.

    Wen et al., ECCV 2016, Eq. (2) and (4). Centres begin at zero. They are no parameters but
    buffers, which each training step moves towards the features of all ranks, alike on all ranks.

    Args:
        metric_dims: Width of each feature.
        alpha: How far centres go of the way that Eq. (4) computes, 0..1.
        loss_weight: Factor of the loss in the task's sum; 5e-4 in "Bag of Tricks" (Luo et al.,
            CVPRW 2019).

    Raises:
        InputError: If ``alpha`` is outside of its range.
    """

    uses = frozenset({"metric"})
    needs_identities = True
    identities: Tensor | None

    def __init__(
        self, metric_dims: Sequence[int], *, alpha: float = 0.5, loss_weight: float = 5e-4
    ) -> None:
        super().__init__(loss_weight=loss_weight)
        if not 0 <= alpha <= 1:
            raise InputError(f"alpha = {alpha} of CentreHead; expected 0..1")
        self.metric_dims = tuple(metric_dims)
        self.alpha = alpha
        self.register_buffer("identities", None)
        for name in self._names():
            self.register_buffer(name, None)

    def meet_identities(self, identities: np.ndarray) -> None:
        """Make a centre for each identity and feature."""
        like = torch.empty(0)
        self.identities = torch.from_numpy(identities.astype(np.int64)).to(like.device)
        for name, dim in zip(self._names(), self.metric_dims, strict=True):
            setattr(self, name, like.new_zeros(len(identities), dim))

    def loss(self, features: ReIDFeatures, batch: PersonBatch) -> LossTerms:
        """Return the loss; in training the centres move afterwards.

        Raises:
            InputError: If the source has no identities, or none have been met.
        """
        if batch.person_ids is None:
            raise InputError("CentreHead needs identities, but this source has none")
        if self.identities is None:
            raise InputError("this CentreHead has met no identities; call meet_identities first")
        labels = torch.searchsorted(self.identities, batch.person_ids)
        losses = []
        with torch.autocast(features.embedding.device.type, enabled=False):
            for name, feature in zip(self._names(), features.metric, strict=True):
                centres: Tensor = getattr(self, name)
                wide = feature.to(centres.dtype)
                losses.append(centre_loss(wide, centres[labels]))
                if self.training:
                    self._move(centres, wide.detach(), labels)
        return LossTerms(torch.stack(losses).mean())

    @torch.no_grad()
    def _move(self, centres: Tensor, features: Tensor, labels: Tensor) -> None:
        steps = centre_steps(gather_with_grad(features), centres, gather_with_grad(labels))
        centres.sub_(self.alpha * steps)

    def _names(self) -> list[str]:
        return [f"centres_{number}" for number in range(len(self.metric_dims))]
