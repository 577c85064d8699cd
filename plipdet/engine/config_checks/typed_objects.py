"""Objects of a config, each with the type that is built from it."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Collection, Mapping
from typing import Any

from mmengine.registry import Registry

from plipdet import registry as ours
from plipdet.engine import registries as engines
from plipdet.engine.signatures import Signature
from plipdet.errors import InputError, near

Check = Callable[[Any, str], None]
"""Of a value and its path in the config; it raises an InputError."""
_CHILD_REGISTRIES: dict[str, Registry] = {
    "source": ours.SOURCES,
    "sources": ours.SOURCES,
    "images": ours.IMAGE_STORES,
    "pipeline": ours.TRANSFORMS,
    "plain_pipeline": ours.TRANSFORMS,
    "transforms": ours.TRANSFORMS,
    "tokenizer": ours.TRANSFORMS,
    "dataset": ours.DATASETS,
    "datasets": ours.DATASETS,
    "labelled": ours.DATASETS,
    "unlabelled": ours.DATASETS,
    "data_preprocessor": ours.MODELS,
    "vis_backends": engines.VISBACKENDS,
    "metrics": ours.METRICS,
    "rerank": ours.RERANKERS,
}
# Options whose names belong to another package; the class checks them itself when built.
_OPAQUE = {("MMPretrainBackbone", "backbone")}


def refuse_scalar(node: Any, where: str) -> None:
    """Refuse a number, a string or a truth value where a dict belongs.

    Args:
        node: The value.
        where: Its path in the config, as ``--cfg-options`` writes it; so in all functions here.

    Raises:
        InputError: If it is one.
    """
    if isinstance(node, (bool, int, float, str)):
        raise InputError(
            f"{where} is {node!r}; expected a dict (see the configs in configs/_base_)"
        )


def check_known(node: Mapping[str, Any], where: str, known: Collection[str]) -> None:
    """Check that a dict has keys of a list only.

    Raises:
        InputError: If it has another.
    """
    refuse_scalar(node, where)
    for key in node:
        if key not in known:
            match = difflib.get_close_matches(str(key), list(known), n=1, cutoff=0.5)
            hint = f"did you mean {match[0]!r}?" if match else f"it knows {sorted(known)}"
            raise InputError(f"{where} has no setting {key!r}; {hint}")


def check_object(
    node: Any,
    where: str,
    registry: Registry,
    *,
    default: Any = None,
    extra: Collection[str] = (),
    supplied: Collection[str] | None = (),
) -> None:
    """Check an object's type and options, and those of the objects in it.

    Args:
        node: Its config; what has been built already is not looked at.
        where: Its path.
        registry: Where its type is looked for.
        default: Type of one that names none.
        extra: Options that somebody else reads.
        supplied: Options that whoever builds it gives; ``None`` if that is not known.

    Raises:
        InputError: If the type is unknown, or its class does not take an option or lacks one.
    """
    refuse_scalar(node, where)
    if not isinstance(node, Mapping):
        return  # a built object
    kind = node.get("type", default)
    if kind is None:
        raise InputError(f"{where} needs a 'type'; its keys are {sorted(map(str, node))}")
    try:
        cls = ours.resolve(kind, registry)
    except InputError as error:
        raise InputError(f"{where}.type: {error}") from None
    arguments = {k: v for k, v in node.items() if k not in ("type", "_scope_")}
    Signature(cls).check(arguments, where=where, extra=extra, supplied=supplied)
    if registry is ours.TASKS:
        registry = ours.MODELS  # of which its parts are
    for key, value in arguments.items():
        if key not in extra and (getattr(cls, "__name__", ""), key) not in _OPAQUE:
            _check_children(value, f"{where}.{key}", _CHILD_REGISTRIES.get(key, registry), cls)


def _check_children(value: Any, where: str, registry: Registry, parent: Any) -> None:
    if isinstance(value, (list, tuple)):
        for number, item in enumerate(value):
            _check_children(item, f"{where}.{number}", registry, parent)
    elif isinstance(value, Mapping) and "type" in value:
        if _must_be_known(value["type"], registry, parent):
            check_object(value, where, registry, supplied=_filled_by_parent(registry))
    elif isinstance(value, Mapping):
        typed = [k for k, v in value.items() if isinstance(v, Mapping) and "type" in v]
        for key, item in value.items():
            if typed and isinstance(item, Mapping) and key not in typed:
                raise InputError(
                    f"{where}.{key} needs a 'type', as its neighbours have{near(key, typed)}"
                )
            _check_children(item, f"{where}.{key}", registry, parent)


def _filled_by_parent(registry: Registry) -> tuple[str, ...] | None:
    # Encoders give their heads the widths, a visualizer its backends the folder.
    return None if registry in (ours.MODELS, ours.TASKS, engines.VISBACKENDS) else ()


def _must_be_known(kind: Any, registry: Registry, parent: Any) -> bool:
    if not isinstance(kind, str):
        return callable(kind)
    if str(getattr(parent, "__module__", "")).startswith(("plipdet.", "mmengine.")):
        return True
    # A plug-in's class may have names of its own there; but a near miss is a mistake.
    known = [name for r in (registry, registry.parent) if r for name in r.module_dict]
    return bool(difflib.get_close_matches(kind, known, n=1, cutoff=0.75))


def check_each(check: Check) -> Check:
    """Return a check of a list's items, or of a value that is no list."""

    def check_all(node: Any, where: str) -> None:
        if isinstance(node, (list, tuple)):
            for number, item in enumerate(node):
                check(item, f"{where}.{number}")
        else:
            check(node, where)

    return check_all


def check_kind(
    registry: Registry, default: Any = None, supplied: Collection[str] | None = ()
) -> Check:
    """Return :func:`check_object` for one kind of object."""

    def check(node: Any, where: str) -> None:
        check_object(node, where, registry, default=default, supplied=supplied)

    return check
