"""Two worker processes that form a gloo group and run functions for the tests."""

import traceback
from datetime import timedelta

import torch
import torch.distributed as dist
import torch.multiprocessing as mp

RANKS = 2
_PATIENCE = timedelta(seconds=60)


class RankPool:
    """Ranks spawned once for all tests; ``run`` gives every rank a function and its arguments."""

    def __init__(self):
        # Port 0 lets the system pick a free one, and the store keeps it: nobody can take it.
        self._store = dist.TCPStore(
            "127.0.0.1", 0, is_master=True, wait_for_workers=False, timeout=_PATIENCE
        )
        context = mp.get_context("spawn")
        self._pipes, self._processes = [], []
        for rank in range(RANKS):
            pipe, far_end = context.Pipe()
            process = context.Process(target=_work, args=(rank, self._store.port, far_end))
            process.start()
            self._pipes.append(pipe)
            self._processes.append(process)

    def run(self, function, arguments):
        """Return ``function(*arguments[rank])`` of every rank, in rank order."""
        for pipe, own in zip(self._pipes, arguments, strict=True):
            pipe.send((function, own))
        answers = []
        for pipe in self._pipes:
            if not pipe.poll(_PATIENCE.total_seconds()):
                raise TimeoutError(f"a rank did not answer {function.__name__} in {_PATIENCE}")
            answers.append(pipe.recv())
        failures = [answer for succeeded, answer in answers if not succeeded]
        if failures:
            raise AssertionError("\n".join(failures))
        return [answer for _, answer in answers]

    def close(self):
        for pipe in self._pipes:
            pipe.send(None)
        for process in self._processes:
            process.join(_PATIENCE.total_seconds())
        assert [process.exitcode for process in self._processes] == [0] * RANKS


def _work(rank, port, pipe):
    torch.set_num_threads(1)
    store = dist.TCPStore("127.0.0.1", port, is_master=False, timeout=_PATIENCE)
    dist.init_process_group("gloo", store=store, rank=rank, world_size=RANKS, timeout=_PATIENCE)
    while (job := pipe.recv()) is not None:
        function, arguments = job
        try:
            pipe.send((True, function(*arguments)))
        except Exception:
            pipe.send((False, f"rank {rank}:\n{traceback.format_exc()}"))
    dist.barrier()  # a rank that leaves early aborts the other's teardown now and then
    dist.destroy_process_group()
