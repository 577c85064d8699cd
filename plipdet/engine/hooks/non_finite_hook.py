"""NonFiniteHook: describe and limit the steps whose numbers were not finite."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any, NoReturn

from mmengine.hooks import Hook
from mmengine.runner import Runner

from plipdet.distributed import rank
from plipdet.engine.optim import SkippedStep
from plipdet.errors import InputError
from plipdet.registry import HOOKS
from plipdet.structures import PersonBatch, SceneBatch
from plipdet.whole_file import whole_file

from .atomic_checkpoint_hook import AtomicCheckpointHook
from .training_scalars_hook import SKIPPED, learning_rates

_NAMED_PARAMETERS = 20


@HOOKS.register_module()
class NonFiniteHook(Hook):
    """Report what the optimizer wrapper skips, and stop a run that skips too much.

    :class:`~plipdet.engine.optim.PersonOptimWrapper` skips a step whose loss or gradients are not
    finite; ``skipped_steps`` in the log counts them, those before a resumption too. Here every
    rank writes ``FOLDER/iter_N_rank_R.json`` of each: its rows with pictures, identities and
    captions, its loss terms, the gradient norm, learning rates, and which parameters' gradients
    were not finite. A gradient that overflowed under the scale of float16 is no such step.

    Args:
        limit: Skipped steps that a run may have; one more stops it, after a checkpoint of the
            last good state.
        folder: Where the reports go, below the work folder.

    Raises:
        InputError: If the limit is negative, or is passed.
    """

    priority = "VERY_LOW"  # a checkpoint is complete only after schedules and averages

    def __init__(self, limit: int = 100, folder: str = "non_finite") -> None:
        if limit < 0:
            raise InputError(f"NonFiniteHook's limit is {limit}; 0 stops at the first skipped step")
        self.limit = limit
        self.folder = folder
        self._batches: list[Any] = []

    def before_train(self, runner: Runner) -> None:
        """Warn where nobody looks."""
        self._batches.clear()
        if not hasattr(runner.optim_wrapper, "skipped"):
            runner.logger.warning(
                f"{type(runner.optim_wrapper).__name__} does not look for numbers that are not "
                "finite; PersonOptimWrapper and PersonAmpOptimWrapper do"
            )

    def after_train_iter(
        self, runner: Runner, batch_idx: int, data_batch: Any = None, outputs: Any = None
    ) -> None:
        """Describe a skipped step, and stop if it was one too many."""
        self._batches.append(data_batch)
        wrapper = runner.optim_wrapper
        skipped: SkippedStep | None = getattr(wrapper, "skipped", None)
        if skipped is not None and not skipped.overflow:
            self._report(runner, skipped, outputs or {})
            if _count(runner) > self.limit:
                self._stop(runner)
        if skipped is not None or wrapper.should_update():
            self._batches.clear()

    def _report(self, runner: Runner, skipped: SkippedStep, terms: dict[str, Any]) -> None:
        path = self._place(runner) / f"iter_{runner.iter + 1}_rank_{rank()}.json"
        runner.logger.warning(
            f"iteration {runner.iter + 1} is skipped, {_count(runner)} of at most "
            f"{self.limit}: loss {skipped.losses}, gradient norm {skipped.grad_norm}; see {path}"
        )
        names = skipped.parameters
        content = {
            "iter": runner.iter + 1,
            "epoch": runner.epoch + 1,
            "rank": rank(),
            "loss_of_each_iteration": skipped.losses,
            "loss_terms_of_the_last": {k: float(v) for k, v in terms.items()},
            "grad_norm": skipped.grad_norm,
            "lr": learning_rates(runner),
            "parameters_with_bad_gradient": len(names),
            "first_of_them": names[:_NAMED_PARAMETERS],
            "samples_of_each_iteration": [_samples(runner, batch) for batch in self._batches],
        }
        try:
            with whole_file(path) as file:
                file.write(json.dumps(_plain(content), indent=1).encode())
        except (OSError, InputError) as error:  # training is worth more than its report
            runner.logger.warning(f"the report of iteration {runner.iter + 1} is lost: {error}")

    def _place(self, runner: Runner) -> Path:
        return Path(runner.work_dir) / self.folder

    def _stop(self, runner: Runner) -> NoReturn:
        saves = [hook for hook in runner.hooks if isinstance(hook, AtomicCheckpointHook)]
        position = {"epoch": runner.epoch, "iter": runner.iter + 1}
        saved = f" from {saves[0].save_here(runner, position)}" if saves else ""
        raise InputError(
            f"the loss or its gradients were not finite at {_count(runner)} steps, more than "
            f"NonFiniteHook's limit of {self.limit}; {self._place(runner)} names their rows. "
            "Lower optim_wrapper.optimizer.lr, set optim_wrapper.clip_grad.max_norm, or train in "
            f"bfloat16 instead of float16, raise the limit, and go on with --resume{saved}"
        )


def _count(runner: Runner) -> int:
    return int(runner.message_hub.get_info(SKIPPED, 0))


def _samples(runner: Runner, batch: Any) -> Any:
    if not isinstance(batch, (PersonBatch, SceneBatch)):
        return None
    dataset = runner.train_dataloader.dataset
    items = batch.rows.tolist()
    if getattr(dataset, "unit", None) != "image":
        return [{"item": item} for item in items]
    rows = [(item, dataset.table[item]) for item in items]
    return [
        {"row": item, "image": r.image, "person_id": r.person_id, "captions": r.captions}
        for item, r in rows
    ]


def _plain(value: Any) -> Any:
    """Return the value with numbers that JSON lacks as words: "nan", "inf", "-inf"."""
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_plain(v) for v in value]
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value
