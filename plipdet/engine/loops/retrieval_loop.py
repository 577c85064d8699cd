"""RetrievalLoop: embed queries and gallery, and rank the gallery for each query."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from mmengine.runner import BaseLoop, Runner
from torch import Tensor
from torch.utils.data import DataLoader

from plipdet.distributed import broadcast_object, gather_rows, is_main
from plipdet.engine.training_state import untouched_randomness
from plipdet.errors import InputError, near
from plipdet.registry import LOOPS, METRICS, build

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
    """

    def __init__(
        self,
        runner: Runner,
        dataloader: Mapping[str, Any],
        evaluator: Any,
        query_embedding: str | None = None,
        gallery_embedding: str | None = None,
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

    def run(self) -> dict[str, float]:
        """Return the metrics, the same on every rank; training's random state is left alone."""
        with untouched_randomness():
            return self._run("val" if self is self.runner._val_loop else "test")

    @torch.no_grad()
    def _run(self, mode: str) -> dict[str, float]:
        runner = self.runner
        runner.call_hook(f"before_{mode}")
        runner.call_hook(f"before_{mode}_epoch")
        runner.model.eval()
        features = {side: self._embed(side, mode) for side in SIDES}
        metrics = broadcast_object(self._evaluate(features) if is_main() else {})
        runner.call_hook(f"after_{mode}_epoch", metrics=metrics)
        runner.call_hook(f"after_{mode}")
        return metrics

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
        order = gather_rows(torch.cat(rows))
        gathered = gather_rows(torch.cat(embeddings))
        items = gathered.new_full((len(loader.dataset), gathered.shape[1]), torch.nan)
        items[order] = gathered  # a row that the sampler repeated lands where it was
        missing = int(torch.isnan(items[:, 0]).sum())
        if missing:
            raise InputError(
                f"{missing} of {len(items)} {side} embeddings are missing or not a number; check "
                "the weights, and that the sampler visits every item"
            )
        return items

    def _choose(self, side: str, outputs: Mapping[str, Tensor]) -> Tensor:
        name = self.embeddings[side]
        if name is None and len(outputs) == 1:
            return next(iter(outputs.values()))
        if name is None or name not in outputs:
            raise InputError(
                f"the {side} batches have the embeddings {sorted(outputs)}; set "
                f"{side}_embedding of RetrievalLoop to one of them"
                + (near(name, outputs) if name else "")
            )
        return outputs[name]

    def _evaluate(self, features: Mapping[str, Tensor]) -> dict[str, float]:
        facts: dict[str, np.ndarray | Tensor | None] = {}
        for side in SIDES:
            dataset = getattr(self.dataloader, side).dataset
            facts[f"{side}_features"] = features[side]
            facts[f"{side}_ids"] = dataset.person_ids()
            facts[f"{side}_cameras"] = dataset.camera_ids()
        return self.evaluator.evaluate(**facts)
