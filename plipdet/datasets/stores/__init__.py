"""Image stores: where the bytes of the pictures lie; importing the package registers them."""

from .file_store import FileStore
from .image_store import ImageStore

__all__ = ["FileStore", "ImageStore"]
