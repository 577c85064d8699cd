"""PersonSearchLoop: find everybody in the gallery's scenes, then who is asked for among them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from mmengine.model import is_model_wrapper
from mmengine.runner import BaseLoop, Runner
from torch import Tensor

from plipdet.distributed import broadcast_object, is_main, run_together
from plipdet.engine.training_state import untouched_randomness
from plipdet.errors import InputError, near
from plipdet.registry import LOOPS, METRICS, build
from plipdet.structures import Detections, SceneBatch

from .gathered_detections import gathered_detections
from .gathered_items import gathered_items
from .kept_detections import detections_key, read_detections, write_detections
from .retrieval_loop import SIDES, RetrievalLoaders

_BOXES = ("detected", "annotated")
_ASKS = {"queries": "boxes", "sentences": "text"}  # the task's mode, by what a data set holds


@LOOPS.register_module()
class PersonSearchLoop(BaseLoop):
    """The loop of ``val_cfg`` and ``test_cfg`` for person search in whole scenes.

    A test keeps what was found in ``WORK_DIR/detections-KEY.npz``, where the key changes with the
    weights, the model's and the pipeline's settings, the annotation and the pictures. Another
    gallery size, or another option of the metric, takes it from there. The file can be deleted.

    Args:
        runner: The runner.
        dataloader: ``dict(query=..., gallery=...)``, each the config of a loader over a
            ``SceneDataset``: the gallery's of content "scenes"; the queries' of "queries", where a
            picture asks, or "sentences".
        evaluator: A metric of person search or its config.
        boxes: "detected", or "annotated" for the people whom the annotation knows instead of those
            found: what would be reached without any mistake in detection.
        keep: Whether a test keeps what was found, and uses what another has kept.

    Raises:
        InputError: If a loader, ``boxes`` or their combination with the metric is none of these.
    """

    def __init__(
        self,
        runner: Runner,
        dataloader: Mapping[str, Any],
        evaluator: Any,
        boxes: str = "detected",
        keep: bool = True,
    ) -> None:
        if not isinstance(dataloader, Mapping) or set(dataloader) != set(SIDES):
            keys = sorted(dataloader) if isinstance(dataloader, Mapping) else dataloader
            raise InputError(
                f"PersonSearchLoop needs a dataloader of dict(query=..., gallery=...), not {keys}"
            )
        if boxes not in _BOXES:
            raise InputError(f"boxes = {boxes!r} of PersonSearchLoop{near(boxes, _BOXES)}")
        other = runner._randomness_cfg.get("diff_rank_seed", False)
        loaders = {
            side: runner.build_dataloader(dataloader[side], runner.seed, other) for side in SIDES
        }
        super().__init__(runner, RetrievalLoaders(**loaders))
        self.evaluator = build(evaluator, METRICS)
        self.boxes = boxes
        self.keep = keep
        self.found_in: str | None = None
        self._pipeline = _pipeline(dataloader["gallery"])
        self._check()

    def run(self) -> dict[str, Any]:
        """Return the metrics, the same on every rank; training's random state is left alone.

        Hooks are told those that are numbers.
        """
        with untouched_randomness():
            return self._run("val" if self is self.runner._val_loop else "test")

    def protocol(self) -> dict[str, Any]:
        """Return who asks, in which scenes, and where the people come from."""
        return {
            "asked_by": "pictures" if self._query.content == "queries" else "sentences",
            "boxes": self.boxes,
            "galleries": dict(self._query.queries.protocol),
            "detections_from": self.found_in or "this run",
        }

    @torch.no_grad()
    def _run(self, mode: str) -> dict[str, Any]:
        runner = self.runner
        runner.call_hook(f"before_{mode}")
        runner.call_hook(f"before_{mode}_epoch")
        runner.model.eval()
        found = self._people(mode)
        embeddings = self._asked(mode)
        # A rank that waits learns of another's failure.
        metrics = broadcast_object(
            run_together(lambda: self._evaluate(found, embeddings) if is_main() else {})
        )
        # A figure of nobody is None.
        numbers = {k: v for k, v in metrics.items() if isinstance(v, (int, float))}
        runner.call_hook(f"after_{mode}_epoch", metrics=numbers)
        runner.call_hook(f"after_{mode}")
        return metrics

    # --- the gallery ----------------------------------------------------------------------------

    def _people(self, mode: str) -> list[Detections]:
        """Return the detections of each item of the gallery; where they were kept, to rank 0."""
        if mode != "test" or not self.keep:
            self.found_in = None
            return self._search(mode)
        kept = run_together(lambda: self._kept() if is_main() else None)
        self.found_in = broadcast_object(None if kept is None or kept[1] is None else kept[0].name)
        if self.found_in is not None:
            return [] if kept is None or kept[1] is None else kept[1]
        found = self._search(mode)
        if kept is not None:
            try:
                write_detections(kept[0], found)
            except InputError as error:  # the figures are worth more than the file
                self.runner.logger.warning(f"what was found is not kept: {error}")
        return found

    def _kept(self) -> tuple[Path, list[Detections] | None]:
        """Return the file for what is found, and what it holds if it is there."""
        dataset, runner = self._gallery, self.runner
        items = [int(dataset.scene_of(i)) for i in range(len(dataset))]
        cfg = getattr(runner, "cfg", None) or {}
        model = dict(cfg.get("model") or {})
        model.pop("heads", None)  # of training: other queries may come with other ones
        settings = {"model": model, "pipeline": self._pipeline, "boxes": self.boxes}
        key = detections_key(self._model, dataset.scenes, items, settings=settings)
        path = Path(runner.work_dir) / f"detections-{key}.npz"
        if not path.is_file():
            return path, None
        try:
            found = read_detections(path, items=len(items))
        except InputError as error:
            runner.logger.warning(f"{error}; the scenes are searched again")
            return path, None
        runner.logger.info(f"{path} holds what these weights find in these scenes")
        return path, found

    def _search(self, mode: str) -> list[Detections]:
        loader = self.dataloader.gallery
        rows: list[Tensor] = []
        found: list[Detections] = []
        for number, batch in enumerate(loader):
            self.runner.call_hook(f"before_{mode}_iter", batch_idx=number, data_batch=batch)
            annotated = self.boxes == "annotated"
            outputs = self._annotated(batch) if annotated else self.runner.model.val_step(batch)
            rows.append(batch.rows)
            found += [one.cpu() for one in outputs]
            self.runner.call_hook(
                f"after_{mode}_iter", batch_idx=number, data_batch=batch, outputs=outputs
            )
        return gathered_detections(rows, found, items=len(self._gallery), device=self._device)

    def _annotated(self, batch: SceneBatch) -> list[Detections]:
        """Return the annotated people of each picture as if somebody had found them."""
        if not len(batch.boxes):
            return [Detections.none() for _ in range(len(batch))]
        embeddings = self._forward(batch, "boxes").cpu()
        found = []
        for picture in range(len(batch)):
            own = ((batch.box_images == picture) & ~batch.ignored).cpu()
            boxes = batch.to_original(batch.boxes[own], picture)
            found.append(Detections(boxes.cpu(), torch.ones(len(boxes)), embeddings[own]))
        return found

    # --- the queries ----------------------------------------------------------------------------

    def _asked(self, mode: str) -> Tensor:
        """Return the embeddings of the queries, or sentences, in their order, shape (Q, D)."""
        loader, what = self.dataloader.query, self._query.content
        rows, embeddings = [], []
        for number, batch in enumerate(loader, start=len(self.dataloader.gallery)):
            self.runner.call_hook(f"before_{mode}_iter", batch_idx=number, data_batch=batch)
            found = self._forward(batch, _ASKS[what])
            assert len(found) == len(batch), f"one embedding for each of the {what}"
            rows.append(batch.rows.to(found.device))
            embeddings.append(found.float())
            self.runner.call_hook(
                f"after_{mode}_iter", batch_idx=number, data_batch=batch, outputs=found
            )
        return gathered_items(
            rows, embeddings, items=len(self._query), what=f"embeddings of {what}"
        )

    def _forward(self, batch: SceneBatch, mode: str) -> Tensor:
        model = self._model
        return model(**model.data_preprocessor(batch, False), mode=mode)

    # --- what they make -------------------------------------------------------------------------

    def _evaluate(self, found: list[Detections], embeddings: Tensor) -> dict[str, Any]:
        dataset = self._gallery
        of_scenes: list[Detections | None] = [None] * len(dataset.scenes)
        for item, people in enumerate(found):
            of_scenes[int(dataset.scene_of(item))] = people
        return self.evaluator.evaluate(
            of_scenes,
            embeddings,
            self._query.queries,
            dataset.scenes,
            query_of=self._query.query_of if self._query.content == "sentences" else None,
            detected=self.boxes == "detected",
        )

    @property
    def _gallery(self) -> Any:
        return self.dataloader.gallery.dataset

    @property
    def _query(self) -> Any:
        return self.dataloader.query.dataset

    @property
    def _model(self) -> Any:
        model = self.runner.model
        return model.module if is_model_wrapper(model) else model

    @property
    def _device(self) -> torch.device:
        """Where ranks exchange tensors: the device of the model."""
        parameter = next(self._model.parameters(), None)
        return torch.device("cpu") if parameter is None else parameter.device

    def _check(self) -> None:
        known = {"gallery": ("scenes",), "query": tuple(_ASKS)}
        for side, contents in known.items():
            dataset = getattr(self.dataloader, side).dataset
            content = getattr(dataset, "content", None)
            if content not in contents:
                raise InputError(
                    f"the {side} dataset of PersonSearchLoop, a {type(dataset).__name__}, has the "
                    f"content {content!r}; give a SceneDataset of content "
                    f"{' or '.join(map(repr, contents))}"
                )
        here, there = self._gallery.scenes, self._query.scenes
        facts = [(str(t.root), t.people.fingerprint, len(t)) for t in (here, there)]
        if facts[0] != facts[1]:
            raise InputError(
                f"the queries are of other data ({there.root}, {len(there)} scenes) than the "
                f"gallery ({here.root}, {len(here)} scenes); give both the same source"
            )
        if self._query.content == "sentences" and getattr(self.evaluator, "cbgm", None):
            raise InputError(
                "cbgm of PersonSearchMetric compares who is beside the query in its picture, and "
                "a sentence has no picture; leave it out"
            )


def _pipeline(loader: Any) -> Any:
    """Return what a loader, or its config, does to pictures."""
    if isinstance(loader, Mapping):
        dataset = loader["dataset"]
        if isinstance(dataset, Mapping):
            return dataset.get("pipeline")
    else:
        dataset = loader.dataset
    return repr(getattr(dataset, "pipeline", None))
