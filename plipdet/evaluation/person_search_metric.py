"""PersonSearchMetric: how well people are found who are searched for in whole scenes."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from plipdet.errors import InputError, near
from plipdet.functional.candidates import Candidates
from plipdet.functional.context_matching import raise_by_context
from plipdet.functional.person_search import Change, Search, search_rates, search_statistics
from plipdet.registry import METRICS
from plipdet.structures import Detections, SceneTable, SearchQueries

from .coco_detection import coco_rates
from .scene_detection import scene_detection_rates
from .search_examples import search_examples

_CBGM = ("k1", "k2")


@METRICS.register_module()
class PersonSearchMetric:
    """mAP and rank-k of person search, and recall and AP of the detections behind them.

    The rules of CUHK-SYSU and PRW, see :mod:`plipdet.functional.person_search`; galleries and
    right answers come with the queries. Ties count against the model. A query that no scene of its
    gallery shows is left out of the rates and counted in ``queries_without_match``.

    Args:
        topk: The k of rank-k.
        score_threshold: Least score of a detection, 0..1, to be among the candidates.
        weigh_by_score: Multiply the cosine by the detection's score, as methods with norm-aware
            embeddings do (NAE, SeqNet); no figures without can be compared with such with it.
        cbgm: ``dict(k1=..., k2=...)`` for context bipartite graph matching, see
            :mod:`plipdet.functional.context_matching`; SeqNet takes 10 and 3 for CUHK-SYSU, 30
            and 4 for PRW.
        coco: Also detection AP by pycocotools, which takes longest of all.
        examples: How many of the queries with the lowest average precision are given with their
            first ten people.
        chunk: Queries at once; memory is chunk x people scores of 4 bytes. ``None`` for as many
            as take 256 MB, at most 2,048.

    Raises:
        InputError: If an option is out of its range or not known.
    """

    def __init__(
        self,
        topk: Sequence[int] = (1, 5, 10),
        *,
        score_threshold: float = 0.5,
        weigh_by_score: bool = False,
        cbgm: Mapping[str, int] | None = None,
        coco: bool = True,
        examples: int = 5,
        chunk: int | None = None,
    ) -> None:
        if not topk or any(not isinstance(k, int) or k < 1 for k in topk):
            raise InputError(
                f"topk = {topk!r} of PersonSearchMetric; expected ranks from 1, like (1, 5)"
            )
        if not 0 <= score_threshold <= 1 or examples < 0 or (chunk is not None and chunk < 1):
            raise InputError(
                f"score_threshold = {score_threshold}, examples = {examples}, chunk = {chunk} of "
                "PersonSearchMetric; expected 0 to 1, 0 or more, and 1 or more"
            )
        self.topk = tuple(topk)
        self.score_threshold = score_threshold
        self.weigh_by_score = weigh_by_score
        self.cbgm = None if cbgm is None else _checked(cbgm)
        self.coco = coco
        self.examples = examples
        self.chunk = chunk

    @torch.no_grad()
    def evaluate(
        self,
        found: Sequence[Detections | None],
        query_embeddings: Tensor,
        queries: SearchQueries,
        scenes: SceneTable,
        *,
        query_of: np.ndarray | None = None,
        detected: bool = True,
    ) -> dict[str, Any]:
        """Return the rates in percent, and counts.

        Args:
            found: Of each scene of the table, ``None`` where it was not searched.
            query_embeddings: Shape (Q, D).
            queries: Who is searched for, and where.
            scenes: The scenes, and the people who are in them.
            query_of: Which of ``queries`` each embedding belongs to, shape (Q,): a person's
                sentences are a query each. ``None`` where there is one embedding for each.
            detected: False where ``found`` is no detector's work but the annotation itself, of
                which no detection figures are given.

        Returns:
            ``mAP``, ``rank<k>``, ``search_recall`` (mean share of right answers found);
            ``queries``, ``queries_without_match``, ``gallery_scenes`` (all that some query looks
            in), ``people_found`` (detections in them); with ``detected`` the figures of
            :func:`plipdet.evaluation.scene_detection.scene_detection_rates` and
            :func:`plipdet.evaluation.coco_detection.coco_rates`; the list ``examples``.

        Raises:
            InputError: If a scene that is needed was not searched, embeddings do not fit or are
                not finite, or no gallery shows the person that is searched for.
        """
        asks = np.arange(len(queries)) if query_of is None else np.asarray(query_of)
        assert len(asks) == len(query_embeddings), "a query for each embedding"
        assert len(found) == len(scenes), "detections, or None, for each scene"
        self._check_searched(found, queries, scenes)
        search = self._search(found, query_embeddings, queries, asks)
        statistics = search_statistics(search)
        looked_in = np.unique(queries.gallery_scenes)
        matched = int((statistics.right > 0).sum())
        result: dict[str, Any] = {
            **search_rates(statistics, topk=self.topk),
            "queries": matched,
            "queries_without_match": len(asks) - matched,
            "gallery_scenes": len(looked_in),
            "people_found": int(np.diff(search.people.ends)[looked_in].sum()),
        }
        if detected:
            searched = {number: one for number, one in enumerate(found) if one is not None}
            result |= scene_detection_rates(searched, scenes, threshold=self.score_threshold)
            result |= coco_rates(searched, scenes) if self.coco else {}
        result["examples"] = search_examples(search, statistics, scenes, count=self.examples)
        return result

    def _search(
        self,
        found: Sequence[Detections | None],
        query_embeddings: Tensor,
        queries: SearchQueries,
        asks: np.ndarray,
    ) -> Search:
        """Return who is compared with whom, by embeddings of unit length."""
        people = Candidates.of_scenes(
            found, width=query_embeddings.shape[1], threshold=self.score_threshold
        )
        query = F.normalize(query_embeddings.float(), dim=1)
        gallery = F.normalize(people.embeddings.to(query), dim=1)
        people = dataclasses.replace(people, embeddings=gallery)
        if self.weigh_by_score:
            gallery = gallery * torch.from_numpy(people.scores).to(gallery)[:, None]
        change = self._change(people, gallery, queries)
        return Search(query, asks, queries, people, gallery, change=change, chunk=self.chunk)

    def protocol(self) -> dict[str, Any]:
        """Return the rules in words, to be written beside the result."""
        weight = " times detection score" if self.weigh_by_score else ""
        return {
            "similarity": f"cosine{weight}",
            "score_threshold": self.score_threshold,
            "overlap_rule": (
                "the most similar detection of a scene with overlap >= min(0.5, wh / ((w + 10)(h "
                "+ 10))) is right, all others wrong; AP scaled by recall"
            ),
            "tie_rule": "wrong before right at equal similarity",
            "cbgm": "none" if self.cbgm is None else dict(self.cbgm),
            "without_match": "queries that no scene of their gallery shows left out",
        }

    def _change(self, people: Candidates, gallery: Tensor, queries: SearchQueries) -> Change | None:
        if self.cbgm is None:
            return None

        def change(scores: Tensor, asks: np.ndarray) -> None:
            raise_by_context(scores, people, gallery, queries, asks, **self.cbgm or {})

        return change

    def _check_searched(
        self, found: Sequence[Detections | None], queries: SearchQueries, scenes: SceneTable
    ) -> None:
        needed = [("some gallery has", queries.gallery_scenes)]
        if self.cbgm is not None:
            needed.append(("shows a query, whose company cbgm compares", queries.scenes))
        for why, numbers in needed:
            for scene in np.unique(numbers):
                if found[scene] is None:
                    raise InputError(
                        f"nobody has searched scene {scenes[int(scene)].image}, which {why}; let "
                        "the gallery's loader visit all scenes of the split"
                    )


def _checked(cbgm: Mapping[str, int]) -> dict[str, int]:
    """Return the options of context matching, all of them given and in their range."""
    for name in cbgm:
        if name not in _CBGM:
            raise InputError(
                f"cbgm of PersonSearchMetric has no option {name!r}{near(name, _CBGM)}; it has "
                "k1 and k2"
            )
    values = {name: cbgm.get(name) for name in _CBGM}
    for name, value in values.items():
        if not isinstance(value, int) or value < 1:
            raise InputError(
                f"cbgm of PersonSearchMetric has {name} = {value!r}; give k1 and k2, whole numbers "
                "from 1, such as dict(k1=10, k2=3)"
            )
    return dict(cbgm)
