"""MultiGranularityNeck: the whole, halves and thirds of a person."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import torch
from torch import Tensor, nn

from plipdet.errors import InputError
from plipdet.registry import MODELS
from plipdet.structures import ImageFeatures, ReIDFeatures

from ..backbones import Backbone
from .reid_neck import ReIDNeck


class _Reduction(nn.Sequential):
    """A pooled feature to fewer numbers: linear map, batch norm, ReLU."""

    def __init__(self, in_dim: int, out_dim: int) -> None:
        linear = nn.Linear(in_dim, out_dim, bias=False)
        nn.init.kaiming_normal_(linear.weight)
        super().__init__(linear, nn.BatchNorm1d(out_dim), nn.ReLU())


@MODELS.register_module()
class MultiGranularityNeck(ReIDNeck):
    """A branch for the whole person, and one for each way to cut it into horizontal stripes.

    Wang et al., "Learning Discriminative Features with Multiple Granularities" (MGN), ACM MM 2018.
    A branch has a last stage of the backbone for itself and takes maxima, over its map and, in the
    branches of stripes, over each stripe; each maximum is reduced by a linear map, batch norm and
    ReLU. Distances are between the reduced features of the whole, classifiers read those of the
    whole before reduction and those of the stripes after it, and the embedding is all reduced
    ones, one after the other.

    The branch of the whole has the backbone's own last stage, the others copies of it at stride 1.
    The paper's branches begin within the stage before, after its first block; here they begin at
    its end, so that every backbone with stages can have them.

    Args:
        backbone: Of the image encoder; its last stage is copied.
        stripes: Into how many stripes each branch but the first cuts the map.
        reduced_dim: Width of a reduced feature.
        classify_reduced: Whether classifiers read the features of the whole after reduction too,
            unlike the paper, but as public reproductions do.

    Raises:
        InputError: If the backbone's last stage cannot be copied, or a number is too small.
    """

    uses = frozenset({"image.stages"})

    def __init__(
        self,
        backbone: Backbone,
        *,
        stripes: Sequence[int] = (2, 3),
        reduced_dim: int = 256,
        classify_reduced: bool = False,
    ) -> None:
        super().__init__()
        if min(stripes, default=0) < 2 or reduced_dim < 1:
            raise InputError(
                f"stripes = {tuple(stripes)} and reduced_dim = {reduced_dim} of "
                "MultiGranularityNeck; each branch has 2 stripes or more, each feature 1 number"
            )
        self.stripes = tuple(stripes)
        self.classify_reduced = classify_reduced
        self.branches = nn.ModuleList(backbone.copy_of_last_stage() for _ in self.stripes)
        wide, wholes, parts = backbone.stage_channels[-1], len(stripes) + 1, sum(stripes)
        self.whole = nn.ModuleList(_Reduction(wide, reduced_dim) for _ in range(wholes))
        self.part = nn.ModuleList(_Reduction(wide, reduced_dim) for _ in range(parts))
        self.metric_dims = (reduced_dim,) * wholes
        classified = reduced_dim if classify_reduced else wide
        self.classified_dims = (*(classified,) * wholes, *(reduced_dim,) * parts)
        self.embed_dim = reduced_dim * (wholes + parts)

    def forward(self, features: ImageFeatures) -> ReIDFeatures:
        """Return the features of B pictures."""
        maps = [branch(features.stages[-2]) for branch in self.branches]
        whole = [m.amax(dim=(2, 3)) for m in (features.stages[-1], *maps)]
        striped = [
            stripe
            for m, count in zip(maps, self.stripes, strict=True)
            for stripe in _maxima_of_stripes(m, count)
        ]
        reduced_whole = _each(self.whole, whole)
        reduced_parts = _each(self.part, striped)
        classified = reduced_whole if self.classify_reduced else tuple(whole)
        return ReIDFeatures(
            metric=reduced_whole,
            classified=(*classified, *reduced_parts),
            embedding=torch.cat([*reduced_whole, *reduced_parts], dim=1),
        )

    def freeze_unused(self, *, metric: bool, classified: bool) -> None:
        """Freeze the reductions whose features no head reads."""
        self.whole.requires_grad_(metric or (classified and self.classify_reduced))
        self.part.requires_grad_(classified)

    def encoder_loaded(self, backbone: nn.Module, loaded: Collection[str]) -> None:
        """Fill the branches from the backbone's last stage, unless the file had them."""
        assert isinstance(backbone, Backbone), "the constructor has copied a stage of it"
        if any(name.startswith("branches.") for name in loaded):
            return
        weights = backbone.copy_of_last_stage().state_dict()
        for branch in self.branches:
            branch.load_state_dict(weights)

    def steps_to_output(self) -> dict[str, int]:
        """Return 1 for the branches, whose layers are the backbone's last, for layer-wise decay."""
        return {name: 1 for name, _ in self.named_parameters() if name.startswith("branches.")}


def _maxima_of_stripes(features: Tensor, count: int) -> list[Tensor]:
    """Return the maxima, (B, C), over stripes that share a row where the height does not divide.

    The same as adaptive pooling, which cannot be exported for such heights.
    """
    height = int(features.shape[2])
    # Rounded up without negative numbers, whose quotient an exported graph rounds the other way
    bounds = [(n * height // count, ((n + 1) * height + count - 1) // count) for n in range(count)]
    return [features[:, :, start:stop].amax(dim=(2, 3)) for start, stop in bounds]


def _each(modules: nn.ModuleList, features: Sequence[Tensor]) -> tuple[Tensor, ...]:
    return tuple(module(x) for module, x in zip(modules, features, strict=True))
