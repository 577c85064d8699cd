"""RetrievalLoop: embed queries and gallery, and rank the gallery for each query."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from mmengine.runner import BaseLoop, Runner
from torch import Tensor
from torch.utils.data import DataLoader

from plipdet.distributed import broadcast_object, is_main, run_together
from plipdet.engine.training_state import untouched_randomness
from plipdet.errors import InputError, near
from plipdet.registry import LOOPS, METRICS, build

from .gathered_items import gathered_items

SIDES = ("query", "gallery")


class RetrievalLoaders:
    """The loaders of both sides; ``len`` counts the batches of both, for progress.

    Args:
        query: Loader of the queries.
        gallery: Loader of the gallery.
    """

    def __init__(self, query: DataLoader, gallery: DataLoader) -> None:
        self.query, self.gallery = query, gallery

    def __len__(self) -> int:
        return len(self.query) + len(self.gallery)


@LOOPS.register_module()
class RetrievalLoop(BaseLoop):
    """The loop of ``val_cfg`` and ``test_cfg`` for retrieval.

    Args:
        runner: The runner.
        dataloader: ``dict(query=..., gallery=...)``, each the config of a loader.
        evaluator: A retrieval metric or its config.
        query_embedding: "image" or "text"; ``None`` is the one that the query loader's batches
            have.
        gallery_embedding: The same for the gallery.
        both_directions: Also let the gallery ask for the queries. The figures have the
            direction before their names, like ``image_to_text/rank1``; those of the queries'
            own direction have plain names.

    Raises:
        InputError: If ``dataloader`` has not these two sides.
    """

    def __init__(
        self,
        runner: Runner,
        dataloader: Mapping[str, Any],
        evaluator: Any,
        query_embedding: str | None = None,
        gallery_embedding: str | None = None,
        both_directions: bool = False,
    ) -> None:
        if not isinstance(dataloader, Mapping) or set(dataloader) != set(SIDES):
            keys = sorted(dataloader) if isinstance(dataloader, Mapping) else dataloader
            raise InputError(
                f"RetrievalLoop needs a dataloader of dict(query=..., gallery=...), not {keys}"
            )
        randomness = runner._randomness_cfg
        loaders = {
            side: runner.build_dataloader(
                dataloader[side], runner.seed, randomness.get("diff_rank_seed", False)
            )
            for side in SIDES
        }
        super().__init__(runner, RetrievalLoaders(**loaders))
        self.evaluator = build(evaluator, METRICS)
        self.embeddings = {"query": query_embedding, "gallery": gallery_embedding}
        self.both_directions = both_directions

    def run(self) -> dict[str, Any]:
        """Return the metrics, the same on every rank; training's random state is left alone.

        Hooks are told those that are numbers.
        """
        with untouched_randomness():
            return self._run("val" if self is self.runner._val_loop else "test")

    @torch.no_grad()
    def _run(self, mode: str) -> dict[str, Any]:
        runner = self.runner
        runner.call_hook(f"before_{mode}")
        runner.call_hook(f"before_{mode}_epoch")
        runner.model.eval()
        features = {side: self._embed(side, mode) for side in SIDES}
        # A rank that waits learns of another's failure, and is patient while it re-ranks.
        found = run_together(lambda: self._evaluate(features) if is_main() else {})
        metrics = broadcast_object(found)
        numbers = {name: value for name, value in metrics.items() if not isinstance(value, list)}
        runner.call_hook(f"after_{mode}_epoch", metrics=numbers)
        runner.call_hook(f"after_{mode}")
        return metrics

    def protocol(self) -> dict[str, str]:
        """Return in words who asks whom."""
        return {"directions": "both" if self.both_directions else "query to gallery"}

    def _embed(self, side: str, mode: str) -> Tensor:
        """Return the embeddings of one side in the dataset's order, shape (items, D)."""
        loader = getattr(self.dataloader, side)
        start = 0 if side == "query" else len(self.dataloader.query)
        rows, embeddings = [], []
        for number, batch in enumerate(loader, start=start):
            self.runner.call_hook(f"before_{mode}_iter", batch_idx=number, data_batch=batch)
            outputs = self.runner.model.val_step(batch)
            embedding = self._choose(side, outputs)
            rows.append(batch.rows.to(embedding.device))
            embeddings.append(embedding.float())
            self.runner.call_hook(
                f"after_{mode}_iter", batch_idx=number, data_batch=batch, outputs=outputs
            )
        return gathered_items(
            rows, embeddings, items=len(loader.dataset), what=f"{side} embeddings"
        )

    def _choose(self, side: str, outputs: Mapping[str, Tensor]) -> Tensor:
        name = self.embeddings[side]
        if name is None and len(outputs) == 1:
            name = self.embeddings[side] = next(iter(outputs))
        if name is None or name not in outputs:
            raise InputError(
                f"the {side} batches have the embeddings {sorted(outputs)}; set "
                f"{side}_embedding of RetrievalLoop to one of them"
                + (near(name, outputs) if name else "")
            )
        if self.both_directions and self.embeddings["query"] == self.embeddings["gallery"]:
            raise InputError(
                f"both_directions of RetrievalLoop is for sentences and pictures, but queries and "
                f"gallery are both of the embedding {name!r}; leave it out"
            )
        return outputs[name]

    def _evaluate(self, features: Mapping[str, Tensor]) -> dict[str, Any]:
        facts = {side: {"features": features[side], **self._facts(side)} for side in SIDES}
        metrics = dict(self.evaluator.evaluate(**_named(facts["query"], facts["gallery"])))
        if self.both_directions:
            direction = f"{self.embeddings['gallery']}_to_{self.embeddings['query']}"
            back = self.evaluator.evaluate(**_named(facts["gallery"], facts["query"]))
            metrics.update({f"{direction}/{name}": value for name, value in back.items()})
        return metrics

    def _facts(self, side: str) -> dict[str, np.ndarray | None]:
        """Return what the metric reads of a side's data; identities and cameras unless it says."""
        dataset = getattr(self.dataloader, side).dataset
        reads = getattr(self.evaluator, "reads", {"ids", "cameras"})
        of_dataset = {"ids": "person_ids", "cameras": "camera_ids", "pictures": "picture_names"}
        found = {}
        for name in sorted(reads):
            read = getattr(dataset, of_dataset[name], None)
            if read is None:
                raise InputError(
                    f"the {side} dataset, a {type(dataset).__name__}, has no "
                    f"{of_dataset[name]}(), which {type(self.evaluator).__name__} asks for"
                )
            found[name] = read()
        return found


def _named(query: Mapping[str, Any], gallery: Mapping[str, Any]) -> dict[str, Any]:
    sides = {"query": query, "gallery": gallery}
    return {f"{side}_{name}": value for side in sides for name, value in sides[side].items()}
