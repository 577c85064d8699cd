"""PersonSearcher: find people in one's own pictures and videos, by a sentence or a picture."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from types import NoneType
from typing import Any

import numpy as np

from plipdet.apis.attribute_scores import score_attributes
from plipdet.apis.load_model import load_model
from plipdet.errors import InputError, RunStoppedError
from plipdet.models import Detector
from plipdet.registry import MODELS, build
from plipdet.tasks import PersonTask
from plipdet.tasks.scene_task import SceneTask

from .found_person import FoundPerson
from .index_counts import IndexCounts
from .indexer import Indexer, read_picture
from .people_finder import PeopleFinder
from .person_store import PersonStore
from .search_result import SearchResult
from .search_sources import search_sources
from .store_errors import DamagedStoreError

_YES = 0.5
_INTERRUPTED = 130


class PersonSearcher:
    """Indexes pictures and videos into a store on disk, and searches it.

    ::

        model = load_model(checkpoint="work_dirs/pretrain_r50/epoch_70.pth")
        searcher = PersonSearcher("people", model=model, detector=MoveNetDetector())
        searcher.index(["holiday", "entrance.mp4"])
        for result in searcher.search(text="a woman in a red coat with a backpack"):
            print(result.similarity, result.person.path, result.person.start)

    Args:
        store: Folder of the store; :meth:`index` makes it.
        model: From :func:`plipdet.apis.load_model`, or a checkpoint that carries its config: a
            person-search network, or a model of crops together with a detector.
        detector: :class:`plipdet.models.Detector` or config; a model of crops needs none to search
            by sentences.
        attributes: Gives people labels to filter by: a task that was trained on attributes, or
            phrases to ask the model for, such as ``["a person with a hat"]``.
        options: Of :class:`PeopleFinder`: ``inputs``, ``size``, ``least_score``, ``least_height``,
            ``least_ratio``.

    Raises:
        InputError: If the model and the detector, or the labels, do not fit together.
    """

    def __init__(
        self,
        store: str | Path,
        *,
        model: PersonTask | str | Path,
        detector: Detector | dict[str, Any] | None = None,
        attributes: PersonTask | Sequence[str] | None = None,
        **options: Any,
    ) -> None:
        self.store = Path(store)
        task = model if isinstance(model, PersonTask) else load_model(checkpoint=model)
        finds = None if detector is None else build(detector, MODELS)
        self.finder = PeopleFinder(task, finds, **options)
        if isinstance(task, SceneTask) and not isinstance(attributes, (PersonTask, NoneType)):
            raise InputError(
                f"{type(task).__name__} compares phrases with whole pictures only; label people by "
                "a model of attributes: attributes=load_model(...), or --attributes FILE"
            )
        self.attributes = attributes
        self._reader: PersonStore | None = None

    def index(
        self,
        sources: str | Path | Iterable[str | Path],
        *,
        stride: int = 5,
        camera: str | None = None,
        commit_every: float = 10.0,
        batch_size: int = 1,
        progress: bool = True,
    ) -> IndexCounts:
        """Look at pictures and videos that are new or changed, and store who is in them.

        An indexing that was stopped, by whatever, is gone on with where it was.

        Args:
            sources: Pictures, videos, and folders with all in them.
            stride: Every this many frames of a video.
            camera: What to call the camera of all these files, to filter by; those that were
                indexed before are called so, too.
            commit_every: Seconds of work that a crash may cost.
            batch_size: Frames at once; more than 1 pays on a GPU.
            progress: Whether bars are shown.

        Raises:
            InputError: If there is nothing to index, the store is of another model or being
                written to, or the disk is full.
        """
        if stride < 1 or batch_size < 1:
            raise InputError(f"stride is {stride} and batch_size {batch_size}; expected 1 or more")
        places = [sources] if isinstance(sources, (str, Path)) else list(sources)
        self.finder.check_finds()
        problems: dict[str, str] = {}
        files = search_sources(places, problems=problems)
        self._close_reader()
        with PersonStore(
            self.store, fingerprint=self.finder.fingerprint, width=self.finder.width, write=True
        ) as store:
            indexer = Indexer(
                store,
                self.finder,
                label=self._labeller(),
                stride=stride,
                camera=camera,
                commit_every=commit_every,
                batch_size=batch_size,
                progress=progress,
            )
            indexer.counts.problems |= problems
            try:
                return indexer.index(files)
            except KeyboardInterrupt as error:
                raise RunStoppedError(
                    f"with {len(store)} people in {self.store}; indexing again goes on there",
                    getattr(error, "exit_code", _INTERRUPTED),
                ) from error

    def search(
        self,
        *,
        text: str | None = None,
        image: str | Path | np.ndarray | None = None,
        box: Sequence[float] | None = None,
        where: str | None = None,
        limit: int = 20,
        exact: bool = False,
    ) -> list[SearchResult]:
        """Return the people most alike to a sentence or a person in a picture, best first.

        Args:
            text: What the person looks like.
            image: A file, or RGB uint8 of shape (H, W, 3), with the person.
            box: Where in the image, xyxy, px; ``None`` for the surest person that is found there,
                or all of it if there is none, as in a crop.
            where: Conditions such as ``camera = lobby and time >= 12.5``, see :func:`where_sql`.
            limit: How many.
            exact: Whether to compare with everybody in spite of an index.

        Raises:
            InputError: If not just one of text and image is given, there is no store, it is of
                another model, or the conditions cannot be read.
        """
        self._read()
        asked = self.embed(text=text, image=image, box=box)
        options: dict[str, Any] = {"limit": limit, "where": where, "exact": exact}
        try:
            hits = self._read().search(asked, **options)
        except DamagedStoreError:  # perhaps written anew since it was opened, as forgetting does
            self._close_reader()
            hits = self._read().search(asked, **options)
        return [
            SearchResult(rank, hit.similarity, hit.person, hit.id)
            for rank, hit in enumerate(hits, start=1)
        ]

    def embed(
        self,
        *,
        text: str | None = None,
        image: str | Path | np.ndarray | None = None,
        box: Sequence[float] | None = None,
    ) -> np.ndarray:
        """Return the embedding that :meth:`search` asks for, of unit length, shape (D,)."""
        if (text is None) == (image is None):
            raise InputError("search for either a text or an image")
        if text is not None:
            return self.finder.embed_text(text)
        picture = image if isinstance(image, np.ndarray) else read_picture(str(image))
        height, width = picture.shape[:2]
        if box is None:
            box = self.surest_person(picture) or (0, 0, width, height)
        if len(box) != 4:
            raise InputError(f"box {list(box)} has {len(box)} numbers; expected 4")
        left, top, right, bottom = box
        if not (0 <= left < right <= width and 0 <= top < bottom <= height):
            raise InputError(
                f"box {list(box)} is not inside of the {width}x{height} picture; expected left, "
                "top, right, bottom in px"
            )
        return self.finder.embed_box(picture, box)

    def surest_person(self, picture: np.ndarray) -> tuple[float, ...] | None:
        """Return the box, xyxy, px, of the surest person in RGB uint8, (H, W, 3), if any."""
        found = self.finder.find([picture])[0]
        return tuple(found.boxes[0].tolist()) if len(found) else None

    def __len__(self) -> int:
        """Return how many people the store has."""
        return len(self._read())

    def _read(self) -> PersonStore:
        if self._reader is None:
            self._reader = PersonStore(self.store, fingerprint=self.finder.fingerprint)
        return self._reader

    def _close_reader(self) -> None:
        if self._reader is not None:
            self._reader.close()
        self._reader = None

    def _labeller(self) -> Callable[[Sequence[FoundPerson]], list[FoundPerson]]:
        attributes = self.attributes
        if attributes is None:
            return list
        task = attributes if isinstance(attributes, PersonTask) else self.finder.embedder
        phrases = None if isinstance(attributes, PersonTask) else list(attributes)

        def label(people: Sequence[FoundPerson]) -> list[FoundPerson]:
            if not people:
                return []
            crops = [SearchResult(0, 0.0, person, 0).crop() for person in people]
            found = score_attributes(task, crops, phrases, progress=False)
            rows = (found.probabilities > _YES).tolist()
            names = [tuple(n for n, y in zip(found.names, row, strict=True) if y) for row in rows]
            return [
                dataclasses.replace(person, labels=own)
                for person, own in zip(people, names, strict=True)
            ]

        return label
