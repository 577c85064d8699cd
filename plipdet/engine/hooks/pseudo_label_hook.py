"""PseudoLabelHook: group the training pictures before each epoch, and train on the groups."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from mmengine.hooks import Hook
from mmengine.logging import HistoryBuffer
from mmengine.runner import EpochBasedTrainLoop, Runner
from torch import Tensor
from torch.utils.data import DataLoader

from plipdet.datasets import PseudoLabelledDataset
from plipdet.distributed import broadcast_object, is_main, run_together
from plipdet.engine.pseudo_labels import (
    check_clusters,
    embed_items,
    figures,
    plain_loader,
    settle_norms,
)
from plipdet.errors import InputError
from plipdet.functional.clustering import OUTLIER, check_clustering, cluster
from plipdet.models.heads.reid import ProxyMemory
from plipdet.registry import HOOKS

_KEY = "pseudo_labels"


@HOOKS.register_module()
class PseudoLabelHook(Hook):
    """Embed all training pictures, cluster them, and give clusters to sampler and heads.

    The data must be a :class:`plipdet.datasets.PseudoLabelledDataset`. All ranks embed, rank 0
    clusters (:func:`plipdet.functional.clustering.cluster`); pictures in no cluster are left out
    of the epoch. A labelled part of the data keeps its identities and is embedded too, for its
    proxies. The log has ``pseudo/clusters``, ``pseudo/outliers``, ``pseudo/mean_size`` and, where
    the source knows identities, ``pseudo/purity``, ``pseudo/nmi`` and ``pseudo/ari``
    (:func:`plipdet.functional.cluster_agreement.cluster_agreement`). Labels and proxies are part of
    a checkpoint, so that a run goes on with them in the middle of an epoch.

    Args:
        eps: Largest Jaccard distance of two neighbours, above 0 and below 1; larger makes fewer and
            larger clusters, and fewer outliers.
        min_samples: Neighbours, itself included, that make a picture the core of a cluster.
        k1: Neighbours that may be reciprocal.
        k2: Neighbours over which sets are averaged.
        batch_size: Pictures embedded at once on a rank.
        num_workers: Of the loader that embeds, on each rank.

    Raises:
        InputError: If an option is out of its range; if data, loop or heads are not made for this;
            if there are no two clusters.
    """

    priority = "ABOVE_NORMAL"

    def __init__(
        self,
        eps: float = 0.6,
        *,
        min_samples: int = 4,
        k1: int = 30,
        k2: int = 6,
        batch_size: int = 128,
        num_workers: int = 4,
    ) -> None:
        check_clustering(k1=k1, k2=k2, eps=eps, min_samples=min_samples)
        self.eps = eps
        self.min_samples = min_samples
        self.neighbours = {"k1": k1, "k2": k2}
        self.loader_options = {"batch_size": batch_size, "num_workers": num_workers}
        self._loaders: list[DataLoader] = []
        self._state: dict[str, Any] | None = None

    def before_train(self, runner: Runner) -> None:
        """Look at the parts that have to fit.

        Raises:
            InputError: If one does not.
        """
        loop, dataset = runner.train_loop, runner.train_dataloader.dataset
        if not isinstance(loop, EpochBasedTrainLoop):
            raise InputError(
                "PseudoLabelHook clusters before each epoch, and train_cfg counts iterations; set "
                "by_epoch=True and max_epochs"
            )
        if not isinstance(dataset, PseudoLabelledDataset):
            raise InputError(
                f"PseudoLabelHook finds a {type(dataset).__name__} in train_dataloader, which "
                "takes no labels; use PseudoLabelledDataset"
            )
        memories = _memories(runner)
        if not memories:
            raise InputError(
                "PseudoLabelHook finds no head that learns clusters; add a ClusterMemoryHead or "
                "CameraProxyHead to model.heads, or remove the hook"
            )
        cameras = dataset.camera_ids()
        for memory in memories.values():
            memory.check_cameras(cameras is not None)
        self._loaders = [
            plain_loader(runner, part, **self.loader_options) for part in dataset.plain()
        ]

    def before_train_epoch(self, runner: Runner) -> None:
        """Cluster, or take up the clusters of an epoch that a run before had begun."""
        if self._state is None or int(self._state["epoch"]) != runner.epoch:
            self._state = self._clustered(runner)
        memories, saved = _memories(runner), self._state["memories"]
        if set(memories) != set(saved):
            raise InputError(
                f"the checkpoint has the clusters of {sorted(saved)}, and this model has "
                f"{sorted(memories)}; resume with the heads that the run began with"
            )
        device = next(runner.model.parameters()).device
        runner.train_dataloader.dataset.labels = self._state["labels"].numpy()
        for name, memory in memories.items():
            memory.load(saved[name], device)

    def before_save_checkpoint(self, runner: Runner, checkpoint: dict[str, Any]) -> None:
        """Put labels and proxies into a checkpoint that training can go on from."""
        if self._state is not None and "optimizer" in checkpoint:
            now = {name: memory.state() for name, memory in _memories(runner).items()}
            checkpoint[_KEY] = {**self._state, "memories": now}

    def after_load_checkpoint(self, runner: Runner, checkpoint: dict[str, Any]) -> None:
        """Take up the clusters of the epoch that is gone on with."""
        if runner._resume:
            self._state = checkpoint.get(_KEY)

    def _clustered(self, runner: Runner) -> dict[str, Any]:
        """Return the labels of all items and the proxies of all heads, alike on all ranks."""
        start = time.monotonic()
        settle_norms(runner, self._loaders)
        features = [embed_items(runner, x, label="embedding") for x in self._loaders]
        embedded = time.monotonic()
        found = run_together(lambda: self._grouped(runner, features) if is_main() else None)
        answer = broadcast_object(found)
        assert answer is not None, "rank 0 has found something, or all have raised"
        state, shown = answer
        seconds = (embedded - start, time.monotonic() - embedded)
        _tell(runner, shown, seconds)
        return state

    def _grouped(
        self, runner: Runner, features: list[Tensor]
    ) -> tuple[dict[str, Any], dict[str, float]]:
        dataset: PseudoLabelledDataset = runner.train_dataloader.dataset
        target = features[-1]
        readable = target.isfinite().all(dim=1)
        if not bool(readable.all()):
            runner.logger.warning(
                f"{int((~readable).sum())} pictures cannot be read and are in no cluster"
            )
        labels = np.full(len(target), OUTLIER, np.int64)
        labels[readable.cpu().numpy()] = cluster(
            target[readable], eps=self.eps, min_samples=self.min_samples, **self.neighbours
        )
        check_clusters(labels, eps=self.eps, min_samples=self.min_samples)
        known = dataset.source_labels
        first = int(known.max()) + 1 if len(known) else 0
        whole = np.concatenate([known, np.where(labels == OUTLIER, OUTLIER, labels + first)])
        every = torch.cat(features).cpu()
        used = torch.from_numpy(whole).where(every.isfinite().all(dim=1), OUTLIER)
        cameras = dataset.camera_ids()
        own = None if cameras is None else torch.from_numpy(cameras.astype(np.int64))
        memories = {
            name: memory.made_of(every.nan_to_num(), used, own)
            for name, memory in _memories(runner).items()
        }
        state = {"epoch": runner.epoch, "labels": used, "memories": memories}
        return state, figures(labels, dataset)


def _memories(runner: Runner) -> dict[str, ProxyMemory]:
    modules = runner.bare_model.named_modules()  # type: ignore[attr-defined]
    return {name: m for name, m in modules if isinstance(m, ProxyMemory)}


def _tell(runner: Runner, shown: Mapping[str, float], seconds: tuple[float, float]) -> None:
    hub = runner.message_hub
    for name, value in shown.items():
        key = f"train/pseudo/{name}"
        hub.update_scalar(key, value)
        hub.log_scalars[key] = HistoryBuffer([value], [1], max_length=1)  # of this epoch, no mean
    agreement = {k: v for k, v in shown.items() if k in ("purity", "nmi", "ari")}
    truth = "".join(f", {name} {value:.3f}" for name, value in agreement.items())
    runner.logger.info(
        f"epoch {runner.epoch + 1}: {shown['clusters']} clusters of {shown['mean_size']:.1f} "
        f"pictures on average, {shown['outliers']} outliers{truth} (embedding {seconds[0]:.0f} s, "
        f"clustering {seconds[1]:.0f} s)"
    )
