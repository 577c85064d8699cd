"""What becomes of labels that the annotators were not sure of."""

from __future__ import annotations

import numpy as np

from plipdet.errors import InputError, near

from .mat_record import UNKNOWN

UNSURE = 2
"""Value by which PETA's and RAP's files say so."""
_MEANINGS = {"unknown": UNKNOWN, "no": 0}


def check_unsure(unsure: str) -> None:
    """Raise unless ``unsure`` is ``"unknown"`` or ``"no"``.

    Raises:
        InputError: If it is neither.
    """
    if unsure not in _MEANINGS:
        raise InputError(
            f"unsure = {unsure!r}{near(unsure, _MEANINGS)}; expected one of {[*_MEANINGS]}"
        )


def settle_unsure(labels: np.ndarray, unsure: str) -> np.ndarray:
    """Return labels in which those that are not sure mean what ``unsure`` says, same shape."""
    return np.where(labels < 0, _MEANINGS[unsure], labels).astype(np.int8)
