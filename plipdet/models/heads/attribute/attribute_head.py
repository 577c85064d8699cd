"""AttributeHead: which attributes a picture shows, as a classifier of each."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from plipdet.registry import MODELS

from ..attribute_classifier import AttributeClassifier
from ..pretext import MultiAttributeHead
from .attribute_scorer import EncodeTexts


@MODELS.register_module()
class AttributeHead(MultiAttributeHead):
    """A linear classifier of each attribute, trained as in pre-training, that answers too.

    As it is, the head of DeepMAR (Li et al., ACPR 2015). With ``batch_norm``, that of the strong
    baseline of Jia et al., "Rethinking of Pedestrian Attribute Recognition" (arXiv 2107.03576).

    Args:
        image_dim: Width D of the embeddings.
        batch_norm: Whether batch norm follows the linear map.
        dropout: Of the embeddings, 0..1.
        loss_weight: Factor of the loss in the task's sum.
    """

    def __init__(
        self,
        *,
        image_dim: int,
        batch_norm: bool = False,
        dropout: float = 0.0,
        loss_weight: float = 1.0,
    ) -> None:
        super().__init__(image_dim=image_dim, dropout=dropout, loss_weight=loss_weight)
        self.classifier = AttributeClassifier(image_dim, batch_norm=batch_norm, dropout=dropout)

    @property
    def attribute_names(self) -> tuple[str, ...]:
        """What is scored; empty before attributes have been met."""
        return self.classifier.attribute_names

    def logits(self, image: Tensor, encode_texts: EncodeTexts) -> Tensor:
        """Return a logit for each attribute, shape (B, A), of embeddings (B, D).

        Raises:
            InputError: If no attributes have been met.
        """
        return self.classifier(image)

    def ask(self, names: Sequence[str]) -> None:
        """Do nothing: the training data say which attributes there are."""
        return

    def refer(self, image: Tensor, encode_texts: EncodeTexts) -> None:
        """Do nothing: the labels of the training data say what "yes" looks like."""
        return

    def rule(self) -> str:
        """Return in words how "yes" and "no" are told apart."""
        return "probability of a classifier trained on labels"
