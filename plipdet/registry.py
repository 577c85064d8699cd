"""The registries: what a config's ``type`` can name, by kind.

Each is a child of MMEngine's registry of the same kind, so that MMEngine's own classes are found
too. A config may name a class itself, or, as a string, its name here.
"""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Mapping
from typing import Any

from mmengine import registry as _mmengine
from mmengine.registry import Registry

from plipdet.errors import InputError

MODELS = Registry("model", parent=_mmengine.MODELS, scope="plipdet", locations=["plipdet.models"])
TASKS = Registry("task", parent=MODELS, scope="plipdet_tasks", locations=["plipdet.tasks"])
DATASETS = Registry(
    "dataset", parent=_mmengine.DATASETS, scope="plipdet", locations=["plipdet.datasets"]
)
SOURCES = Registry("source", scope="plipdet", locations=["plipdet.datasets.sources"])
IMAGE_STORES = Registry("image store", scope="plipdet", locations=["plipdet.datasets.stores"])
TRANSFORMS = Registry(
    "transform",
    parent=_mmengine.TRANSFORMS,
    scope="plipdet",
    locations=["plipdet.datasets.transforms"],
)
DATA_SAMPLERS = Registry(
    "data sampler",
    parent=_mmengine.DATA_SAMPLERS,
    scope="plipdet",
    locations=["plipdet.datasets.samplers"],
)
METRICS = Registry(
    "metric", parent=_mmengine.METRICS, scope="plipdet", locations=["plipdet.evaluation"]
)
RERANKERS = Registry("reranker", scope="plipdet", locations=["plipdet.evaluation"])
HOOKS = Registry(
    "hook", parent=_mmengine.HOOKS, scope="plipdet", locations=["plipdet.engine.hooks"]
)
LOOPS = Registry(
    "loop", parent=_mmengine.LOOPS, scope="plipdet", locations=["plipdet.engine.loops"]
)
OPTIMIZERS = Registry(
    "optimizer",
    parent=_mmengine.OPTIMIZERS,
    scope="plipdet",
    locations=["plipdet.engine.optim"],
)
RUNNERS = Registry(
    "runner", parent=_mmengine.RUNNERS, scope="plipdet", locations=["plipdet.engine"]
)
VISUALIZERS = Registry(
    "visualizer",
    parent=_mmengine.VISUALIZERS,
    scope="plipdet",
    locations=["plipdet.visualization"],
)

REGISTRIES: dict[str, Registry] = {
    "MODELS": MODELS,
    "TASKS": TASKS,
    "DATASETS": DATASETS,
    "SOURCES": SOURCES,
    "IMAGE_STORES": IMAGE_STORES,
    "TRANSFORMS": TRANSFORMS,
    "DATA_SAMPLERS": DATA_SAMPLERS,
    "METRICS": METRICS,
    "RERANKERS": RERANKERS,
    "HOOKS": HOOKS,
    "LOOPS": LOOPS,
    "OPTIMIZERS": OPTIMIZERS,
    "RUNNERS": RUNNERS,
    "VISUALIZERS": VISUALIZERS,
}


def build(config: Any, registry: Registry, **defaults: Any) -> Any:
    """Return ``config`` itself when it is a built object, else the object it describes.

    The one way a constructor turns a child's config into an object.

    Args:
        config: A built object, or a mapping with ``type`` (a class or a registered name) and
            keyword arguments.
        registry: Where a name is looked up.
        **defaults: Arguments for keys that the mapping leaves out.

    Raises:
        InputError: If the type is unknown, or a key is not an argument of it; the message
            suggests the nearest name.
    """
    if not isinstance(config, Mapping):
        return config
    arguments = {**defaults, **config}
    if "type" not in arguments:
        raise InputError(
            f"the config of the {registry.name} needs a 'type', the name of its class; "
            f"its keys are {sorted(config)}"
        )
    cls = resolve(arguments.pop("type"), registry)
    check_arguments(cls, arguments)
    return cls(**arguments)


def resolve(name: Any, registry: Registry) -> Any:
    """Return the class or function that a config's ``type`` names.

    Raises:
        InputError: If nothing of that name is registered.
    """
    if not isinstance(name, str):
        return name
    import mmengine.runner  # noqa: F401  # registers MMEngine's own classes, slow to import

    try:
        found = registry.get(name)
    except RuntimeError:  # MMEngine's answer to a dotted path that leads nowhere
        found = None
    if found is None:
        raise InputError(f"no {registry.name} is called {name!r}{_near_registered(name, registry)}")
    return found


def check_arguments(cls: Any, arguments: Mapping[str, Any], *, where: str = "") -> None:
    """Check keyword arguments against a callable's signature.

    Raises:
        InputError: If a key is no argument of ``cls``, or a required one is missing.
    """
    parameters = inspect.signature(cls).parameters
    open_ended = any(p.kind is p.VAR_KEYWORD for p in parameters.values())
    name = getattr(cls, "__name__", str(cls))
    place = f" (at {where})" if where else ""
    for key in arguments:
        if key not in parameters and not open_ended:
            known = [k for k in parameters if k != "self"]
            match = difflib.get_close_matches(str(key), known, n=1, cutoff=0.5)
            hint = f"did you mean {match[0]!r}?" if match else f"it knows {known}"
            raise InputError(f"{name} has no option {key!r}{place}; {hint}")
    for key, parameter in parameters.items():
        fills = parameter.kind not in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL)
        if fills and parameter.default is parameter.empty and key not in arguments:
            raise InputError(f"{name} needs the option {key!r}{place}")


def _near_registered(name: str, registry: Registry) -> str:
    known: list[str] = []
    at: Registry | None = registry
    while at is not None:
        known.extend(at.module_dict)
        at = at.parent
    match = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    return f"; did you mean {match[0]!r}?" if match else f"; known: {sorted(known)}"
