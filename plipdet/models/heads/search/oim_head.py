"""OIMHead: online instance matching, the identification loss of person search."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from plipdet.distributed import gather_rows
from plipdet.errors import InputError
from plipdet.functional.online_instance_matching import (
    STRANGER,
    advanced_queue,
    matched_table,
    online_instance_matching,
)
from plipdet.models.heads.search.search_head import FoundPeople, SearchHead
from plipdet.option_checks import positive_number, share, whole_number
from plipdet.registry import MODELS
from plipdet.structures import LossTerms


@MODELS.register_module()
class OIMHead(SearchHead):
    """A table with a vector for each identity, and a circular queue of strangers.

    Xiao et al., CVPR 2017, section 3.2; see :mod:`plipdet.functional.online_instance_matching`.
    In training, table and queue follow what all ranks have found, in rank order and alike on all
    ranks. Computed in single precision at least.

    Args:
        dim: Width D of the embeddings.
        queue: Strangers Q that are kept; 0 for none. The papers have 5,000 for CUHK-SYSU, 500 for
            PRW.
        scale: Factor of the cosines.
        momentum: Share of a table's vector that stays when its person is seen, 0..1.
        loss_weight: Factor of the loss in the task's sum.

    Raises:
        InputError: If a value is out of its range.
    """

    needs_identities = True
    identities: Tensor | None
    table: Tensor | None
    queue: Tensor | None
    place: Tensor | None

    def __init__(
        self,
        dim: int,
        *,
        queue: int = 5000,
        scale: float = 30.0,
        momentum: float = 0.5,
        loss_weight: float = 1.0,
    ) -> None:
        super().__init__(loss_weight=loss_weight)
        self.dim = dim
        self.strangers = whole_number(queue, "queue of OIMHead", least=0)
        self.scale = positive_number(scale, "scale of OIMHead")
        self.momentum = share(momentum, "momentum of OIMHead")
        for name in ("identities", "table", "queue", "place"):
            self.register_buffer(name, None)

    def meet_identities(self, identities: np.ndarray) -> None:
        """Make table and queue, which begin with zeros."""
        if not len(identities):
            raise InputError("the training data name nobody; OIMHead needs people with identities")
        self.table = torch.zeros(len(identities), self.dim)  # where the caller's device is
        self.queue = torch.zeros(self.strangers, self.dim)
        self.place = torch.zeros((), dtype=torch.int64)
        self.identities = torch.from_numpy(identities.astype(np.int64)).to(self.table.device)

    def loss(self, people: FoundPeople) -> LossTerms:
        """Return the mean over the people of the data set; in training the memory moves then."""
        if self.table is None or self.queue is None:
            raise InputError("OIMHead has met no identities; call meet_identities first")
        labels = self._labels(people.person_ids)
        with torch.autocast(people.embeddings.device.type, enabled=False):
            wide = torch.promote_types(people.embeddings.dtype, torch.float32)
            features = people.embeddings.to(wide)
            losses = online_instance_matching(
                features, labels, table=self.table, queue=self.queue, scale=self.scale
            )
        count = (labels != STRANGER).sum().to(losses.dtype)
        if self.training:
            self._follow(features.detach(), labels)
        return LossTerms(losses.sum() / count.clamp(min=1), {}, count=count)

    def _labels(self, person_ids: Tensor) -> Tensor:
        """Return the table's row of each identity, ``STRANGER`` for people without."""
        assert self.identities is not None, "loss() has looked"
        rows = torch.searchsorted(self.identities, person_ids)
        rows = rows.clamp(max=len(self.identities) - 1)
        return rows.where(self.identities[rows] == person_ids, STRANGER)

    @torch.no_grad()
    def _follow(self, features: Tensor, labels: Tensor) -> None:
        """Move table and queue by the people of all ranks; those of a step gone wrong do not."""
        finite = features.isfinite().all(dim=1)
        features, labels = gather_rows(features[finite]), gather_rows(labels[finite])
        assert self.table is not None and self.queue is not None, "loss() has looked"
        assert self.place is not None, "made with them"
        # New tensors: autograd still needs the old ones.
        self.table = matched_table(self.table, features, labels, momentum=self.momentum)
        self.queue, place = advanced_queue(self.queue, features, labels, place=int(self.place))
        self.place = torch.full_like(self.place, place)
