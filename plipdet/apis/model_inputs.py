"""ModelInputs: how a config turns a picture or a sentence into what its model reads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mmengine.config import Config

from plipdet.datasets.text import CaptionTokenizer
from plipdet.datasets.transforms import (
    LoadPersonImage,
    RandomResizedPerson,
    ResizePerson,
    TokenizeCaption,
)
from plipdet.errors import InputError
from plipdet.registry import TRANSFORMS, build
from plipdet.tasks import PersonTask

_ATTRIBUTE = "inputs"  # of a loaded task; no weight, so no part of its state
_LOADERS = ("test_dataloader", "val_dataloader", "train_dataloader")


@dataclass(slots=True, frozen=True)
class ModelInputs:
    """The transforms without randomness.

    Args:
        resize: Resizes a picture as in the config.
        tokenizer: Cuts a sentence into word pieces; ``None`` where the config reads no texts.
    """

    resize: ResizePerson
    tokenizer: CaptionTokenizer | None

    @classmethod
    def from_config(cls, cfg: Config) -> ModelInputs:
        """Find them in the loaders of a config, those of testing first.

        Raises:
            InputError: If no loader resizes pictures.
        """
        plain = cfg.to_dict()
        loaders = [plain[name] for name in _LOADERS if plain.get(name)]
        resize = next(_entries(loaders, ResizePerson), None)
        part = next(_entries(loaders, RandomResizedPerson), None)  # of a training without tests
        if resize is None and part is not None:
            shared = {k: part[k] for k in ("size", "interpolation") if k in part}
            resize = {"type": ResizePerson, **shared}
        if resize is None:
            raise InputError(
                f"none of {', '.join(_LOADERS)} in the config has a pipeline with ResizePerson, so "
                "the size of the model's pictures is not known"
            )
        tokenize = next(_entries(loaders, TokenizeCaption), None)
        tokenizer = None if tokenize is None else build(tokenize, TRANSFORMS).tokenizer
        return cls(build(resize, TRANSFORMS), tokenizer)

    @classmethod
    def attach(cls, task: PersonTask, cfg: Config) -> None:
        """Let a task carry the inputs of its config, where the config has any."""
        try:
            found = cls.from_config(cfg)
        except InputError as error:
            task.__dict__[_ATTRIBUTE] = str(error)  # said to who needs them, and to nobody else
        else:
            task.__dict__[_ATTRIBUTE] = found

    @classmethod
    def of(cls, task: PersonTask) -> ModelInputs:
        """Return the inputs that a loaded task carries.

        Raises:
            InputError: If its config has none, or the task was not made by ``load_model``.
        """
        found = task.__dict__.get(_ATTRIBUTE)
        if isinstance(found, cls):
            return found
        why = found or "this task was not made by load_model, which finds them"
        raise InputError(
            f"pictures and sentences need inputs=ModelInputs(...), to be read as in training: {why}"
        )

    @property
    def image_pipeline(self) -> list[Any]:
        """Transforms from a row to the model's picture."""
        return [LoadPersonImage(), self.resize]

    def need_tokenizer(self) -> CaptionTokenizer:
        """Return the tokenizer.

        Raises:
            InputError: If the config has none.
        """
        if self.tokenizer is None:
            raise InputError("the config has no TokenizeCaption, so its model reads no sentences")
        return self.tokenizer


def _entries(node: Any, wanted: type) -> Iterator[Mapping[str, Any]]:
    """Yield the configs of one transform, depth first."""
    if isinstance(node, Mapping):
        if "type" in node and _is(node["type"], wanted):
            yield node
        for value in node.values():
            yield from _entries(value, wanted)
    elif isinstance(node, (list, tuple)):
        for value in node:
            yield from _entries(value, wanted)


def _is(kind: Any, wanted: type) -> bool:
    return kind is wanted or (isinstance(kind, str) and kind.rsplit(".", 1)[-1] == wanted.__name__)
