"""The parts of a pre-training step, each runnable alone at the sizes it has in the step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from plipdet.models.views import Views
from plipdet.structures import ImageFeatures, PersonBatch, TextFeatures


class LeafViews:
    """Views whose features were encoded before, so that a head runs without its encoders.

    The features are leaves: after a head's backward pass their ``grad`` is what the encoder would
    get.

    Args:
        views: What encodes them, on first use.
    """

    def __init__(self, views: Views) -> None:
        self._views = views
        self.mask: Tensor | None = None
        self.features: dict[str, ImageFeatures | TextFeatures] = {}

    def __getattr__(self, name: str) -> Any:
        return self._leaves(name, lambda: getattr(self._views, name))

    def masked_text(self, mask: Tensor) -> Any:
        """Return the features of the first mask asked for, whatever the mask."""
        if self.mask is None:
            self.mask = mask
        return self._leaves("masked_text", lambda: self._views.masked_text(mask))

    def _leaves(self, name: str, encode: Callable[[], Any]) -> Any:
        if name not in self.features:
            with torch.no_grad():
                self.features[name] = _as_leaves(encode())
        return self.features[name]

    def tensors(self, name: str) -> list[Tensor]:
        """Return the tensors of a view that can have a gradient, in a fixed order."""
        return _tensors(self.features[name])


def _as_leaves(found: ImageFeatures | TextFeatures) -> ImageFeatures | TextFeatures:
    if isinstance(found, ImageFeatures):
        stages = tuple(stage.detach().requires_grad_() for stage in found.stages)
        return ImageFeatures(stages, found.embedding.detach().requires_grad_())
    tokens, embedding = (t.detach().requires_grad_() for t in (found.tokens, found.embedding))
    return TextFeatures(tokens, found.mask, embedding)


def _tensors(found: ImageFeatures | TextFeatures) -> list[Tensor]:
    if isinstance(found, ImageFeatures):
        return [*found.stages, found.embedding]
    return [found.tokens, found.embedding]


class StepParts:
    """Runs the parts of a task's step alone: preprocessing, encoders, heads, optimizer.

    Args:
        task: A pre-training task in training mode, on its device.
        wrapper: The optimizer wrapper; its gradients are those of the last step.
        batch: A batch as the loader gives it.
    """

    def __init__(self, task: Any, wrapper: Any, batch: PersonBatch) -> None:
        self.task, self.wrapper, self.raw = task, wrapper, batch
        self.batch: PersonBatch = task.data_preprocessor(batch, True)["batch"]
        groups = wrapper.optimizer.param_groups
        self.parameters = [p for group in groups for p in group["params"]]
        self.leaves = LeafViews(self._views())
        self._heads = dict(zip(task.heads, task.heads.values(), strict=True))
        for name in self._heads:
            self._head(name)
        self._incoming = {name: self._gradients(name) for name in self.leaves.features}
        self._forget()
        self._own_gradients = [torch.randn_like(p) * 1e-3 for p in self.parameters]

    def parts(self) -> dict[str, Callable[[], None]]:
        """Return the parts by name, each to be called any number of times."""
        parts: dict[str, Callable[[], None]] = {"preprocessing": self._preprocess}
        for name in self._incoming:
            parts[f"encode {name}"] = self._bind(self._encode, name)
        for name in self._heads:
            parts[f"head {name}"] = self._bind(self._head_alone, name)
        parts["optimizer"] = self._optimize
        return parts

    @staticmethod
    def _bind(function: Callable[[str], None], name: str) -> Callable[[], None]:
        return lambda: function(name)

    def _views(self) -> Views:
        return Views(
            self.batch,
            image_encoder=self.task.image_encoder,
            text_encoder=self.task.text_encoder,
            to_gray=self.task.data_preprocessor.to_gray,
        )

    def _gradients(self, name: str) -> list[tuple[int, Tensor]]:
        """Return (place, gradient) of the tensors of a view that some head has a gradient for."""
        found = enumerate(self.leaves.tensors(name))
        return [(place, leaf.grad) for place, leaf in found if leaf.grad is not None]

    def _forget(self) -> None:
        for parameter in self.parameters:
            parameter.grad = None
        for name in self.leaves.features:
            for leaf in self.leaves.tensors(name):
                leaf.grad = None

    def _preprocess(self) -> None:
        self.task.data_preprocessor(self.raw, True)

    def _encode(self, name: str) -> None:
        with self.wrapper.optim_context(self.task):
            views = self._views()
            masked = name == "masked_text"
            found = views.masked_text(self.leaves.mask) if masked else getattr(views, name)
        outputs = _tensors(found)
        places, gradients = zip(*self._incoming[name], strict=True)
        torch.autograd.backward([outputs[place] for place in places], gradients)
        self._forget()

    def _head(self, name: str) -> None:
        head = self._heads[name]
        with self.wrapper.optim_context(self.task):
            loss = head.loss_weight * head.loss(self.leaves, self.batch).loss
        loss.backward()

    def _head_alone(self, name: str) -> None:
        self._head(name)
        self._forget()

    def _optimize(self) -> None:
        for parameter, gradient in zip(self.parameters, self._own_gradients, strict=True):
            parameter.grad = gradient
        self.wrapper.step()
        self.wrapper.zero_grad()
