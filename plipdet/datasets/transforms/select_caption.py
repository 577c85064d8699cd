"""SelectCaption: one sentence of a row."""

from __future__ import annotations

from typing import Any

from mmcv.transforms import BaseTransform

from plipdet.errors import InputError
from plipdet.registry import TRANSFORMS
from plipdet.structures import PersonRow


@TRANSFORMS.register_module()
class SelectCaption(BaseTransform):
    """Sets ``caption`` to a random sentence of the row, or to the one a caption item means.

    Args:
        captions: How many of the row's captions may be chosen, from the first on; ``None`` for
            all of them, 0 for none.
        prompt: Whether its prompt captions may be chosen.
        prompt_probability: Probability of a prompt caption where a row has both kinds, 0..1;
            ``None`` makes all sentences equally likely.

    Raises:
        InputError: If an argument has no meaning, or a row has no sentence to choose.
    """

    def __init__(
        self,
        captions: int | None = None,
        *,
        prompt: bool = True,
        prompt_probability: float | None = None,
    ) -> None:
        if captions is not None and captions < 0:
            raise InputError(f"captions = {captions} of SelectCaption; expected 0 or more, or None")
        if captions == 0 and not prompt:
            raise InputError("SelectCaption with captions=0 and prompt=False leaves no sentence")
        if prompt_probability is not None and not 0 <= prompt_probability <= 1:
            raise InputError(f"prompt_probability = {prompt_probability}; expected 0..1, or None")
        self.captions = captions
        self.prompt = prompt
        self.prompt_probability = prompt_probability

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Add the sentence to ``results``."""
        row: PersonRow = results["row"]
        if "caption_index" in results:
            assert row.captions is not None, "the dataset counts captions that the row lacks"
            results["caption"] = row.captions[results["caption_index"]]
            return results
        plain = (row.captions or [])[: self.captions]
        prompts = (row.prompt_captions or []) if self.prompt else []
        if not plain and not prompts:
            raise InputError(
                f"{row.image} of {results['root']} has no caption that SelectCaption(captions="
                f"{self.captions}, prompt={self.prompt}) may choose; choose from others, or "
                "caption the picture"
            )
        rng = results["rng"]
        pool = plain + prompts
        if plain and prompts and self.prompt_probability is not None:
            pool = prompts if rng.random() < self.prompt_probability else plain
        results["caption"] = pool[int(rng.integers(len(pool)))]
        return results
