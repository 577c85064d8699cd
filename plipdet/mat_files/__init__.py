"""Reading MATLAB's ``.mat`` files as data, whatever version they were saved in."""

from .read_mat import MatValue, read_mat

__all__ = ["MatValue", "read_mat"]
