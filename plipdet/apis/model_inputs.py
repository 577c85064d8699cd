"""ModelInputs: how a config turns a crop or a sentence into what its model reads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mmengine.config import Config

from plipdet.datasets.text import CaptionTokenizer
from plipdet.datasets.transforms import LoadPersonImage, RandomResizedPerson, ResizePerson
from plipdet.errors import InputError
from plipdet.registry import TRANSFORMS, build

from .task_inputs import LOADERS, TaskInputs, first_entry, first_tokenizer, loaders_of


@dataclass(slots=True, frozen=True)
class ModelInputs(TaskInputs):
    """The transforms without randomness.

    Args:
        resize: Resizes a picture as in the config.
        tokenizer: Cuts a sentence into word pieces; ``None`` where the config reads no texts.
    """

    reads = "crops of people"
    resize: ResizePerson
    tokenizer: CaptionTokenizer | None

    @classmethod
    def from_config(cls, cfg: Config) -> ModelInputs:
        """Find them in the loaders of a config, those of testing first.

        Raises:
            InputError: If no loader resizes pictures.
        """
        loaders = loaders_of(cfg)
        resize = first_entry(loaders, ResizePerson)
        part = first_entry(loaders, RandomResizedPerson)  # of a training without tests
        if resize is None and part is not None:
            resize = {k: part[k] for k in ("size", "interpolation") if k in part}
            resize["type"] = ResizePerson
        if resize is None:
            raise InputError(
                f"none of {', '.join(LOADERS)} in the config has a pipeline with ResizePerson, so "
                "the size of the model's pictures is not known"
            )
        return cls(build(resize, TRANSFORMS), first_tokenizer(loaders))

    @property
    def image_pipeline(self) -> list[Any]:
        """Transforms from a row to the model's picture."""
        return [LoadPersonImage(), self.resize]
