"""SceneInputs: how a config of person search turns a whole picture or a sentence into inputs."""

from __future__ import annotations

from dataclasses import dataclass

from mmengine.config import Config

from plipdet.datasets.text import CaptionTokenizer
from plipdet.datasets.transforms import LoadScene, ResizeScene
from plipdet.errors import InputError
from plipdet.registry import TRANSFORMS, build

from .task_inputs import LOADERS, TaskInputs, first_entry, first_tokenizer, loaders_of


@dataclass(slots=True, frozen=True)
class SceneInputs(TaskInputs):
    """The size of scenes, and how sentences are cut.

    Args:
        size: Shorter and longer side that a picture is made as large as fits into, px; ``None``
            where pictures stay as they are.
        tokenizer: Cuts a sentence into word pieces; ``None`` where the config reads no texts.
    """

    reads = "whole pictures"
    size: tuple[int, int] | None
    tokenizer: CaptionTokenizer | None

    @classmethod
    def from_config(cls, cfg: Config) -> SceneInputs:
        """Find them in the loaders of a config, those of testing first.

        Raises:
            InputError: If no loader reads scenes.
        """
        loaders = loaders_of(cfg)
        if first_entry(loaders, LoadScene) is None:
            raise InputError(
                f"none of {', '.join(LOADERS)} in the config has a pipeline with LoadScene, so the "
                "size of the network's pictures is not known"
            )
        resize = first_entry(loaders, ResizeScene)
        size = None if resize is None else build(resize, TRANSFORMS).size
        return cls(size, first_tokenizer(loaders))
