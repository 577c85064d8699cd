"""torch.compile for the parts of a task that are all arithmetic."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from typing import Any

import torch
from mmengine.logging import print_log
from torch import nn

from plipdet.errors import InputError, near
from plipdet.models.recompute import has_running_statistics

_COMPILERS = ("g++", "clang++", "c++", "gcc", "clang", "cc")


def compile_parts(task: nn.Module, options: Mapping[str, Any] | None = None) -> list[str]:
    """Compile the encoders and the heads of a task, each for itself and in place.

    MMEngine compiles ``train_step`` as a whole, with the backward pass, the optimizer and the log
    in it, which are no graph. Here the parts that are nothing but arithmetic are compiled, at their
    first use, and what lies between them (gathering over ranks, drawing masks) runs as it is.
    Names of weights do not change.

    An encoder with batch norms that computes activations again stays as it is: compiled, the second
    computation would need running statistics that another view has changed meanwhile.

    Args:
        task: Its children ``image_encoder``, ``text_encoder`` and the items of ``heads`` that have
            a ``forward`` are compiled; of a task with no encoder, all children.
        options: Arguments of ``torch.compile``.

    Returns:
        The names of what was compiled.

    Raises:
        InputError: If the backend is unknown, or there is no compiler for it.
    """
    options = dict(options or {})
    _check_backend(options.get("backend", "inductor"))
    names = []
    for name, module in _parts(task):
        if getattr(module, "activation_checkpointing", False) and has_running_statistics(module):
            print_log(f"{name} is not compiled: it has activation_checkpointing", "current")
            continue
        module.compile(**options)
        names.append(name)
    print_log(f"torch.compile at first use: {', '.join(names)}", "current")
    return names


def check_compiler(setting: str) -> None:
    """Check that there is what ``torch.compile`` needs.

    Args:
        setting: What asks for it, for the message.

    Raises:
        InputError: If there is no C++ compiler.
    """
    named = [os.environ[name] for name in ("CC", "CXX") if os.environ.get(name)]
    if not any(shutil.which(c) for c in (*named, *_COMPILERS)):
        raise InputError(
            f"{setting}: torch.compile needs a C++ compiler, and there is none; install g++, name "
            "one in the environment variable CXX, or leave the setting out"
        )


def _check_backend(backend: Any) -> None:
    known = torch.compiler.list_backends(exclude_tags=())
    if isinstance(backend, str) and backend not in known:
        raise InputError(f"compile.backend is {backend!r}{near(backend, known)}; one of {known}")
    if backend == "inductor":
        check_compiler("compile")


def _parts(task: nn.Module) -> Iterator[tuple[str, nn.Module]]:
    encoders = [n for n in ("image_encoder", "text_encoder") if getattr(task, n, None) is not None]
    for name in encoders or [n for n, _ in task.named_children()]:
        yield name, getattr(task, name)
    heads = getattr(task, "heads", None) if encoders else None
    for name, head in heads.items() if isinstance(heads, nn.ModuleDict) else ():
        if hasattr(type(head), "forward") and type(head).forward is not nn.Module.forward:
            yield f"heads.{name}", head
