"""ImageStore: the one way from a picture's name to its bytes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator


class ImageStore(ABC):
    """The encoded pictures of a data set by name.

    A store is pickled as its place, so that every spawned worker opens it for itself on first
    use; what it holds open may be read on both sides of a fork.
    """

    @property
    @abstractmethod
    def place(self) -> str:
        """The folder of the store, for messages."""

    @abstractmethod
    def read(self, name: str) -> bytes:
        """Return the encoded bytes (JPEG, PNG ...) of a picture.

        Args:
            name: The ``image`` column of the person table, with forward slashes.

        Raises:
            UnreadableImageError: If the store has no such picture, or cannot read it.
        """

    @abstractmethod
    def has(self, name: str) -> bool:
        """Return whether the store has a picture of this name; cheap for names in table order."""

    @abstractmethod
    def names(self, folder: str = "") -> Iterator[str]:
        """Yield the names of the pictures in the store, in the order they are stored.

        Args:
            folder: Only those below this folder; "" for all.
        """

    @abstractmethod
    def where(self, name: str) -> str:
        """Return where a picture lies, for messages: a path, or a file and the name in it."""
