"""KReciprocalReranking: rank again by what neighbourhoods have in common."""

from __future__ import annotations

from collections.abc import Iterator

from torch import Tensor

from plipdet.functional.reranking import check_options, k_reciprocal_distances
from plipdet.registry import RERANKERS


@RERANKERS.register_module()
class KReciprocalReranking:
    """Zhong et al., Re-ranking Person Re-identification with k-reciprocal Encoding, CVPR 2017.

    Args:
        k1: Neighbours that may be reciprocal.
        k2: Neighbours, the item itself included, over which sets are averaged.
        lambda_value: Share of the original distance, 0..1.

    Raises:
        InputError: If an option is out of its range.
    """

    def __init__(self, *, k1: int = 20, k2: int = 6, lambda_value: float = 0.3) -> None:
        check_options(k1, k2, lambda_value)
        self.k1, self.k2, self.lambda_value = k1, k2, lambda_value

    def distances(self, query: Tensor, gallery: Tensor, *, chunk: int | None) -> Iterator[Tensor]:
        """Yield the distances of ``chunk`` queries at a time to the gallery, shape (n, G)."""
        return k_reciprocal_distances(
            query, gallery, k1=self.k1, k2=self.k2, lambda_value=self.lambda_value, chunk=chunk
        )

    def protocol(self) -> str:
        """Return the method and its options in words."""
        return f"k-reciprocal, k1 {self.k1}, k2 {self.k2}, lambda {self.lambda_value:g}"
