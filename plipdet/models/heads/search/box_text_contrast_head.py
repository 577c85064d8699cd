"""BoxTextContrastHead: people in scenes and sentences about them, side by side."""

from __future__ import annotations

from functools import partial

import torch

from plipdet.distributed import gather_rows, gather_uneven_with_grad
from plipdet.errors import InputError
from plipdet.functional.contrastive import similarity_distribution_matching
from plipdet.models.heads.search.search_head import FoundPeople, SearchHead
from plipdet.registry import MODELS
from plipdet.structures import LossTerms


@MODELS.register_module()
class BoxTextContrastHead(SearchHead):
    """Matches the similarities of people and sentences to identities, over all ranks.

    SDM of IRRA (Jiang and Ye, CVPR 2023) in both directions, on the boxes of people of the data
    set that have a sentence; nobody has published such a loss for whole scenes.

    Args:
        temperature: Divides the cosines, above 0.
        loss_weight: Factor of the loss in the task's sum.

    Raises:
        InputError: If ``temperature`` is not above 0.
    """

    reads_texts = True

    def __init__(self, *, temperature: float = 0.05, loss_weight: float = 1.0) -> None:
        super().__init__(loss_weight=loss_weight)
        if not temperature > 0:
            raise InputError(f"temperature = {temperature} of BoxTextContrastHead; above 0")
        self.temperature = temperature

    def loss(self, people: FoundPeople) -> LossTerms:
        """Return the mean over people with sentences, both directions summed."""
        if people.texts is None or people.described is None:
            raise InputError(
                "BoxTextContrastHead needs sentences about people; put TokenizeBoxCaptions into "
                "the pipeline, and take data with captions"
            )
        kept = people.described & (people.person_ids >= 0)
        wide = torch.promote_types(people.embeddings.dtype, torch.float32)
        device = people.embeddings.device.type
        with torch.autocast(device, enabled=False):
            image, text = people.embeddings[kept].to(wide), people.texts[kept].to(wide)
            ids = people.person_ids[kept]
            all_image, all_text = gather_uneven_with_grad(image), gather_uneven_with_grad(text)
            one_way = partial(
                similarity_distribution_matching,
                anchor_ids=ids,
                candidate_ids=gather_rows(ids),
                temperature=self.temperature,
            )
            count = kept.sum().to(wide)
            if not len(ids):  # of a rank without sentences; the others wait for its gradient
                return LossTerms((all_image.sum() + all_text.sum()) * 0, count=count)
            loss = one_way(image, all_text) + one_way(text, all_image)
        return LossTerms(loss, count=count)
