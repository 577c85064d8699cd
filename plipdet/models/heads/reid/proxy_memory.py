"""ProxyMemory: the vectors that pseudo labels are learnt by."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from plipdet.distributed import gather_with_grad
from plipdet.errors import InputError
from plipdet.functional.proxy_contrast import followed, proxy_means


class ProxyMemory(nn.Module):
    """A vector of unit length for each cluster, or for each cluster and camera that show it.

    How many there are changes with each clustering, so they are neither parameters nor buffers:
    averages of weights and exchanges of buffers leave them alone.
    :class:`plipdet.engine.hooks.PseudoLabelHook` makes them and puts them into checkpoints. In
    training they follow the features of all ranks, alike on all ranks.

    Args:
        by_camera: Whether a cluster has a proxy for each camera.
        momentum: Share of a proxy that one feature leaves, 0..1.
        hardest: Whether only the least similar feature of a step moves a proxy.

    Attributes:
        vectors: Shape (P, D); ``None`` before the first clustering.
        clusters: Cluster of each proxy, int64, shape (P,).
        cameras: Camera of each, int64, shape (P,); all 0 unless ``by_camera``.

    Raises:
        InputError: If ``momentum`` is outside of its range.
    """

    vectors: Tensor | None
    clusters: Tensor
    cameras: Tensor

    def __init__(
        self, *, by_camera: bool = False, momentum: float = 0.1, hardest: bool = False
    ) -> None:
        super().__init__()
        if not 0 <= momentum <= 1:
            raise InputError(f"momentum = {momentum} of a memory of clusters; expected 0..1")
        self.by_camera = by_camera
        self.momentum = momentum
        self.hardest = hardest
        self.vectors = None

    def check_cameras(self, known: bool) -> None:
        """See that the pictures have what the proxies depend on.

        Raises:
            InputError: If cameras are needed and unknown.
        """
        if self.by_camera and not known:
            raise InputError(
                "a head has proxies by camera, but these pictures have no camera ids; take "
                "ClusterMemoryHead alone, or data that know their cameras"
            )

    def made_of(
        self, features: Tensor, labels: Tensor, cameras: Tensor | None
    ) -> dict[str, Tensor]:
        """Return the state of a memory of the mean features of a clustering.

        Args:
            features: Of unit length, shape (N, D).
            labels: Cluster of each, from 0 without gaps, negative for none, int64, shape (N,).
            cameras: Camera of each, not negative, int64, shape (N,); ``None`` if unknown.

        Raises:
            InputError: If cameras are needed and unknown.
        """
        self.check_cameras(cameras is not None)
        labels = labels.to(features.device)
        own = cameras if self.by_camera and cameras is not None else torch.zeros_like(labels)
        pairs = torch.stack([labels, own.to(labels)])
        kept = labels >= 0
        known, inverse = pairs[:, kept].unique(dim=1, return_inverse=True)
        places = torch.full_like(labels, -1)
        places[kept] = inverse
        return {
            "vectors": proxy_means(features, places),
            "clusters": known[0],
            "cameras": known[1],
        }

    def state(self) -> dict[str, Tensor]:
        """Return what :meth:`load` takes."""
        assert self.vectors is not None, "saved after the first clustering"
        return {"vectors": self.vectors, "clusters": self.clusters, "cameras": self.cameras}

    def load(self, state: Mapping[str, Tensor], device: torch.device | str) -> None:
        """Take proxies over, on a device."""
        self.vectors, self.clusters, self.cameras = (
            state[name].to(device) for name in ("vectors", "clusters", "cameras")
        )

    def known_vectors(self) -> Tensor:
        """Return the proxies, shape (P, D).

        Raises:
            InputError: If nothing has been clustered.
        """
        if self.vectors is None:
            raise InputError(
                "nothing has been clustered yet: a head of clusters needs a PseudoLabelHook in "
                "custom_hooks and a PseudoLabelledDataset in train_dataloader"
            )
        return self.vectors

    def places(self, labels: Tensor | None, cameras: Tensor | None) -> Tensor:
        """Return the proxy of each picture, -1 for one in no cluster, int64, shape (B,).

        Args:
            labels: Cluster of each picture, negative for none, int64, shape (B,).
            cameras: Camera of each picture, int64, shape (B,).

        Raises:
            InputError: If the batch lacks what is needed.
        """
        vectors = self.known_vectors()
        if labels is None or (self.by_camera and cameras is None):
            what = "pseudo labels" if labels is None else "camera ids"
            raise InputError(
                f"a head of clusters met a batch without {what}; the training data must be a "
                "PseudoLabelledDataset, drawn by a ClusterSampler"
            )
        own = cameras if self.by_camera and cameras is not None else torch.zeros_like(labels)
        width = torch.maximum(self.cameras.max(), own.max()) + 1
        keys, wanted = self.clusters * width + self.cameras, labels * width + own
        found = torch.searchsorted(keys, wanted).clamp(max=len(vectors) - 1)
        return found.where((labels >= 0) & (keys[found] == wanted), -1)

    @torch.no_grad()
    def follow(self, features: Tensor, places: Tensor) -> None:
        """Move the proxies towards the features of all ranks; every rank must call it.

        A feature that is not finite, of a step that training skips, moves nothing.

        Args:
            features: Of unit length, on this rank, shape (B, D).
            places: Proxy of each, -1 for none, shape (B,).
        """
        finite = features.isfinite().all(dim=1)
        places = places.where(finite, -1)
        # A new tensor: autograd still needs the old one.
        self.vectors = followed(
            self.known_vectors(),
            gather_with_grad(features.detach().nan_to_num()),
            gather_with_grad(places),
            momentum=self.momentum,
            hardest=self.hardest,
        )
