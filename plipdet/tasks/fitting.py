"""Building a part whose widths its neighbours know."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

from plipdet.errors import InputError
from plipdet.registry import MODELS, build, resolve


def build_fitting(config: Any, known: Mapping[str, Any], *, name: str, givers: str) -> Any:
    """Return a built part, or the part a config describes, with what its neighbours know.

    Args:
        config: Module or config; a config may leave out arguments that ``known`` has.
        known: What the neighbours give, by the name of the argument.
        name: What the part is called, for the message.
        givers: What the neighbours are called, for the message.

    Raises:
        InputError: If the part has an attribute of one of the names with another value.
    """
    defaults: dict[str, Any] = {}
    if isinstance(config, Mapping) and "type" in config:
        accepted = inspect.signature(resolve(config["type"], MODELS)).parameters
        defaults = {k: v for k, v in known.items() if k in accepted}
    part = build(config, MODELS, **defaults)
    for key, value in known.items():
        given = getattr(part, key, value)
        if given is not value and given != value:
            raise InputError(f"{name} has {key}={given}, {givers} give {value}")
    return part
