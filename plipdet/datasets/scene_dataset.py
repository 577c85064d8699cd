"""SceneDataset: whole pictures with the people in them through a pipeline of transforms."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from plipdet.errors import InputError, near
from plipdet.registry import DATASETS, SOURCES, build
from plipdet.structures import IdentityIndex, PersonRow, SceneTable, SearchQueries

from .pipeline_dataset import PipelineDataset
from .sources.scene_source import SceneSource
from .stores import FileStore

_CONTENTS = ("scenes", "queries", "sentences")
_NOBODY = -1


@DATASETS.register_module()
class SceneDataset(PipelineDataset):
    """Scenes of a source; an item is what the pipeline makes of one scene.

    The pipeline starts with ``scene`` (:class:`plipdet.structures.Scene`), ``boxes`` (R, 4) xyxy
    in px, ``person_ids`` (R,) with -1 for nobody known, ``ignored`` (R,), ``people`` (the
    PersonRow of each box, ``None`` for a region that is ignored), ``images`` (the ImageStore),
    ``rng``, ``sample`` (seed, epoch and item) and ``index`` (of the item).
    :class:`plipdet.datasets.collate_scenes` makes batches.

    Args:
        source: A :class:`plipdet.datasets.sources.SceneSource` or its config.
        pipeline: Transforms or their configs, called in order on one ``results`` dict. Where
            sentences ask, it need not load the picture.
        split: Split or splits whose scenes are shown, ``None`` for all; queries are those of the
            source's protocol, whatever ``split`` says, but it must be one that they search.
        content: ``"scenes"`` for an item a scene with everybody in it; ``"queries"`` for an item a
            query, its scene with the query's box alone; ``"sentences"`` for an item a sentence
            about a query.
        seed: As for :class:`PipelineDataset`.
        unreadable: As there.

    Attributes:
        scenes: All scenes of the source, of every split.
        queries: Who is searched for, ``None`` for content "scenes".
        query_of: Query of each item, int64, shape (items,), for queries and sentences.

    Raises:
        InputError: If the source is missing or wrong or has no scenes, or an argument has no such
            meaning.
    """

    scenes: SceneTable
    queries: SearchQueries | None = None

    def __init__(
        self,
        source: Any,
        pipeline: Sequence[Any],
        *,
        split: str | Sequence[str] | None = None,
        content: str = "scenes",
        seed: int = 0,
        unreadable: str = "stop",
    ) -> None:
        if content not in _CONTENTS:
            raise InputError(
                f"content = {content!r} of SceneDataset{near(content, _CONTENTS)}; one of "
                f"{_CONTENTS}"
            )
        super().__init__(pipeline, seed=seed, unreadable=unreadable)
        built = build(source, SOURCES)
        if not isinstance(built, SceneSource):
            raise InputError(
                f"source of SceneDataset is a {type(built).__name__}, which has no scenes; use "
                "CuhkSysu, Prw or CocoPersonSearch, or PersonDataset for pictures of one person"
            )
        self.content = content
        self.scenes = built.load_scenes()
        self.images = self.scenes.people.images or FileStore(self.scenes.root)
        self._shown = _scenes_of(self.scenes, split)
        self.query_of = np.zeros(0, np.int64)
        self._sentence_of = np.zeros(0, np.int64)
        if content != "scenes":
            self.queries = built.queries(self.scenes)
            self._take(self.queries, split)

    def _take(self, queries: SearchQueries, split: str | Sequence[str] | None) -> None:
        """Make items of queries, or of their sentences."""
        stray = np.setdiff1d(queries.scenes, self._shown)
        if len(stray):
            other = self.scenes[int(stray[0])].split
            raise InputError(
                f"split = {split!r} of SceneDataset(content={self.content!r}), but the queries of "
                f"{self.scenes.root} are of {other!r}"
            )
        self.query_of = np.arange(len(queries))
        if self.content == "sentences":
            if queries.captions is None:
                raise InputError(
                    f"the data in {self.scenes.root} have no sentences about the queries; write "
                    "them into captions.json there (docs/data/sources.md), or ask by pictures"
                )
            counts = [len(captions) for captions in queries.captions]
            self.query_of = np.repeat(self.query_of, counts)
            self._sentence_of = np.concatenate([np.arange(count) for count in counts])

    def __len__(self) -> int:
        return len(self._shown) if self.queries is None else len(self.query_of)

    def scene_of(self, item: int) -> int:
        """Return the scene of an item, as an index into ``scenes``."""
        if self.queries is None:
            return int(self._shown[item])
        return int(self.queries.scenes[self.query_of[item]])

    def identities(self) -> IdentityIndex:
        """Return which rows of the table of people show whom, of the scenes that are shown.

        Raises:
            InputError: If nobody there is known.
        """
        rows = [row for scene in self._shown for row in self.scenes[int(scene)].rows]
        ids = [self.scenes.person_ids(int(scene)) for scene in self._shown]
        found = np.concatenate([*ids, np.zeros(0, np.int64)])
        known = found != _NOBODY
        if not known.any():
            raise InputError(f"the scenes in {self.scenes.root} have no identities")
        index = IdentityIndex.of(found[known])
        return IdentityIndex(index.ids, index.offsets, np.array(rows)[known][index.rows])

    def _begun(self, index: int) -> dict[str, Any]:
        at = self.scene_of(index)
        scene = self.scenes[at]
        if self.queries is not None:
            return {"scene": scene, "root": self.scenes.root, **self._asked(index, scene.image)}
        ids, regions = self.scenes.person_ids(at), scene.ignored
        people = [self.scenes.people[row] for row in scene.rows]
        return {
            "scene": scene,
            "root": self.scenes.root,
            "boxes": np.concatenate([self.scenes.boxes(at), regions]),
            "person_ids": np.concatenate([ids, np.full(len(regions), _NOBODY)]),
            "ignored": np.arange(len(ids) + len(regions)) >= len(ids),
            "people": [*people, *[None] * len(regions)],
        }

    def _asked(self, index: int, image: str) -> dict[str, Any]:
        """Return the query of an item as the only person of its scene."""
        assert self.queries is not None, "the caller has looked"
        q = int(self.query_of[index])
        captions = None if self.queries.captions is None else list(self.queries.captions[q])
        if self.content == "sentences" and captions is not None:
            captions = [captions[self._sentence_of[index]]]
        box, person_id = self.queries.boxes[q], int(self.queries.person_ids[q])
        person = PersonRow(image, box.tolist(), person_id, captions=captions)
        return {
            "boxes": box[None],
            "person_ids": np.array([person_id]),
            "ignored": np.zeros(1, bool),
            "people": [person],
        }

    def _image(self, index: int) -> str:
        return self.scenes[self.scene_of(index)].image


def _scenes_of(scenes: SceneTable, split: str | Sequence[str] | None) -> np.ndarray:
    """Return the scenes of a split or of several, ascending, all for ``None``."""
    if split is None:
        return np.arange(len(scenes))
    splits = (split,) if isinstance(split, str) else split
    return np.sort(np.concatenate([scenes.where_split(name) for name in dict.fromkeys(splits)]))
