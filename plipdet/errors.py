"""The exceptions for what a user can cause and mend."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class InputError(ValueError):
    """A wrong input: the message names the thing, the value, and what to do.

    Tools turn it into that message and exit code 2; any other exception is a bug of ours.
    """


class UnreadableImageError(InputError):
    """A picture that is missing or does not decode; a run may tolerate a number of them."""


def near(name: str, known: Iterable[object]) -> str:
    """Return ``"; did you mean 'x'?"`` for the known name nearest to ``name``, else ``""``."""
    match = difflib.get_close_matches(name, [str(k) for k in known], n=1, cutoff=0.6)
    return f"; did you mean {match[0]!r}?" if match else ""


class RunStoppedError(KeyboardInterrupt):
    """A signal stopped the run in good order; the message says what was saved.

    Args:
        message: One line for the user.
        exit_code: 143 after SIGTERM and SIGUSR1, 130 after Ctrl-C.
    """

    def __init__(self, message: str, exit_code: int) -> None:
        super().__init__(message)
        self.exit_code = exit_code
