"""rank_lists: the best of the gallery for some queries, ready to draw."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F

from plipdet.datasets import PersonDataset, collate
from plipdet.errors import InputError
from plipdet.evaluation import RetrievalMetric
from plipdet.functional.ranking import top_of_gallery
from plipdet.tasks import PretrainingTask
from plipdet.visualization import RankedPicture, RankList

from .embedding import embed_images
from .person_picture import one_of_each_first, person_picture


@torch.no_grad()
def rank_lists(
    task: PretrainingTask,
    query: PersonDataset,
    gallery: PersonDataset,
    *,
    metric: RetrievalMetric,
    queries: int = 8,
    top: int = 10,
    seed: int = 0,
    num_workers: int = 0,
) -> list[RankList]:
    """Return the ranked lists of random queries, of different identities as long as they last.

    Args:
        task: From :func:`plipdet.apis.load_model`.
        query: Captions (``unit="caption"``) or pictures.
        gallery: Pictures.
        metric: Its camera and junk rules decide which gallery pictures take part.
        queries: How many lists.
        top: Pictures of a list.
        seed: Chooses the queries.
        num_workers: Processes that load the gallery.

    Raises:
        InputError: If a side has no identities, or no cameras where the metric's rule needs them.
    """
    if queries < 1 or top < 1:
        raise InputError(f"{queries} queries with {top} pictures each; expected 1 or more")
    ids, gallery_ids = query.person_ids(), gallery.person_ids()
    if ids is None or gallery_ids is None:
        raise InputError("ranked lists need identities on both sides, to tell right from wrong")
    order = np.random.default_rng(seed).permutation(len(ids))
    chosen = order[one_of_each_first(ids[order])][:queries]
    valid = _valid(query, gallery, chosen, metric)
    gallery_features = embed_images(task, gallery, num_workers=num_workers)
    samples = [query[int(i)] for i in chosen]
    outputs = task.val_step(collate(samples))
    side = "text" if query.unit == "caption" else "image"
    features = F.normalize(outputs[side].float(), dim=1).cpu()
    scores, best = top_of_gallery(features, gallery_features, count=top, valid=valid)
    lists = []
    for at, sample in enumerate(samples):
        identity = int(ids[chosen[at]])
        right = torch.from_numpy(gallery_ids == identity) & valid[at]
        items = []
        for score, g in zip(scores[at].tolist(), best[at].tolist(), strict=True):
            if np.isfinite(score):
                camera = gallery.table[g].camera_id
                note = "" if camera is None else f"cam {camera}"
                picture = person_picture(gallery.table, g)
                items.append(RankedPicture(picture, bool(right[g]), score, note))
        shown = (
            sample["caption"] if side == "text" else person_picture(query.table, int(chosen[at]))
        )
        note = f"identity {identity}, {int(right.sum())} in the gallery"
        lists.append(RankList(shown, items, note))
    return lists


def _valid(
    query: PersonDataset, gallery: PersonDataset, chosen: np.ndarray, metric: RetrievalMetric
) -> torch.Tensor:
    """Return which gallery items take part for each chosen query, bool, shape (Q, G)."""
    ids, gallery_ids = query.person_ids(), gallery.person_ids()
    assert ids is not None and gallery_ids is not None
    valid = np.broadcast_to(~np.isin(gallery_ids, metric.junk_ids), (len(chosen), len(gallery_ids)))
    if metric.exclude_same_camera:
        cameras, gallery_cameras = query.camera_ids(), gallery.camera_ids()
        if cameras is None or gallery_cameras is None:
            raise InputError("exclude_same_camera needs cameras on both sides; the data have none")
        same_person = ids[chosen][:, None] == gallery_ids
        valid = valid & ~(same_person & (cameras[chosen][:, None] == gallery_cameras))
    return torch.from_numpy(valid.copy())
