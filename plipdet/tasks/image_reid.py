"""ImageReIDTask: an encoder, a neck and losses that put the pictures of one person together."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, cast

from torch import Tensor, nn

from plipdet.errors import InputError
from plipdet.models.heads.reid import ReIDHead
from plipdet.models.necks import ReIDNeck
from plipdet.registry import TASKS
from plipdet.structures import LossTerms, PersonBatch

from .fitting import build_fitting
from .person_task import PersonTask

_NECK = "neck."


@TASKS.register_module()
class ImageReIDTask(PersonTask):
    """Image-based Re-ID: a picture finds others of its person, by the cosine of embeddings.

    What the neck does not read of the encoder is frozen, so that distributed training need not
    look for unused parameters.

    Args:
        image_encoder: Module or config.
        neck: :class:`~plipdet.models.necks.ReIDNeck` or config, which may leave out ``in_dim`` and
            ``backbone``.
        heads: :class:`~plipdet.models.heads.reid.ReIDHead` or configs by name; the name starts
            their entries in the log. A config may leave out ``metric_dims`` and
            ``classified_dims``, which the neck knows.
        flip_test: Whether an embedding is the mean of a picture's and its mirror image's, which
            costs a second pass.
        data_preprocessor: Module or config; ``None`` normalises as PLIP does.

    Raises:
        InputError: If there is no head, or a part does not fit the others.
    """

    def __init__(
        self,
        image_encoder: Any,
        neck: Any,
        *,
        heads: Mapping[str, Any],
        flip_test: bool = True,
        data_preprocessor: Any = None,
    ) -> None:
        super().__init__(image_encoder, data_preprocessor=data_preprocessor)
        if not heads:
            raise InputError("ImageReIDTask has no heads, so nothing to train; name one or more")
        encoder = self.image_encoder
        known = {"in_dim": encoder.embed_dim, "backbone": encoder.backbone}
        self.neck = build_fitting(
            neck, known, name="the neck", givers="the image encoder's features"
        )
        widths = {name: getattr(self.neck, name) for name in ("metric_dims", "classified_dims")}
        self.heads = nn.ModuleDict(
            {
                k: build_fitting(v, widths, name=f"head {k!r}", givers="the neck's features")
                for k, v in heads.items()
            }
        )
        for name, head in self.heads.items():
            if not isinstance(head, ReIDHead):
                raise InputError(f"head {name!r} is a {type(head).__name__}, which is no ReIDHead")
        self.flip_test = flip_test
        self._freeze_unused()

    def forward(  # type: ignore[override]
        self, batch: PersonBatch, mode: str = "loss"
    ) -> dict[str, Tensor]:
        """Compute what every task does, or mode "embed": "predict" without mirror images."""
        if mode == "embed":
            assert batch.images is not None, "who embeds pictures gives some"
            return {"image": self._embed_once(batch.images)}
        return super().forward(batch, mode)

    def loss_terms(self, batch: PersonBatch) -> dict[str, LossTerms]:
        """Return the loss of each head, by its name, for a normalised batch."""
        features = self.neck(self.image_encoder(batch.images))
        return {name: head.loss(features, batch) for name, head in self._reid_heads().items()}

    def embed_images(self, images: Tensor) -> Tensor:
        """Return the neck's embeddings, not normalised, shape (B, D).

        Args:
            images: Normalised, shape (B, 3, H, W).
        """
        embedding = self._embed_once(images)
        if self.flip_test:
            embedding = (embedding + self._embed_once(images.flip(3))) / 2
        return embedding

    def protocol(self) -> dict[str, str]:
        """Return, in words, what of the task changes a result."""
        flip = "mean embedding of the picture and its mirror image" if self.flip_test else "none"
        return {**super().protocol(), "test_time_augmentation": flip}

    def weights_loaded(self, loaded: Collection[str]) -> None:
        """Fill the neck's copies of the encoder, unless they were in the file.

        Args:
            loaded: Names of the weights that were in the file.
        """
        own = [name.removeprefix(_NECK) for name in loaded if name.startswith(_NECK)]
        cast(ReIDNeck, self.neck).encoder_loaded(self.image_encoder.backbone, own)

    def _freeze_unused(self) -> None:
        neck = cast(ReIDNeck, self.neck)
        self.image_encoder.freeze_unused(
            stages="image.stages" in neck.uses,
            embedding="image.embedding" in neck.uses,
            last_stage="image.last_stage" in neck.uses,
        )
        read = {use for head in self._reid_heads().values() for use in head.uses}
        neck.freeze_unused(metric="metric" in read, classified="classified" in read)

    def _reid_heads(self) -> dict[str, ReIDHead]:
        return {name: cast(ReIDHead, head) for name, head in self.heads.items()}

    def _embed_once(self, images: Tensor) -> Tensor:
        return self.neck(self.image_encoder(images)).embedding
