"""PersonOptimWrapperConstructor: few parameter groups, each with a name."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from mmengine.logging import MMLogger
from mmengine.optim import DefaultOptimWrapperConstructor, OptimWrapper
from torch import nn

from plipdet.engine.registries import OPTIM_WRAPPER_CONSTRUCTORS, OPTIM_WRAPPERS
from plipdet.errors import InputError, near
from plipdet.registry import OPTIMIZERS, build

from .person_optim_wrapper import PersonOptimWrapper


@OPTIM_WRAPPER_CONSTRUCTORS.register_module()
class PersonOptimWrapperConstructor(DefaultOptimWrapperConstructor):
    """MMEngine's parameter-wise rules, with equal groups joined.

    MMEngine makes one group per parameter as soon as ``paramwise_cfg`` is given; then a
    multi-tensor optimizer runs hundreds of single-tensor updates a step. Here parameters of the
    same part of the model with the same settings share a group, whose ``name`` is that part:
    ``image`` for ``image_encoder``, ``text`` for ``text_encoder``, else the child's name.

    One more rule is known, ``layer_decay``: a learning rate is multiplied by it once for each layer
    between the parameter and the output of its encoder, and once more (Clark et al., ELECTRA, ICLR
    2020; BEiT): the last layer has it once, what comes after the encoder not at all. Layers are
    the blocks of a transformer and the stages of :class:`~plipdet.models.PLIPResNet`; their groups
    are named ``image_layer_0`` (the one that sees the picture), and so on.

    Args:
        optim_wrapper_cfg: The wrapper's config, with ``optimizer`` in it.
        paramwise_cfg: MMEngine's parameter-wise options, and ``layer_decay``: a factor above 0 and
            up to 1, or a dict of them by encoder, such as ``dict(image_encoder=0.65)``.
    """

    def __call__(self, model: nn.Module) -> OptimWrapper:
        """Return the wrapper of an optimizer over the model's trainable parameters."""
        model = getattr(model, "module", model)
        check_custom_keys(model, self.paramwise_cfg)
        config = dict(self.optimizer_cfg)
        config["params"] = self._groups(model)
        optimizer = build(config, OPTIMIZERS)
        wrapper = {"type": PersonOptimWrapper, **self.optim_wrapper_cfg}
        return build({**wrapper, "optimizer": optimizer}, OPTIM_WRAPPERS)

    def _groups(self, model: nn.Module) -> list[dict[str, Any]]:
        single: list[dict[str, Any]] = []
        with _quiet_log():
            self.add_params(single, model)
        layers = layer_factors(model, (self.paramwise_cfg or {}).get("layer_decay"))
        kinds = {id(p): _kind(name) for name, p in model.named_parameters()}
        factors = {id(p): layers[name] for name, p in model.named_parameters() if name in layers}
        joined: dict[tuple[Any, ...], dict[str, Any]] = {}
        seen: set[int] = set()
        for group in single:
            parameter = group.pop("params")[0]
            if id(parameter) in seen:  # one tensor under two names, as tied embeddings are
                continue
            seen.add(id(parameter))
            name = kinds[id(parameter)]
            if id(parameter) in factors:
                layer, factor = factors[id(parameter)]
                rate = group.get("lr", self.base_lr)
                if rate is None:
                    raise InputError("paramwise_cfg.layer_decay needs an lr of the optimizer")
                name, group["lr"] = f"{name}_layer_{layer}", rate * factor
            key = (name, *sorted(group.items()))
            joined.setdefault(key, {"params": [], "name": name, **group})
            joined[key]["params"].append(parameter)
        if not joined:
            raise InputError(f"{type(model).__name__} has no trainable parameter; unfreeze a part")
        return list(joined.values())


def check_custom_keys(model: nn.Module, paramwise_cfg: Mapping[str, Any] | None) -> None:
    """Check that each of ``custom_keys`` is in the name of a parameter.

    Raises:
        InputError: If a key names no parameter, so that its settings would be lost.
    """
    names = [name for name, _ in model.named_parameters()]
    for key in (paramwise_cfg or {}).get("custom_keys", {}):
        if not any(key in name for name in names):
            raise InputError(
                f"paramwise_cfg.custom_keys has {key!r}, which is in no parameter's name of "
                f"{type(model).__name__}{near(key, _prefixes(names))}"
            )


def layer_factors(model: nn.Module, decay: Any) -> dict[str, tuple[int, float]]:
    """Return the layer, counted from the input, and the factor of parameters' learning rates.

    Args:
        model: Its children with ``steps_to_output`` have layers; parameters of others are left out.
        decay: See :class:`PersonOptimWrapperConstructor`; ``None`` for no decay.

    Raises:
        InputError: If a factor is out of range, an encoder is unknown, or has no layers.
    """
    if decay is None:
        return {}
    parts = [name for name, _ in model.named_children()]
    decays = dict(decay) if isinstance(decay, Mapping) else dict.fromkeys(parts, decay)
    for part, factor in decays.items():
        if part not in parts:
            raise InputError(
                f"paramwise_cfg.layer_decay has {part!r}{near(part, parts)}; the parts of this "
                f"{type(model).__name__} are {parts}"
            )
        if not isinstance(factor, (int, float)) or not 0 < factor <= 1:
            raise InputError(f"paramwise_cfg.layer_decay is {factor!r}; above 0 and up to 1")
    found: dict[str, tuple[int, float]] = {}
    for prefix, module in model.named_modules():
        part = prefix.split(".", 1)[0]
        if part in decays and hasattr(module, "steps_to_output"):
            steps = module.steps_to_output()
            top = max(steps.values())
            found.update({f"{prefix}.{k}": (top - n, decays[part] ** n) for k, n in steps.items()})
    for part in decays:
        if isinstance(decay, Mapping) and not any(name.startswith(f"{part}.") for name in found):
            raise InputError(f"paramwise_cfg.layer_decay names {part!r}, which has no layers")
    return found


def _prefixes(names: Iterable[str]) -> set[str]:
    parts = [name.split(".") for name in names]
    return {".".join(p[:n]) for p in parts for n in range(1, len(p) + 1)}


def _kind(name: str) -> str:
    return name.split(".", 1)[0].removesuffix("_encoder")


@contextmanager
def _quiet_log() -> Iterator[None]:
    # add_params writes a line for every parameter, and a warning for every frozen one.
    logger = MMLogger.get_current_instance()
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)
