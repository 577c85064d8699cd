"""Starting a training from the weights of another: which parts are taken over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from plipdet.errors import InputError, near


def check_start_is_named(cfg: Mapping[str, Any]) -> None:
    """Check that a training which takes parts over and resumes nothing says from which file.

    Raises:
        InputError: If it does not; training from random weights has to be asked for.
    """
    if cfg.get("train_cfg") and cfg.get("load_from_parts") and not cfg.get("load_from"):
        raise InputError(
            "this config starts from pre-trained weights: give --load-from CHECKPOINT, or "
            "--from-scratch to train all of it anew"
        )


def weights_of_parts(
    model: nn.Module, weights: Mapping[str, Tensor], parts: Sequence[str], *, source: str | Path
) -> dict[str, Tensor]:
    """Return the weights of some parts of a model, after checking that each part is complete.

    Args:
        model: The model as built from the config.
        weights: Tensors by name.
        parts: Starts of names, such as ``"image_encoder.backbone."``.
        source: The file's name, for the message.

    Raises:
        InputError: If the model has no such part, or the file does not have the whole of it.
    """
    if isinstance(parts, str):
        parts = (parts,)
    own = model.state_dict()
    tops = {".".join(name.split(".")[:n]) for name in own for n in (1, 2)}
    for part in parts:
        if not any(name.startswith(part) for name in own):
            raise InputError(
                f"load_from_parts names {part!r}, with which no weight of this "
                f"{type(model).__name__} begins{near(part, tops)}; its parts are {sorted(tops)}"
            )
    chosen = {k: v for k, v in weights.items() if k.startswith(tuple(parts))}
    wanted = {k: v for k, v in own.items() if k.startswith(tuple(parts))}
    fits = [k for k, v in wanted.items() if k in chosen and chosen[k].shape == v.shape]
    wrong = [k for k in wanted if k not in fits]
    if wrong:
        state = "lacks" if wrong[0] not in chosen else "has another shape of"
        raise InputError(
            f"{source} has {len(fits)} of the {len(wanted)} weights that training starts from "
            f"({', '.join(parts)}); it {state} {wrong[0]!r}. Name a file of the same encoders, or "
            "the parts it has in load_from_parts"
        )
    return {k: v for k, v in chosen.items() if k in wanted}


def meet_weights(model: nn.Module, weights: Mapping[str, Tensor]) -> None:
    """Let a model make what training data would size as large as in a file, on its own device.

    Args:
        model: Built without training data, perhaps moved to a device since.
        weights: The whole file's, by name; they are checked and loaded afterwards.
    """
    meet: Any = getattr(model, "meet_weights", None)
    if meet is not None:
        with next((p.device for p in model.parameters()), torch.device("cpu")):
            meet(weights)


def check_same_classes(
    model: nn.Module, weights: Mapping[str, Tensor], *, source: str | Path
) -> None:
    """Check that classifiers, to be resumed, are of the people and attributes to train on.

    Raises:
        InputError: If they are of others, whose weights would be taken for theirs.
    """
    kinds = {"identities": "people", "names": "attributes"}
    for name, own in model.state_dict().items():
        kind = kinds.get(name.rpartition(".")[2])
        if kind is not None and not torch.equal(own.cpu(), weights[name]):
            raise InputError(
                f"{source} was trained on other {kind} than these data show ({name}); resume on "
                "the same data, or start anew with --load-from"
            )
