"""UnreadableImagesHook: count, name and limit the pictures that could not be read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from mmengine.device import get_device
from mmengine.hooks import Hook
from mmengine.runner import Runner

from plipdet.distributed import gather_rows, is_main, world_size
from plipdet.errors import InputError
from plipdet.registry import HOOKS
from plipdet.structures import PersonBatch, SceneBatch
from plipdet.whole_file import whole_file

UNREADABLE = "unreadable_images"
_REPORT = "unreadable_images.txt"


@HOOKS.register_module()
class UnreadableImagesHook(Hook):
    """Report the pictures whose place others took, and stop a run that has too many of them.

    ``PersonDataset(unreadable="replace")`` puts another item into the place of one whose picture
    is missing or does not decode. Each such picture is counted once over all ranks and epochs,
    those before a resumption too: it gets a line in the log and one JSON object in
    ``WORK_DIR/unreadable_images.txt``, and ``unreadable_images`` in the log counts them. Several
    ranks tell each other every ``interval`` iterations and at the end of an epoch, one at once.

    Args:
        limit: Unreadable pictures that a run may have; one more stops it. 0 allows none.
        interval: Iterations between the ranks' agreements.

    Raises:
        InputError: If an argument has no meaning, or the limit is passed, on all ranks.
    """

    priority = "NORMAL"  # before a checkpoint is written

    def __init__(self, limit: int = 100, *, interval: int = 50) -> None:
        if limit < 0:
            raise InputError(f"UnreadableImagesHook's limit is {limit}; 0 stops at the first")
        if interval < 1:
            raise InputError(f"UnreadableImagesHook's interval is {interval}; the least is 1")
        self.limit = limit
        self.interval = interval
        self._met: set[int] = set()

    def before_train(self, runner: Runner) -> None:
        """Write again what a resumed run already knows of."""
        self._met.clear()
        if known(runner):
            _write(runner)

    def after_train_iter(
        self, runner: Runner, batch_idx: int, data_batch: Any = None, outputs: Any = None
    ) -> None:
        """Note the batch's unreadable pictures, and exchange them when it is time to."""
        rows = data_batch.unreadable if isinstance(data_batch, (PersonBatch, SceneBatch)) else None
        if rows is not None and len(rows):
            self._met.update(rows.tolist())  # in the host's memory: no device waits
        alone = world_size() == 1
        if (alone and self._met) or (not alone and self.every_n_train_iters(runner, self.interval)):
            self._exchange(runner)

    def after_train_epoch(self, runner: Runner) -> None:
        """Exchange what the last iterations met."""
        self._exchange(runner)

    def after_train(self, runner: Runner) -> None:
        """Exchange what the last iterations of a training without epochs met."""
        self._exchange(runner)

    def _exchange(self, runner: Runner) -> None:
        met = torch.tensor(sorted(self._met), dtype=torch.int64, device=get_device())
        self._met.clear()
        rows = gather_rows(met).tolist()
        if not rows:
            return
        records = known(runner)
        for row in sorted(set(rows)):
            image, reason = _problem(runner.train_dataloader.dataset, row)
            if image not in records:
                records[image] = reason
                runner.logger.warning(
                    f"unreadable image {len(records)} of at most {self.limit}, another takes its "
                    f"place: {reason}"
                )
        runner.message_hub.update_info(UNREADABLE, records)
        runner.message_hub.update_scalar(f"train/{UNREADABLE}", len(records))
        _write(runner)
        if len(records) > self.limit:
            raise InputError(
                f"{len(records)} images could not be read, more than UnreadableImagesHook's limit "
                f"of {self.limit}; the last: {reason}. {Path(runner.work_dir) / _REPORT} names "
                "all: restore them, or raise default_hooks.unreadable_images.limit"
            )


def known(runner: Runner) -> dict[str, str]:
    """Return why a picture could not be read, by its name, for all that the run has met."""
    return dict(runner.message_hub.get_info(UNREADABLE, {}))


def _problem(dataset: Any, row: int) -> tuple[str, str]:
    look = getattr(dataset, "image_problem", None)
    if look is None:
        return f"item {row}", f"item {row}, of which {type(dataset).__name__} can say no more"
    image, reason = look(row)
    return image, reason or f"image {image} can be read now, but could not when it was wanted"


def _write(runner: Runner) -> None:
    if not is_main():
        return
    lines = [json.dumps({"image": k, "reason": v}) + "\n" for k, v in known(runner).items()]
    path = Path(runner.work_dir) / _REPORT
    try:
        with whole_file(path) as file:
            file.write("".join(lines).encode())
    except (OSError, InputError) as error:  # training is worth more than its report
        runner.logger.warning(f"the list of unreadable images is not written: {error}")
