"""MomentumContrastHead: two views of a picture alike, unlike those of other pictures."""

from __future__ import annotations

import copy
from collections.abc import Collection
from itertools import chain
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from plipdet.distributed import gather_rows, rank, world_size
from plipdet.distributed.sharding import is_sharded
from plipdet.errors import InputError
from plipdet.functional.momentum_contrast import enqueue, follow, queue_logits
from plipdet.models.views import Views
from plipdet.registry import MODELS
from plipdet.structures import LossTerms, PersonBatch

from .pretext_head import PretextHead

_COPY = "momentum_encoder."


@MODELS.register_module()
class MomentumContrastHead(PretextHead):
    """Self-supervised contrast by a slowly following encoder and a queue of its embeddings.

    VAL-PAT (arXiv 2304.05554) has this objective beside those of text and attributes; its details
    are open, and ours are MoCo-v2 (Chen et al., arXiv 2003.04297) with the temperature that
    LUPerson found for people (Fu et al., CVPR 2021). The first view is the batch's ``images``,
    through the trained encoder; the second is ``second_images``, which
    :class:`~plipdet.datasets.transforms.SecondView` makes, through the copy.

    Keys of all ranks enter the queue, in the order of the ranks, so it is the same everywhere. To
    keep batch norm from telling which pictures share a batch, the second views are dealt out anew
    to the ranks. Copy and queue are part of a checkpoint.

    Args:
        image_encoder: The encoder to copy, of which no reference is kept.
        image_dim: Width of its embeddings.
        dim: Width D of what is compared.
        queue_size: Keys K in the queue.
        momentum: Share of the copy's weights that a step keeps, 0..1.
        temperature: Divides the cosine, above 0.
        shuffle: Whether second views are dealt out anew to the ranks; on one rank it does nothing.
        loss_weight: Factor of the loss in the task's sum.

    Raises:
        InputError: If a value is outside of its range.
    """

    uses = frozenset({"image.embedding"})
    couples = frozenset({"image"})  # once for the whole batch, as each call moves copy and queue
    queue: Tensor
    enqueued: Tensor

    def __init__(
        self,
        image_encoder: nn.Module,
        *,
        image_dim: int,
        dim: int = 128,
        queue_size: int = 65536,
        momentum: float = 0.999,
        temperature: float = 0.1,
        shuffle: bool = True,
        loss_weight: float = 1.0,
    ) -> None:
        super().__init__(loss_weight=loss_weight)
        for name, value in (("dim", dim), ("queue_size", queue_size)):
            if value < 1:
                raise InputError(f"{name} is {value} of MomentumContrastHead; 1 or more")
        if not 0 <= momentum <= 1:
            raise InputError(f"momentum is {momentum} of MomentumContrastHead; expected 0..1")
        if temperature <= 0:
            raise InputError(f"temperature is {temperature} of MomentumContrastHead; above 0")
        self.image_dim = image_dim
        self.momentum = momentum
        self.temperature = temperature
        self.shuffle = shuffle
        hidden = nn.Linear(image_dim, image_dim)
        self.projector = nn.Sequential(hidden, nn.ReLU(), nn.Linear(image_dim, dim))
        self.momentum_encoder = _frozen_copy(image_encoder)
        self.momentum_projector = _frozen_copy(self.projector)
        self.register_buffer("queue", F.normalize(torch.randn(queue_size, dim), dim=1))
        self.register_buffer("enqueued", torch.zeros((), dtype=torch.int64))
        self._enqueued: int | None = None  # the same on the host, which need not wait for a GPU
        self._trained: list[nn.Module] = [image_encoder]  # in a list, so that it is no child
        self.register_load_state_dict_post_hook(_forget_count)

    def loss(self, views: Views, batch: PersonBatch) -> LossTerms:
        """Return the cross-entropy of each first view with its second view as the right class.

        In training the copy moves first, and the second views enter the queue last.

        Raises:
            InputError: If the pipeline makes no second view, or the queue is smaller than a batch.
        """
        if batch.second_images is None:
            raise InputError(
                "MomentumContrastHead needs second_images; put SecondView into the pipeline"
            )
        if self.training:
            self._follow()
        keys = self._keys(batch.second_images)
        queries = self.projector(views.image.embedding)
        with torch.autocast(queries.device.type, enabled=False):
            wide = F.normalize(queries.to(self.queue.dtype), dim=1)
            # A copy: the queue is written before the gradient is computed.
            earlier = self.queue.clone()
            logits = queue_logits(wide, keys, earlier, temperature=self.temperature)
            target = torch.zeros(len(logits), dtype=torch.int64, device=logits.device)
            loss = F.cross_entropy(logits, target)
        accuracy = (logits.detach().argmax(dim=1) == 0).to(logits.dtype).mean()
        if self.training:
            self._remember(gather_rows(keys))
        return LossTerms(loss, {"accuracy": accuracy})

    def encoder_loaded(self, image_encoder: nn.Module, loaded: Collection[str]) -> None:
        """Begin as a copy of the loaded encoder, unless the file had a copy."""
        if not any(name.startswith(_COPY) for name in loaded):
            self.momentum_encoder.load_state_dict(image_encoder.state_dict())

    @torch.no_grad()
    def _follow(self) -> None:
        encoder = self._trained[0]
        if any(is_sharded(module) for module in encoder.modules()):
            raise InputError(
                "MomentumContrastHead keeps a second encoder, which FullySharded cannot move "
                "along; train it replicated: leave out model_wrapper_cfg"
            )
        slow = chain(self.momentum_encoder.parameters(), self.momentum_projector.parameters())
        fast = chain(encoder.parameters(), self.projector.parameters())
        follow(list(slow), list(fast), self.momentum)

    @torch.no_grad()
    def _keys(self, images: Tensor) -> Tensor:
        """Return the keys of this rank's second views, of unit length, shape (B, D)."""
        own = slice(rank() * len(images), (rank() + 1) * len(images))
        if not self.shuffle or world_size() == 1 or not self.training:
            return self._encode(images)
        everywhere = gather_rows(images)  # (N, 3, H, W)
        drawn = torch.Generator().manual_seed(self._count())  # the same on all ranks
        order = torch.randperm(len(everywhere), generator=drawn).to(images.device)
        keys = gather_rows(self._encode(everywhere[order[own]]))  # (N, D) in the drawn order
        return keys[order.argsort()[own]]

    def _encode(self, images: Tensor) -> Tensor:
        keys = self.momentum_projector(self.momentum_encoder(images).embedding)
        return F.normalize(keys.to(self.queue.dtype), dim=1)

    def _remember(self, keys: Tensor) -> None:
        if len(keys) > len(self.queue):
            raise InputError(
                f"queue_size is {len(self.queue)}, fewer than the {len(keys)} pictures of a "
                "batch over all ranks; make it larger"
            )
        count = self._count()
        enqueue(self.queue, keys, count % len(self.queue))
        self._enqueued = count + len(keys)
        self.enqueued.fill_(self._enqueued)

    def _count(self) -> int:
        if self._enqueued is None:
            self._enqueued = int(self.enqueued)
        return self._enqueued


def _frozen_copy(module: nn.Module) -> Any:
    return copy.deepcopy(module).requires_grad_(False)


def _forget_count(head: nn.Module, _: Any) -> None:
    head._enqueued = None  # type: ignore[assignment]
