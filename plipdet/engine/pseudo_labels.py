"""Pseudo labels of a data set: embed, gather, group."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from mmengine.runner import Runner
from torch import Tensor
from torch.nn.modules.batchnorm import _BatchNorm
from torch.utils.data import DataLoader
from tqdm import tqdm

from plipdet.datasets import PersonDataset, PersonSampler, PseudoLabelledDataset, collate
from plipdet.distributed import gather_rows, is_main
from plipdet.engine.training_state import untouched_randomness
from plipdet.errors import InputError
from plipdet.functional.cluster_agreement import cluster_agreement
from plipdet.functional.clustering import OUTLIER


def plain_loader(runner: Runner, dataset: PersonDataset, **options: Any) -> DataLoader:
    """Return a loader that gives each item once, in parts to the ranks.

    Args:
        runner: The runner.
        dataset: Through a pipeline without anything random.
        **options: Of the loader, such as ``batch_size``.
    """
    config = {
        "dataset": dataset,
        "sampler": {"type": PersonSampler, "shuffle": False},
        "collate_fn": {"type": collate},
        "drop_last": False,
        **options,
    }
    return runner.build_dataloader(config, seed=runner.seed)


@torch.no_grad()
def embed_items(runner: Runner, loader: DataLoader, *, label: str) -> Tensor:
    """Return the embedding of each item as it is, without mirror image, on every rank.

    The model computes as when it is tested; the random state of training is left alone.

    Args:
        runner: The runner; every rank must call it.
        loader: Of :func:`plain_loader`.
        label: Of the progress bar.

    Returns:
        Of unit length, float32, shape (items, D); not a number where another item took the place.
    """
    model = runner.model
    model.eval()
    rows, embeddings = [], []
    for batch in _batches(loader, label):
        data = runner.bare_model.data_preprocessor(batch, False)  # type: ignore[attr-defined]
        embedding = model(**data, mode="embed")["image"]
        rows.append(batch.rows.to(embedding.device))
        embeddings.append(F.normalize(embedding.float(), dim=1))
    order, gathered = gather_rows(torch.cat(rows)), gather_rows(torch.cat(embeddings))
    if not bool(gathered.isfinite().all()):
        raise InputError(
            "embeddings of the training pictures are not finite, so they cannot be clustered; "
            "check the weights, or lower the learning rate"
        )
    items = gathered.new_full((len(loader.dataset), gathered.shape[1]), torch.nan)  # type: ignore[arg-type]
    items[order] = gathered
    return items


@torch.no_grad()
def settle_norms(runner: Runner, loaders: Sequence[DataLoader]) -> None:
    """Let batch norms that have seen nothing see the training pictures once, on all ranks.

    A new norm does nothing to the pictures that are clustered, and centres those that are trained
    on: the first epoch's proxies would lie elsewhere than the features that seek them. The random
    state of training is left alone.

    Args:
        runner: The runner; every rank must call it.
        loaders: Of :func:`plain_loader`.
    """
    norms = [m for m in runner.model.modules() if isinstance(m, _BatchNorm) and _is_new(m)]
    if not norms:
        return
    runner.model.eval()
    momenta = [norm.momentum for norm in norms]
    for norm in norms:
        norm.momentum = None  # the mean over all batches
        norm.train()
    for loader in loaders:
        for batch in _batches(loader, "settling norms"):
            data = runner.bare_model.data_preprocessor(batch, False)  # type: ignore[attr-defined]
            if len(data["batch"]) > 1:  # a single picture has no variance
                runner.model(**data, mode="embed")
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum
        for statistic in (norm.running_mean, norm.running_var):
            assert statistic is not None, "the norm is new, so it has statistics"
            statistic.copy_(gather_rows(statistic[None]).mean(dim=0))
    runner.model.eval()


def _is_new(norm: _BatchNorm) -> bool:
    mean, variance = norm.running_mean, norm.running_var
    if mean is None or variance is None:
        return False
    return not bool(mean.any()) and bool((variance == 1).all())


def _batches(loader: DataLoader, label: str) -> Iterator[Any]:
    with untouched_randomness():
        yield from tqdm(loader, label, delay=2.0, leave=False, disable=not is_main())


def check_clusters(labels: np.ndarray, *, eps: float, min_samples: int) -> None:
    """See that there are clusters to tell apart.

    Args:
        labels: Cluster of each picture, negative for none, int64.
        eps: That they were found with.
        min_samples: Likewise.

    Raises:
        InputError: If there is none, or one.
    """
    found = len(np.unique(labels[labels >= 0]))
    if found == 0:
        raise InputError(
            f"none of {len(labels)} pictures is in a cluster: no {min_samples} of them lie within "
            f"eps = {eps} of one another. Raise eps of PseudoLabelHook (0.6, 0.7), lower "
            "min_samples, or begin with weights that know people: --load-from"
        )
    if found == 1:
        raise InputError(
            f"{int((labels >= 0).sum())} of {len(labels)} pictures are in one cluster and the rest "
            f"in none, so there is nobody to tell apart. Lower eps of PseudoLabelHook ({eps}), or "
            "begin with weights that know people: --load-from"
        )


def figures(labels: np.ndarray, dataset: PseudoLabelledDataset) -> dict[str, float]:
    """Return what to log of a clustering of the unlabelled items.

    Args:
        labels: Cluster of each of them, from 0, int64.
        dataset: Whose identities, where the source has some, are compared with the clusters and
            used for nothing else.
    """
    clusters = int(labels.max()) + 1
    inside = int((labels != OUTLIER).sum())
    found = {
        "clusters": clusters,
        "outliers": len(labels) - inside,
        "mean_size": inside / clusters,
    }
    try:
        identities = dataset.unlabelled.person_ids()
    except InputError:  # some have an identity and some have none: nothing to compare with
        identities = None
    if identities is None:
        return found
    return {**found, **cluster_agreement(labels, identities)}
