"""TaskInputs: what a loaded task carries of its config, to read pictures and sentences alike."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from mmengine.config import Config

from plipdet.datasets.text import CaptionTokenizer
from plipdet.datasets.transforms import TokenizeBoxCaptions, TokenizeCaption
from plipdet.errors import InputError
from plipdet.registry import TRANSFORMS, build
from plipdet.tasks import PersonTask

_ATTRIBUTE = "inputs"  # of a loaded task; no weight, so no part of its state
LOADERS = ("test_dataloader", "val_dataloader", "train_dataloader")


class TaskInputs(ABC):
    """The transforms of a config without randomness."""

    __slots__ = ()
    reads: ClassVar[str]  # what a picture is to the task, for messages
    tokenizer: CaptionTokenizer | None

    @classmethod
    @abstractmethod
    def from_config(cls, cfg: Config) -> TaskInputs:
        """Find them in the loaders of a config, those of testing first.

        Raises:
            InputError: If no loader has what is needed.
        """

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
    def of(cls, task: PersonTask) -> Any:
        """Return the inputs that a loaded task carries, of this class.

        Raises:
            InputError: If its config has none, or the task was not made by ``load_model``.
        """
        found = task.__dict__.get(_ATTRIBUTE)
        if isinstance(found, cls):
            return found
        if isinstance(found, TaskInputs):
            raise InputError(
                f"{type(task).__name__} reads {found.reads}, not {cls.reads}; "
                "plipdet.apis.PersonSearcher takes either"
            )
        why = found or "this task was not made by load_model, which finds them"
        raise InputError(
            f"pictures and sentences need inputs={cls.__name__}(...), to be read as in training: "
            f"{why}"
        )

    def need_tokenizer(self) -> CaptionTokenizer:
        """Return the tokenizer.

        Raises:
            InputError: If the config has none.
        """
        if self.tokenizer is None:
            raise InputError(
                "the config has no TokenizeCaption or TokenizeBoxCaptions, so its model reads no "
                "sentences"
            )
        return self.tokenizer


def loaders_of(cfg: Config) -> list[Any]:
    """Return the loaders of a config, those of testing first."""
    plain = cfg.to_dict()
    return [plain[name] for name in LOADERS if plain.get(name)]


def first_entry(node: Any, *wanted: type) -> dict[str, Any] | None:
    """Return the first config of one of these transforms, or ``None`` if there is none."""
    return next((dict(entry) for entry in _entries(node, wanted)), None)


def first_tokenizer(loaders: Any) -> CaptionTokenizer | None:
    """Return the first tokenizer of some loaders, or ``None`` if they read no texts."""
    found = first_entry(loaders, TokenizeCaption, TokenizeBoxCaptions)
    return None if found is None else build(found, TRANSFORMS).tokenizer


def _entries(node: Any, wanted: tuple[type, ...]) -> Iterator[Mapping[str, Any]]:
    """Yield the configs of some transforms, depth first."""
    if isinstance(node, Mapping):
        if "type" in node and any(_is(node["type"], one) for one in wanted):
            yield node
        for value in node.values():
            yield from _entries(value, wanted)
    elif isinstance(node, (list, tuple)):
        for value in node:
            yield from _entries(value, wanted)


def _is(kind: Any, wanted: type) -> bool:
    return kind is wanted or (isinstance(kind, str) and kind.rsplit(".", 1)[-1] == wanted.__name__)
