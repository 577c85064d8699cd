"""Loaders of a config: their data, samplers, and how batches are cut."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch.utils.data import DataLoader

from plipdet import registry as ours
from plipdet.datasets import ClusterSampler, IdentitySampler
from plipdet.engine import registries as engines
from plipdet.engine.signatures import Signature
from plipdet.errors import InputError

from .typed_objects import check_known, check_object, refuse_scalar

# Of retrieval, and of attributes that are scored by a head that was not trained.
_SIDES = ("query", "gallery", "labelled", "reference")


def check_loaders(node: Any, where: str) -> None:
    """Check a loader, or several by their sides.

    Raises:
        InputError: If a part is missing, unknown, or does not fit the others.
    """
    if isinstance(node, Mapping) and "dataset" not in node:
        sides = [k for k in node if isinstance(node[k], Mapping) and "dataset" in node[k]]
        if sides:
            check_known(node, where, _SIDES)
            for side in sides:
                _check_loader(node[side], f"{where}.{side}")
            return
    _check_loader(node, where)


def _check_loader(node: Any, where: str) -> None:
    refuse_scalar(node, where)
    if not isinstance(node, Mapping):
        return
    objects = {"dataset", "sampler", "batch_sampler", "collate_fn", "worker_init_fn"}
    extra = {*objects, "num_batch_per_epoch", "disable_subprocess_warning"}
    Signature(DataLoader).check(node, where=where, extra=extra, supplied=("dataset",))
    for key in ("dataset", "sampler"):
        if key not in node:
            raise InputError(f"{where} needs a {key!r}; its keys are {sorted(node)}")
    for key, least in (("batch_size", 1), ("num_workers", 0)):
        if isinstance(node.get(key), int) and node[key] < least:
            raise InputError(f"{where}.{key} is {node[key]}; the least is {least}")
    check_object(node["dataset"], f"{where}.dataset", ours.DATASETS)
    handed_on = {"drop_last"} & set(node)  # to a batch sampler, by the runner
    samplers = ("dataset", "seed", "sampler", "batch_size", *handed_on)
    for key in ("sampler", "batch_sampler"):
        check_object(node.get(key), f"{where}.{key}", ours.DATA_SAMPLERS, supplied=samplers)
    for key in ("collate_fn", "worker_init_fn"):
        check_object(node.get(key), f"{where}.{key}", engines.FUNCTIONS, supplied=None)
    _check_identity_batches(node, where)


def _check_identity_batches(node: Mapping[str, Any], where: str) -> None:
    """See that the loader cuts a sampler's identities where they end."""
    sampler = node["sampler"]
    if not isinstance(sampler, Mapping):
        return
    kind = ours.resolve(sampler["type"], ours.DATA_SAMPLERS)
    if kind not in (IdentitySampler, ClusterSampler):
        return
    if node.get("batch_sampler") is not None:
        raise InputError(
            f"{where} has {kind.__name__} and a batch_sampler, which exclude each other: its "
            "batches of P people with K pictures each would be torn apart; leave one out"
        )
    identities, images = sampler["identities"], sampler["images"]
    if node.get("batch_size", 1) != identities * images:
        raise InputError(
            f"{where}.batch_size is {node.get('batch_size', 1)}; {kind.__name__}(identities="
            f"{identities}, images={images}) needs {identities * images}"
        )
