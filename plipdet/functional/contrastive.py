"""Losses that pull embeddings of one identity together across modalities.

All but :func:`cross_modal_projection_classification` look one way, from anchors to candidates;
a loss of both directions is the sum of two calls. The anchors may be one rank's rows while the
candidates are those of all ranks. As each anchor counts for itself, ``chunk`` of them at a time
give the same loss and gradient without (B, N) tensors.
"""

from __future__ import annotations

from typing import Literal

import torch.nn.functional as F
from torch import Tensor

from .mean_in_chunks import mean_in_chunks

MatchNorm = Literal["l2", "sum"]


def divergence_from_matches(
    logits: Tensor, matches: Tensor, *, norm: MatchNorm, eps: float
) -> Tensor:
    r"""KL divergence from softmax probabilities to the distribution of true matches, one way.

    PLIP (arXiv 2305.08386) Eq. (4)-(5): mean_i sum_j p_ij log(p_ij / (q_ij + eps)) with
    p = softmax_j(logits) and q the matches over the norm of their row. As printed that norm is
    the row's sum; the code of CMPM, which PLIP trains with, divides by the row's Euclidean norm.

    Args:
        logits: Similarity of each anchor and candidate, shape (B, N).
        matches: True where anchor and candidate share the identity, bool, shape (B, N); each
            row needs at least one.
        norm: "sum" makes q a distribution, "l2" is the form of the CMPM code.
        eps: Added to q before the logarithm, no unit.

    Returns:
        Scalar mean over the B anchors.
    """
    target = F.normalize(matches.to(logits.dtype), p=2 if norm == "l2" else 1, dim=1)
    log_p = F.log_softmax(logits, dim=1)
    return (log_p.exp() * (log_p - (target + eps).log())).sum(dim=1).mean()


def cross_modal_projection_matching(
    anchors: Tensor,
    candidates: Tensor,
    *,
    anchor_ids: Tensor,
    candidate_ids: Tensor,
    eps: float = 1e-8,
    chunk: int | None = None,
) -> Tensor:
    """CMPM, one way: projections matched to identities.

    Zhang and Lu, "Deep Cross-Modal Projection Learning", ECCV 2018, Eq. (2)-(6); the form PLIP
    trains with (arXiv 2305.08386, A.6). A logit is the scalar projection of the anchor onto the
    direction of the candidate, x . z / |z|.

    Args:
        anchors: Embeddings of one modality, not normalised, shape (B, D).
        candidates: Embeddings of the other modality, not normalised, shape (N, D).
        anchor_ids: Identity of each anchor, shape (B,).
        candidate_ids: Identity of each candidate, shape (N,); every anchor needs a match.
        eps: Added to the target before the logarithm, no unit.
        chunk: Anchors whose similarities are held at a time; ``None`` for all.

    Returns:
        Scalar mean over the B anchors.
    """

    def loss(logits: Tensor, ids: Tensor) -> Tensor:
        matches = ids[:, None] == candidate_ids[None]  # (B, N)
        return divergence_from_matches(logits, matches, norm="l2", eps=eps)

    return mean_in_chunks(loss, anchors, candidates, anchor_ids, chunk=chunk)


def similarity_distribution_matching(
    anchors: Tensor,
    candidates: Tensor,
    *,
    anchor_ids: Tensor,
    candidate_ids: Tensor,
    temperature: float = 0.02,
    eps: float = 1e-8,
    chunk: int | None = None,
) -> Tensor:
    """SDM, one way: softmax of cosines over a temperature matched to identities.

    Jiang and Ye, "Cross-Modal Implicit Relation Reasoning and Aligning" (IRRA), CVPR 2023,
    "Similarity Distribution Matching". At temperature 1 it is Eq. (4)-(6) of PLIP
    (arXiv 2305.08386) as printed.

    Args:
        anchors: Embeddings of one modality, not normalised, shape (B, D).
        candidates: Embeddings of the other modality, not normalised, shape (N, D).
        anchor_ids: Identity of each anchor, shape (B,).
        candidate_ids: Identity of each candidate, shape (N,); every anchor needs a match.
        temperature: Divides the cosine, above 0, no unit.
        eps: Added to the target before the logarithm, no unit.
        chunk: Anchors whose similarities are held at a time; ``None`` for all.

    Returns:
        Scalar mean over the B anchors.
    """

    def loss(cosines: Tensor, ids: Tensor) -> Tensor:
        matches = ids[:, None] == candidate_ids[None]  # (B, N)
        logits = cosines / temperature
        return divergence_from_matches(logits, matches, norm="sum", eps=eps)

    own = F.normalize(anchors, dim=1)
    return mean_in_chunks(loss, own, candidates, anchor_ids, chunk=chunk)


def info_nce(
    anchors: Tensor,
    candidates: Tensor,
    *,
    anchor_ids: Tensor,
    candidate_ids: Tensor,
    temperature: float | Tensor = 0.07,
    chunk: int | None = None,
) -> Tensor:
    """InfoNCE, one way, with every candidate of the anchor's identity as a positive.

    With distinct identities it is the loss of van den Oord et al. (arXiv 1807.03748, Eq. 4) as
    CLIP uses it (arXiv 2103.00020); with several candidates of an identity the target
    is spread evenly over them, as in UniCL (arXiv 2204.03610).

    Args:
        anchors: Embeddings of one modality, not normalised, shape (B, D).
        candidates: Embeddings of the other modality, not normalised, shape (N, D).
        anchor_ids: Identity of each anchor, shape (B,).
        candidate_ids: Identity of each candidate, shape (N,); every anchor needs a match.
        temperature: Divides the cosine, above 0, no unit; a scalar tensor gets a gradient.
        chunk: Anchors whose similarities are held at a time; ``None`` for all.

    Returns:
        Scalar mean over the B anchors.
    """

    def loss(logits: Tensor, ids: Tensor) -> Tensor:
        matches = ids[:, None] == candidate_ids[None]  # (B, N)
        target = F.normalize(matches.to(logits.dtype), p=1, dim=1)
        return -(target * F.log_softmax(logits, dim=1)).sum(dim=1).mean()

    own = F.normalize(anchors, dim=1) / temperature  # here, where it gets its gradient in chunks
    return mean_in_chunks(loss, own, candidates, anchor_ids, chunk=chunk)


def cross_modal_projection_classification(
    image: Tensor, text: Tensor, *, labels: Tensor, weight: Tensor
) -> Tensor:
    """CMPC, both ways: identity classification of each embedding projected onto its partner.

    Zhang and Lu, ECCV 2018, section 3.3: x is replaced by (x . z/|z|) z/|z| and classified
    by a linear map without bias whose columns have length 1.

    Args:
        image: Image embeddings, not normalised, shape (B, D).
        text: Embedding of the text of each image, not normalised, shape (B, D).
        labels: Class of each pair, 0..K-1, int64, shape (B,).
        weight: Classifier before its columns are normalised, shape (D, K).

    Returns:
        Scalar: mean over the B pairs, summed over the two directions.
    """
    columns = F.normalize(weight, dim=0)
    image_direction, text_direction = F.normalize(image, dim=1), F.normalize(text, dim=1)
    image_on_text = (image * text_direction).sum(dim=1, keepdim=True) * text_direction  # (B, D)
    text_on_image = (text * image_direction).sum(dim=1, keepdim=True) * image_direction
    return F.cross_entropy(image_on_text @ columns, labels) + F.cross_entropy(
        text_on_image @ columns, labels
    )
