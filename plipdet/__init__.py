"""plipdet: person representation learning from images and language."""

__version__ = "0.1.0"
