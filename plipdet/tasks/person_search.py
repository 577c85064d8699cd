"""PersonSearchTask: a detector and a Re-ID head in one network."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torchvision.ops import batched_nms

from plipdet.errors import InputError, near
from plipdet.models.detectors.box_regression import box_loss, moved_boxes
from plipdet.models.detectors.proposal_network import ProposalNetwork
from plipdet.models.detectors.region_features import LastStageRegions, RegionFeatures
from plipdet.models.detectors.region_sampler import NOBODY, Annotated, sample_regions
from plipdet.models.heads.search import FoundPeople, SearchHead
from plipdet.option_checks import share, whole_number
from plipdet.registry import TASKS, check_arguments
from plipdet.structures import Detections, LossTerms, PersonBatch, SceneBatch

from .fitting import build_fitting
from .person_task import weighted_sum
from .scene_task import SceneTask

_WEIGHTS = {
    "objectness": 1.0,
    "proposal_boxes": 1.0,
    "first_person": 1.0,
    "first_boxes": 10.0,
    "person": 1.0,
    "boxes": 1.0,
}
_FIRST = ("first_person", "first_boxes")


@TASKS.register_module()
class PersonSearchTask(SceneTask):
    """Faster R-CNN whose last head says who it is, with SeqNet's two heads one after the other.

    Li and Miao, "Sequential End-to-End Network for Efficient Person Search", AAAI 2021: a first
    head tells people from background and mends the proposals; a second one, on the mended boxes,
    makes embeddings. The norm of an embedding tells whether it is a person at all (Chen et al.,
    "Norm-Aware Embedding", CVPR 2020), its direction who. With ``sequential=False`` the second
    head alone reads the proposals, NAE's network.

    Weights of the image encoder are named as in every task, so PLIP's serve as a start. Over the
    last stage's regions its pooling makes the embedding by default, which is then comparable with
    sentences.

    Args:
        image_encoder: Module or config.
        text_encoder: Module or config; ``None`` searches by pictures only.
        heads: :class:`~plipdet.models.heads.search.SearchHead` or configs by name; a config may
            leave out ``dim``.
        regions: :class:`~plipdet.models.detectors.region_features.RegionFeatures` or config, which
            may leave out ``backbone``; ``None`` for the backbone's last stage.
        embedding: What makes an embedding of a region, such as ``TwoLevelEmbedding``, or its
            config, which may leave out channels; ``None`` for the image encoder's own pooling.
        proposals: Arguments of :class:`~plipdet.models.detectors.proposal_network.ProposalNetwork`,
            without the channels and anchor sizes, which the regions give.
        sequential: Whether there is a first head.
        samples: Boxes of a picture that a head trains on, half of them on people at most.
        loss_weights: Factors of the detection's losses, by name, that differ from SeqNet's 1, and
            10 for the first head's boxes.
        score_threshold: Least score of a person to report, 0..1.
        max_people: Most people to report of a picture.
        data_preprocessor: Module or config; ``None`` normalises as PLIP does.

    Raises:
        InputError: If a part does not fit the others, a weight is of no loss, or a number is out
            of its range.
    """

    def __init__(
        self,
        image_encoder: Any,
        text_encoder: Any = None,
        *,
        heads: Mapping[str, Any],
        regions: Any = None,
        embedding: Any = None,
        proposals: Mapping[str, Any] | None = None,
        sequential: bool = True,
        samples: int = 128,
        loss_weights: Mapping[str, float] | None = None,
        score_threshold: float = 0.05,
        max_people: int = 100,
        data_preprocessor: Any = None,
    ) -> None:
        super().__init__(image_encoder, text_encoder, data_preprocessor=data_preprocessor)
        backbone = self.image_encoder.backbone
        regions = {"type": LastStageRegions} if regions is None else regions
        known = {"backbone": backbone}
        self.regions: RegionFeatures = build_fitting(
            regions, known, name="regions", givers="the image encoder's features"
        )
        self.proposals = self._built_proposals(proposals or {})
        self.sequential = sequential
        if sequential:
            self.first_head = self.regions.new_head(backbone)
            self.first_person = nn.Linear(self.regions.map_channels, 2)
            self.first_boxes = _moves(self.regions.map_channels)
        own = self.regions.last_head(backbone)
        # The backbone's own stage stays the backbone's, under its name.
        self.last_head = self.regions.new_head(backbone) if own is None else None
        self.boxes = _moves(self.regions.map_channels)
        self.embedding = self._embedding(embedding)
        self.norm = nn.BatchNorm1d(1)
        self.heads = nn.ModuleDict(self._built_heads(heads))
        self.samples = whole_number(samples, "samples of PersonSearchTask")
        self.score_threshold = share(score_threshold, "score_threshold of PersonSearchTask")
        self.max_people = whole_number(max_people, "max_people of PersonSearchTask")
        self.loss_weights = self._checked_weights(loss_weights or {})
        self._freeze_unused()

    @property
    def embed_dim(self) -> int:
        """Numbers of an embedding."""
        giver: Any = self.image_encoder if self.embedding is None else self.embedding
        return int(giver.embed_dim)

    # --- training -------------------------------------------------------------------------------

    def losses(self, batch: SceneBatch) -> dict[str, Tensor]:
        """Return the weighted sum of the detection's losses and the heads' as "loss", and each."""
        terms, people = self._detection_terms(batch)
        weights = {**self.loss_weights, **{k: h.loss_weight for k, h in self._heads().items()}}
        annotated = self._annotated_people(batch) if self._reads_texts else None
        for name, head in self._heads().items():
            given = annotated if head.reads_texts else people
            assert given is not None, "made where a head reads texts"
            terms[name] = head.loss(given)
        return weighted_sum(weights, terms)

    def loss_terms(self, batch: PersonBatch) -> dict[str, LossTerms]:
        """Not for crops: see :meth:`losses`."""
        raise InputError("PersonSearchTask trains on whole scenes; its data are a SceneDataset")

    def _detection_terms(self, batch: SceneBatch) -> tuple[dict[str, LossTerms], FoundPeople]:
        known, sizes = _annotated(batch), _sizes(batch)
        maps = self._maps(batch)
        boxes, found = self.proposals.propose(batch.images, maps, sizes, known)
        terms = {name: LossTerms(loss) for name, loss in found.items()}
        if self.sequential:
            boxes, places = self._sampled(boxes, known)
            features = self._pooled(self.first_head(self._regions(maps, boxes, batch)))
            scores, moves = self.first_person(features), self.first_boxes(features)
            is_person = torch.cat(places) != NOBODY
            terms["first_person"] = LossTerms(F.cross_entropy(scores.float(), is_person.long()))
            terms["first_boxes"] = LossTerms(_moves_loss(moves, boxes, places, known))
            boxes = moved_boxes(boxes, moves, sizes)
        boxes, places = self._sampled(boxes, known)
        embeddings, moves = self._second(self._regions(maps, boxes, batch))
        is_person = torch.cat(places) != NOBODY
        norms = self._norm_logits(embeddings)
        person = F.binary_cross_entropy_with_logits(norms.float(), is_person.float())
        terms["person"] = LossTerms(person, {"accuracy": ((norms > 0) == is_person).float().mean()})
        terms["boxes"] = LossTerms(_moves_loss(moves, boxes, places, known))
        ids = torch.cat([k.person_ids[p[p != NOBODY]] for k, p in zip(known, places, strict=True)])
        return terms, FoundPeople(F.normalize(embeddings[is_person], dim=1), ids)

    def _annotated_people(self, batch: SceneBatch) -> FoundPeople:
        """Return the people of the data set where the annotation has them, with sentences."""
        if batch.token_ids is None or batch.token_mask is None or self.text_encoder is None:
            return FoundPeople(torch.zeros(0), batch.person_ids)
        described = batch.token_mask.any(dim=1)
        embeddings = self.embed_boxes(batch)
        texts = torch.zeros_like(embeddings)
        if described.any():
            found = self.embed_texts(batch.token_ids[described], batch.token_mask[described])
            texts = texts.index_put((described.nonzero().squeeze(1),), found.to(texts.dtype))
        else:  # other ranks may have sentences, and wait for a gradient of each weight
            some = batch.token_ids.new_zeros(1, max(1, batch.token_ids.shape[1]))
            found = self.embed_texts(some, torch.ones_like(some, dtype=batch.token_mask.dtype))
            texts = texts + found.sum() * 0
        return FoundPeople(embeddings, batch.person_ids, texts, described)

    def _sampled(
        self, boxes: list[Tensor], known: list[Annotated]
    ) -> tuple[list[Tensor], list[Tensor]]:
        pairs = [
            sample_regions(b, k, count=self.samples, positive_share=0.5, iou=0.5)
            for b, k in zip(boxes, known, strict=True)
        ]
        return [b for b, _ in pairs], [p for _, p in pairs]

    def train(self, mode: bool = True) -> PersonSearchTask:
        """Set the mode; the first head's norms stay in eval where the backbone's do."""
        super().train(mode)
        if self.sequential and getattr(self.image_encoder.backbone, "norm_eval", False):
            for module in self.first_head.modules():
                if isinstance(module, nn.modules.batchnorm._BatchNorm):
                    module.eval()
        return self

    # --- finding --------------------------------------------------------------------------------

    def find(self, batch: SceneBatch) -> list[Detections]:
        """Return the people of each picture, boxes in px of the picture on disk, best first.

        A person's score is the first head's, as SeqNet has it; the only head's without it.
        """
        sizes, maps = _sizes(batch), self._maps(batch)
        boxes, _ = self.proposals.propose(batch.images, maps, sizes)
        scores: list[Tensor] | None = None
        if self.sequential:
            features = self._pooled(self.first_head(self._regions(maps, boxes, batch)))
            sure = self.first_person(features).float().softmax(dim=1)[:, 1]
            moves, counts = self.first_boxes(features), [len(b) for b in boxes]
            boxes = moved_boxes(boxes, moves, sizes)
            kept = [self._best(b, s) for b, s in zip(boxes, sure.split(counts), strict=True)]
            boxes, scores = [b for b, _ in kept], [s for _, s in kept]
        embeddings, moves = self._second(self._regions(maps, boxes, batch))
        counts = [len(b) for b in boxes]
        boxes = moved_boxes(boxes, moves, sizes)
        if scores is None:
            scores = [*self._norm_logits(embeddings).float().sigmoid().split(counts)]
        unit = F.normalize(embeddings.float(), dim=1).split(counts)
        found = zip(boxes, scores, unit, strict=True)
        return [self._reported(batch, i, *people) for i, people in enumerate(found)]

    def embed_boxes(self, batch: SceneBatch) -> Tensor:
        """Return the embedding of each of ``batch.boxes``, of unit length, shape (R, D)."""
        kept = [~batch.ignored & (batch.box_images == i) for i in range(len(batch))]
        boxes = [batch.boxes[mask] for mask in kept]
        embeddings, _ = self._second(self._regions(self._maps(batch), boxes, batch))
        unit = F.normalize(embeddings, dim=1)
        rows = torch.cat([mask.nonzero().squeeze(1) for mask in kept])
        return torch.zeros(len(batch.boxes), unit.shape[1]).to(unit).index_put((rows,), unit)

    def embed_images(self, images: Tensor) -> Tensor:
        """Return the image encoder's embedding of crops, of unit length, shape (B, D)."""
        return F.normalize(super().embed_images(images), dim=1)

    def embed_texts(self, token_ids: Tensor, token_mask: Tensor) -> Tensor:
        """Return embeddings of sentences, of unit length, shape (B, D)."""
        return F.normalize(super().embed_texts(token_ids, token_mask), dim=1)

    def protocol(self) -> dict[str, str]:
        """Return, in words, what of the task changes a result."""
        heads = "two, one after the other (SeqNet)" if self.sequential else "one (NAE)"
        return {**super().protocol(), "heads": heads}

    def weights_loaded(self, loaded: Collection[str]) -> None:
        """Fill the first head's copy of the encoder's last stage, unless it was in the file."""
        own = self.regions.last_head(self.image_encoder.backbone)
        if own is None or not self.sequential:
            return
        if not any(name.startswith("first_head.") for name in loaded):
            self.first_head.load_state_dict(own.state_dict())

    def _best(self, boxes: Tensor, scores: Tensor) -> tuple[Tensor, Tensor]:
        """Return the boxes above the threshold that no better one covers, best first."""
        sure = scores >= self.score_threshold
        boxes, scores = boxes[sure], scores[sure]
        kept = _uncovered(boxes, scores)[: self.max_people]
        return boxes[kept], scores[kept]

    def _reported(
        self, batch: SceneBatch, picture: int, boxes: Tensor, scores: Tensor, unit: Tensor
    ) -> Detections:
        seen = (scores >= self.score_threshold) & ((boxes[:, 2:] - boxes[:, :2]) >= 1).all(dim=1)
        boxes, scores, unit = boxes[seen], scores[seen], unit[seen]
        kept = _uncovered(boxes, scores)[: self.max_people]
        return Detections(batch.to_original(boxes[kept], picture), scores[kept], unit[kept])

    # --- parts ----------------------------------------------------------------------------------

    def _maps(self, batch: SceneBatch) -> dict[str, Tensor]:
        encoder = self.image_encoder
        images = batch.images.contiguous(memory_format=encoder.memory_format)
        return self.regions.maps(encoder.backbone, images)

    def _regions(self, maps: dict[str, Tensor], boxes: list[Tensor], batch: SceneBatch) -> Tensor:
        padded = (int(batch.images.shape[2]), int(batch.images.shape[3]))
        return self.regions.regions(maps, boxes, [padded] * len(batch))

    def _second(self, regions: Tensor) -> tuple[Tensor, Tensor]:
        """Return embeddings, not normalised, and moves of boxes, of regions (R, C, h, w)."""
        own = self.regions.last_head(self.image_encoder.backbone)
        head = self.last_head if own is None else own
        assert head is not None, "one of the two is there"
        found = head(regions)
        moves = self.boxes(self._pooled(found))
        if self.embedding is None:
            return self.image_encoder.pooling(found), moves
        return self.embedding(regions, found), moves

    def _norm_logits(self, embeddings: Tensor) -> Tensor:
        """Return how sure it is that there is somebody, shape (R,); NAE, section 3.2."""
        return self.norm(embeddings.float().norm(dim=1, keepdim=True)).squeeze(1)

    @staticmethod
    def _pooled(maps: Tensor) -> Tensor:
        return maps.amax(dim=(2, 3))

    def _built_proposals(self, given: Mapping[str, Any]) -> ProposalNetwork:
        known = {"channels": self.regions.channels, "anchor_sizes": self.regions.anchor_sizes}
        for name in known:
            if name in given:
                raise InputError(
                    f"proposals of PersonSearchTask has {name!r}, which the regions give; leave it "
                    "out"
                )
        arguments = {**known, **given}
        check_arguments(ProposalNetwork, arguments, where="proposals of PersonSearchTask")
        return ProposalNetwork(**arguments)

    def _embedding(self, config: Any) -> nn.Module | None:
        channels, encoded = self.regions.map_channels, self.image_encoder.stage_channels[-1]
        if config is None:
            if channels != encoded:
                raise InputError(
                    f"the image encoder's pooling reads {encoded} channels, the regions' heads "
                    f"give {channels}; set embedding, for instance to dict(type=TwoLevelEmbedding)"
                )
            return None
        known = {"channels": self.regions.channels, "map_channels": channels}
        return build_fitting(config, known, name="embedding", givers="the regions")

    def _built_heads(self, heads: Mapping[str, Any]) -> dict[str, nn.Module]:
        if not heads:
            raise InputError("PersonSearchTask has no heads, so nobody to tell apart; name OIMHead")
        if any(name in _WEIGHTS for name in heads):
            raise InputError(f"heads named like losses of the detector: {sorted(_WEIGHTS)}")
        known = {"dim": self.embed_dim}
        built: dict[str, nn.Module] = {}
        for name, config in heads.items():
            head = build_fitting(config, known, name=f"head {name!r}", givers="the embeddings")
            if not isinstance(head, SearchHead):
                raise InputError(
                    f"head {name!r} is a {type(head).__name__}, which is no SearchHead"
                )
            if head.reads_texts and self.text_encoder is None:
                raise InputError(f"head {name!r} reads sentences; the task has no text_encoder")
            built[name] = head
        if self.text_encoder is not None and self.text_encoder.embed_dim != self.embed_dim:
            raise InputError(
                f"embeddings of people have {self.embed_dim} numbers, of sentences "
                f"{self.text_encoder.embed_dim}; leave out embedding, or text_encoder"
            )
        return built

    def _checked_weights(self, given: Mapping[str, float]) -> dict[str, float]:
        for name in given:
            if name not in _WEIGHTS:
                raise InputError(
                    f"loss_weights of PersonSearchTask has {name!r}{near(name, _WEIGHTS)}; "
                    f"losses are {list(_WEIGHTS)}"
                )
        weights = {**_WEIGHTS, **given}
        return {k: v for k, v in weights.items() if self.sequential or k not in _FIRST}

    def _freeze_unused(self) -> None:
        """Freeze what no loss reads, so that every trainable parameter gets a gradient."""
        if self.embedding is not None:
            self.image_encoder.pooling.requires_grad_(False)
        if self.text_encoder is not None and not self._reads_texts:
            self.text_encoder.requires_grad_(False)

    @property
    def _reads_texts(self) -> bool:
        return any(head.reads_texts for head in self._heads().values())

    def _heads(self) -> dict[str, SearchHead]:
        return {name: cast(SearchHead, head) for name, head in self.heads.items()}


def _moves(channels: int) -> nn.Linear:
    linear = nn.Linear(channels, 4)
    nn.init.normal_(linear.weight, std=0.001)
    nn.init.zeros_(linear.bias)
    return linear


def _moves_loss(
    moves: Tensor, boxes: list[Tensor], places: list[Tensor], known: list[Annotated]
) -> Tensor:
    shown = torch.cat(places) != NOBODY
    targets = torch.cat([k.boxes[p[p != NOBODY]] for k, p in zip(known, places, strict=True)])
    return box_loss(moves[shown], torch.cat(boxes)[shown], targets, count=len(shown))


def _annotated(batch: SceneBatch) -> list[Annotated]:
    found = []
    for picture in range(len(batch)):
        own = batch.box_images == picture
        people, regions = own & ~batch.ignored, own & batch.ignored
        found.append(Annotated(batch.boxes[people], batch.person_ids[people], batch.boxes[regions]))
    return found


def _sizes(batch: SceneBatch) -> list[tuple[int, int]]:
    return [(int(h), int(w)) for h, w in batch.sizes.tolist()]


def _uncovered(boxes: Tensor, scores: Tensor) -> Tensor:
    return batched_nms(boxes, scores, torch.zeros_like(scores, dtype=torch.int64), 0.4)
