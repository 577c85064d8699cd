"""Finding the pictures that an annotation names and the data set lacks."""

from __future__ import annotations

from plipdet.datasets.stores import ImageStore
from plipdet.errors import InputError

_NAMED = 3


class MissingImages:
    """Counts the pictures that a store does not have.

    Args:
        store: Where the pictures are to be.
    """

    def __init__(self, store: ImageStore) -> None:
        self.store = store
        self.count = 0
        self.first: list[str] = []

    def check(self, image: str) -> None:
        """Count ``image`` if the store has none of this name."""
        if not self.store.has(image):
            self.count += 1
            if len(self.first) < _NAMED:
                self.first.append(image)

    def raise_if_any(self, rows: int) -> None:
        """Raise if pictures are missing.

        Args:
            rows: Number of pictures checked, for the message.

        Raises:
            InputError: It names the first few and tells how many there are.
        """
        if self.count:
            more = f" and {self.count - _NAMED} more" if self.count > _NAMED else ""
            raise InputError(
                f"{self.count} of {rows} images are missing under {self.store.place}: "
                f"{', '.join(self.first)}{more}; complete the download, or remove their records"
            )
