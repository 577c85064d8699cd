"""torchrun with the exit codes of our tools: 2 for wrong input, 130 for Ctrl-C.

torchrun itself ends with 1 whatever happened, below a report of several screens.
"""

from __future__ import annotations

import logging
import sys

from torch.distributed.elastic.multiprocessing.api import SignalException
from torch.distributed.elastic.multiprocessing.errors import ChildFailedError
from torch.distributed.run import get_args_parser, run

EXIT_INPUT, EXIT_INTERRUPTED = 2, 130


def main() -> int:
    """Run the processes and return the exit code."""
    options = get_args_parser().parse_args()
    logging.disable(logging.ERROR)  # its loggers have levels of their own
    try:
        run(options)
    except ChildFailedError as error:
        codes = [failure.exitcode for failure in error.failures.values()]
        for code in (EXIT_INPUT, EXIT_INTERRUPTED):
            if code in codes:
                return code  # the process has said why
        print(error, file=sys.stderr)
        return 1
    except (KeyboardInterrupt, SignalException):
        return EXIT_INTERRUPTED
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
