"""Reading MATLAB's ``.mat`` files as data, whatever version they were saved in."""

from .read_mat import MatValue, iter_mat, read_mat, read_one_of

__all__ = ["MatValue", "iter_mat", "read_mat", "read_one_of"]
