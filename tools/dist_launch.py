"""torchrun with the exit codes of our tools: 2 for wrong input, 130 for Ctrl-C, 143 for SIGTERM.

torchrun itself ends with 1 whatever happened, below a report of several screens. It passes a
signal on to its processes and kills those that are still there after a while.
"""

from __future__ import annotations

import logging
import os
import signal
import sys

EXIT_INPUT, EXIT_INTERRUPTED, EXIT_TERMINATED = 2, 130, 143
_SECONDS_TO_SAVE = 120


def main() -> int:
    """Run the processes and return the exit code."""
    try:
        return launch()
    except KeyboardInterrupt:  # also while PyTorch is being imported
        return EXIT_INTERRUPTED


def launch() -> int:
    """Run the processes under torchrun."""
    from torch.distributed.elastic.multiprocessing.api import SignalException
    from torch.distributed.elastic.multiprocessing.errors import ChildFailedError
    from torch.distributed.run import get_args_parser, run

    options = get_args_parser().parse_args()
    logging.disable(logging.ERROR)  # its loggers have levels of their own
    # Older PyTorch does not read it and waits 30 s (github.com/pytorch/pytorch/pull/172596).
    os.environ.setdefault("TORCH_ELASTIC_SHUTDOWN_TIMEOUT", str(_SECONDS_TO_SAVE))
    # torchrun does not know SIGUSR1, with which Slurm can warn before it ends a job.
    signal.signal(signal.SIGUSR1, lambda *_: os.kill(os.getpid(), signal.SIGTERM))
    try:
        run(options)
    except ChildFailedError as error:
        codes = {_EXIT_CODES.get(f.exitcode, f.exitcode) for f in error.failures.values()}
        for code in (EXIT_INPUT, EXIT_INTERRUPTED, EXIT_TERMINATED):
            if code in codes:
                return code  # the process has said why
        print(error, file=sys.stderr)
        return 1
    except SignalException as error:
        return EXIT_INTERRUPTED if error.sigval == signal.SIGINT else EXIT_TERMINATED
    return 0


_EXIT_CODES = {-signal.SIGINT: EXIT_INTERRUPTED, -signal.SIGTERM: EXIT_TERMINATED}
"""What a process's exit code means that a signal ended before Python could heed it."""


if __name__ == "__main__":
    raise SystemExit(main())
