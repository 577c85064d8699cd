"""MultiAttributeHead: which of many attributes a picture shows."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor

from plipdet.models.heads import AttributeClassifier, attribute_terms
from plipdet.models.views import Views
from plipdet.registry import MODELS
from plipdet.structures import AttributeFacts, LossTerms, PersonBatch

from .pretext_head import PretextHead


@MODELS.register_module()
class MultiAttributeHead(PretextHead):
    """Binary classification of all attributes of the training data, from the embedding.

    VAL-PAT (arXiv 2304.05554) names the objective; weights for unequal frequency are DeepMAR's,
    see :func:`~plipdet.functional.attribute_loss.weighted_attribute_loss`. Unknown labels do not
    count. Captioned data without labels get them from their phrases by
    ``tools/data/phrases_to_attributes.py``.

    Args:
        image_dim: Width of the embeddings.
        dropout: Of the embeddings, 0..1.
        loss_weight: Factor of the loss in the task's sum.
    """

    uses = frozenset({"image.embedding"})
    couples = frozenset()
    needs_attributes = True

    def __init__(self, *, image_dim: int, dropout: float = 0.0, loss_weight: float = 1.0) -> None:
        super().__init__(loss_weight=loss_weight)
        self.image_dim = image_dim
        self.classifier = AttributeClassifier(image_dim, dropout=dropout)

    def meet_attributes(self, facts: AttributeFacts) -> None:
        """Make the weights of the attributes."""
        self.classifier.meet(facts)

    def meet_weights(self, weights: Mapping[str, Tensor]) -> None:
        """Make weights for the attributes that a file was trained on."""
        start = "classifier."
        own = {k.removeprefix(start): v for k, v in weights.items() if k.startswith(start)}
        self.classifier.meet_weights(own)

    def loss(self, views: Views, batch: PersonBatch) -> LossTerms:
        """Return the weighted cross-entropy over known labels, and their number.

        Raises:
            InputError: If the source has no attribute labels, or none have been met.
        """
        return attribute_terms(
            self.classifier(views.image.embedding),
            batch.attribute_labels,
            self.classifier.positive_share,
            asker=type(self).__name__,
        )
