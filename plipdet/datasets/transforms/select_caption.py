"""SelectCaption: one sentence of a row."""

from __future__ import annotations

from typing import Any

import numpy as np
from mmcv.transforms import BaseTransform

from plipdet.datasets.item_draws import item_draws
from plipdet.errors import InputError
from plipdet.registry import TRANSFORMS
from plipdet.structures import PersonRow


@TRANSFORMS.register_module()
class SelectCaption(BaseTransform):
    """Sets ``caption`` to a random sentence of the row, or to the one a caption item means.

    Which one is a function of ``results["sample"]`` alone, not of what was drawn before, so that
    a sampler can know it beforehand; see :meth:`choose`.

    Args:
        captions: How many of the row's captions may be chosen, from the first on; ``None`` for
            all of them, 0 for none.
        prompt: Whether its prompt captions may be chosen.
        prompt_probability: Probability of a prompt caption where a row has both kinds, 0..1;
            ``None`` makes all sentences equally likely.

    Raises:
        InputError: If an argument has no meaning, or a row has no sentence to choose.
    """

    draws = False
    stepwise = True

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
        is_prompt, which = self._choose(len(plain), len(prompts), *results["sample"])
        results["caption"] = (prompts if is_prompt else plain)[int(which)]
        return results

    def choices(self, captions: np.ndarray, prompts: np.ndarray) -> np.ndarray:
        """Return how many sentences each of many rows offers, given how many it has, (n,)."""
        plain = captions if self.captions is None else np.minimum(captions, self.captions)
        return plain + prompts * self.prompt

    def choose(
        self, captions: np.ndarray, prompts: np.ndarray, *, seed: int, epoch: int, items: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return which sentence each of many items gets.

        Args:
            captions: How many captions each row has, shape (n,).
            prompts: How many prompt captions it has, shape (n,).
            seed: Of the data set.
            epoch: Of training.
            items: Indices of the items, shape (n,).

        Returns:
            Whether it is a prompt caption, bool, shape (n,); the number of the sentence among
            those of its kind, int64, shape (n,). Of a row without a sentence they mean nothing.
        """
        plain = captions if self.captions is None else np.minimum(captions, self.captions)
        is_prompt, which = self._choose(
            plain, prompts * self.prompt, seed, epoch, items.astype(np.uint64)
        )
        return is_prompt, which.astype(np.int64)

    def _choose(
        self, plain: Any, prompts: Any, seed: int, epoch: int, item: Any
    ) -> tuple[Any, Any]:
        """Choose for one item or, with arrays, for many."""
        kind, place = item_draws(seed, epoch, item)
        if self.prompt_probability is None:
            is_prompt = kind * (plain + prompts) < prompts
        else:
            drawn = kind < self.prompt_probability
            is_prompt = (prompts > 0) & ((plain == 0) | drawn)
        return is_prompt, place * (plain + is_prompt * (prompts - plain)) // 1
