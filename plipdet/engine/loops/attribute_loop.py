"""AttributeLoop: score the attributes of pictures, and compare with their labels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import numpy as np
import torch
from mmengine.model import is_model_wrapper
from mmengine.runner import BaseLoop, Runner
from torch import Tensor
from torch.utils.data import DataLoader

from plipdet.distributed import broadcast_object, is_main, run_together
from plipdet.engine.data_facts import data_facts
from plipdet.engine.shared_people import people_elsewhere
from plipdet.engine.training_state import untouched_randomness
from plipdet.errors import InputError, near
from plipdet.registry import LOOPS, METRICS, build

from .gathered_items import gathered_items


@LOOPS.register_module()
class AttributeLoop(BaseLoop):
    """The loop of ``val_cfg`` and ``test_cfg`` for recognising attributes.

    Args:
        runner: The runner.
        dataloader: Pictures with attribute labels, a loader or its config; or
            ``dict(labelled=..., reference=...)`` of two, from the second of which no label is
            read: a head that was not trained takes the border between "no" and "yes" from it.
        evaluator: A metric of attributes or its config.

    Raises:
        InputError: If ``dataloader`` has other sides.
    """

    def __init__(
        self,
        runner: Runner,
        dataloader: DataLoader | dict[str, Any],
        evaluator: Any,
    ) -> None:
        sides = {"labelled": dataloader}
        if isinstance(dataloader, Mapping) and "dataset" not in dataloader:
            sides = dict(dataloader)
            if "labelled" not in sides or not {"labelled", "reference"} >= set(sides):
                raise InputError(
                    "AttributeLoop needs a dataloader, or dict(labelled=..., reference=...) of "
                    f"two, not {sorted(sides)}"
                )
        super().__init__(runner, sides["labelled"])
        self.reference: DataLoader | None = None
        if "reference" in sides:
            other = runner._randomness_cfg.get("diff_rank_seed", False)
            self.reference = runner.build_dataloader(sides["reference"], runner.seed, other)
        self.evaluator = build(evaluator, METRICS)

    def run(self) -> dict[str, Any]:
        """Return the metrics, the same on every rank; training's random state is left alone.

        Hooks are told those that are numbers.
        """
        with untouched_randomness():
            return self._run("val" if self is self.runner._val_loop else "test")

    def protocol(self) -> dict[str, Any]:
        """Return which people of the test data other splits show, and what the reference is."""
        dataset: Any = self.dataloader.dataset
        shared = people_elsewhere(dataset.table)
        found: dict[str, Any] = {
            "shared_people": "not known: no identities in these data" if shared is None else shared
        }
        if self.reference is not None:
            found["reference"] = data_facts(self.reference.dataset)
        return found

    @torch.no_grad()
    def _run(self, mode: str) -> dict[str, Any]:
        runner = self.runner
        runner.call_hook(f"before_{mode}")
        runner.call_hook(f"before_{mode}_epoch")
        runner.model.eval()
        names = self._names()
        self._task.ask(names)
        if self.reference is not None:
            self._task.refer(self._read(self.reference, "image", None))
        columns = self._columns(names)
        scores = self._read(self.dataloader, "attributes", mode)[:, columns]
        # A rank that waits learns of another's failure.
        found = run_together(lambda: self._evaluate(scores, names) if is_main() else {})
        metrics = broadcast_object(found)
        if mode == "test" and metrics and hasattr(self.evaluator, "text"):
            runner.logger.info("\n" + self.evaluator.text(metrics))
        numbers = {name: value for name, value in metrics.items() if not isinstance(value, list)}
        runner.call_hook(f"after_{mode}_epoch", metrics=numbers)
        runner.call_hook(f"after_{mode}")
        return metrics

    @property
    def _task(self) -> Any:
        model = self.runner.model
        return model.module if is_model_wrapper(model) else model

    def _names(self) -> tuple[str, ...]:
        """Return the names of the data's labels, those that are measured."""
        if not hasattr(self._task, "ask"):
            raise InputError(
                f"AttributeLoop tests a task that scores attributes, which a "
                f"{type(self._task).__name__} does not; take an AttributeRecognitionTask"
            )
        dataset: Any = self.dataloader.dataset
        names = dataset.table.attribute_names
        if not names:
            raise InputError(
                f"the data in {dataset.table.root} have no attribute labels to compare with"
            )
        wanted = getattr(self.evaluator, "attributes", None)
        for name in wanted or ():
            if name not in names:
                raise InputError(
                    f"{type(self.evaluator).__name__} measures {name!r}, which the data do not "
                    f"have{near(name, names)}; they have {list(names)}"
                )
        return names if wanted is None else tuple(wanted)

    def _columns(self, names: tuple[str, ...]) -> list[int]:
        """Return where the task's answers have the data's attributes."""
        places = {name: place for place, name in enumerate(self._task.attribute_names)}
        lacking = [name for name in names if name not in places]
        if places and lacking:
            raise InputError(
                f"of the {len(names)} attributes to measure, the model scores {len(lacking)} not, "
                f"such as {lacking[0]!r}{near(lacking[0], places)}; name those to measure in "
                "attributes of AttributeMetric, or test on data like those it was trained on"
            )
        return [places[name] for name in names if name in places]

    def _read(self, loader: DataLoader, output: str, mode: str | None) -> Tensor:
        """Return one output for all items of a loader; ``mode`` says whether hooks follow it."""
        runner, dataset = self.runner, cast(Any, loader.dataset)
        rows, values = [], []
        for number, batch in enumerate(loader):
            if mode:
                runner.call_hook(f"before_{mode}_iter", batch_idx=number, data_batch=batch)
            outputs: Mapping[str, Tensor] = runner.model.val_step(batch)
            if output not in outputs:
                raise InputError(
                    f"the model gives {sorted(outputs)} and no {output!r}: the weights have no "
                    "head that scores attributes, so train one, or the pipeline loads no picture"
                )
            rows.append(batch.rows.to(outputs[output].device))
            values.append(outputs[output].float())
            if mode:
                runner.call_hook(
                    f"after_{mode}_iter", batch_idx=number, data_batch=batch, outputs=outputs
                )
        what = "pictures' scores" if output == "attributes" else "pictures' embeddings"
        return gathered_items(rows, values, items=len(dataset), what=what)

    def _evaluate(self, scores: Tensor, names: tuple[str, ...]) -> dict[str, Any]:
        dataset: Any = self.dataloader.dataset
        labels: np.ndarray = dataset.attribute_labels()
        columns = [dataset.table.attribute_names.index(name) for name in names]
        return self.evaluator.evaluate(scores.cpu().numpy(), labels[:, columns], names=names)
