"""Indexer: looks at pictures and videos, and commits who is in them."""

from __future__ import annotations

import dataclasses
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from tqdm import tqdm

from plipdet.datasets.stores import FileStore
from plipdet.datasets.transforms.decode_image import decode_image
from plipdet.errors import UnreadableImageError
from plipdet.structures import Detections

from .crop_jpeg import crop_jpeg
from .found_person import Box, FoundPerson, View, view_quality
from .index_counts import IndexCounts
from .people_finder import PeopleFinder
from .person_store import PersonStore
from .search_sources import SearchSource
from .store_schema import FileRecord
from .video_frames import VideoFrame, VideoFrames
from .walk_tracker import WalkTracker

_MANY = 5000  # people of pictures that are not committed yet

Labels = Callable[[Sequence[FoundPerson]], list[FoundPerson]]


class Indexer:
    """Fills a store; begins where the last one stopped.

    Args:
        store: Opened to write.
        finder: Of the store's model.
        label: Adds labels to people who are to be committed.
        stride: Every this many frames of a video.
        camera: What to call the camera of all files; ``None`` for no name.
        commit_every: Seconds of work that a crash may cost.
        batch_size: Frames at once.
        progress: Whether bars are shown.
    """

    def __init__(
        self,
        store: PersonStore,
        finder: PeopleFinder,
        *,
        label: Labels,
        stride: int,
        camera: str | None,
        commit_every: float,
        batch_size: int,
        progress: bool,
    ) -> None:
        self.store, self.finder, self.label = store, finder, label
        self.stride, self.camera = stride, camera
        self.commit_every, self.batch_size, self.progress = commit_every, batch_size, progress
        self.counts = IndexCounts()
        self._people: list[FoundPerson] = []  # of pictures, not committed yet
        self._files: list[FileRecord] = []
        self._renamed: list[str] = []  # files whose camera has another name now
        self._committed = time.monotonic()

    def index(self, sources: Sequence[SearchSource]) -> IndexCounts:
        """Index files that are new, that changed, or that were not finished."""
        began, known = time.monotonic(), self.store.files()
        todo = [(s, self._begun(s, known.get(s.path))) for s in sources]
        if self.camera is not None:
            self.store.name_camera(self._renamed, self.camera)
        pictures = [(s, record) for s, record in todo if record is not None and not s.video]
        videos = [(s, record) for s, record in todo if record is not None and s.video]
        for source, record in self._bar(pictures, "pictures", " pictures"):
            self._index_picture(source, record)
            if time.monotonic() > self._committed + self.commit_every or len(self._people) > _MANY:
                self._commit_pictures()
        self._commit_pictures()
        for _, record in videos:
            self._index_video(record)
        self.store.settle()
        self.counts.seconds = round(time.monotonic() - began, 2)
        return self.counts

    def _begun(self, source: SearchSource, known: FileRecord | None) -> FileRecord | None:
        """Return where to begin with a file, ``None`` if it was indexed and has not changed.

        Its camera is then what it was called last.
        """
        try:
            facts = os.stat(source.path)
        except OSError as error:
            self.counts.problems[source.path] = f"cannot be read: {error.strerror}"
            return None
        new = FileRecord(source.path, facts.st_size, facts.st_mtime_ns, "partial")
        new = dataclasses.replace(new, camera=self.camera)
        if known is None:
            return new
        if (known.size, known.modified) != (new.size, new.modified):
            self.store.remove([source.path])
            return new
        if known.state == "unreadable":  # perhaps for a reason that is gone
            return new
        if self.camera not in (None, known.camera):
            self._renamed.append(source.path)
        if known.state == "partial":
            return dataclasses.replace(known, camera=self.camera or known.camera)
        if known.problem is not None:
            self.counts.problems[source.path] = known.problem
        self.counts.unchanged += 1
        return None

    # --- pictures -----------------------------------------------------------------------------

    def _index_picture(self, source: SearchSource, record: FileRecord) -> None:
        try:
            picture = read_picture(source.path)
        except UnreadableImageError as error:
            self._note_problem(record, str(error))
            return
        found = self.finder.find([picture])[0]
        assert found.embeddings is not None, "a finder embeds"
        size = (picture.shape[1], picture.shape[0])
        for box, score, embedding in zip(
            found.boxes.tolist(), found.scores.tolist(), found.embeddings.numpy(), strict=True
        ):
            corners: Box = (box[0], box[1], box[2], box[3])
            view = View(0, None, corners, score, view_quality(corners, score, size))
            thumbnail = crop_jpeg(picture, corners)
            self._people.append(
                FoundPerson(source.path, (view,), embedding, thumbnail, record.camera)
            )
        self.counts.pictures += 1
        self._files.append(dataclasses.replace(record, state="done", people=len(found)))

    def _commit_pictures(self) -> None:
        if self._files:
            self._commit(self._people, self._files)
        self._people, self._files = [], []

    # --- videos -------------------------------------------------------------------------------

    def _index_video(self, record: FileRecord) -> None:
        try:
            frames = VideoFrames(record.path, stride=self.stride, first=record.frames)
        except UnreadableImageError as error:
            self._note_problem(record, str(error))
            self._commit_pictures()
            return
        tracker = WalkTracker(record.path, camera=record.camera)
        if record.frames:
            tracker.restore(self.store.walks_of(record.path), next_track=record.tracks)
            self.counts.resumed += 1
        over: list[FoundPerson] = []
        batch: list[VideoFrame] = []
        with self._frame_bar(frames, record) as bar:
            for frame in frames:
                batch.append(frame)
                if len(batch) < self.batch_size:
                    continue
                over += self._look(batch, tracker)
                bar.update(frame.number + 1 - bar.n)
                record = dataclasses.replace(record, frames=frame.number + 1)
                batch = []
                if time.monotonic() > self._committed + self.commit_every:
                    record = self._commit_video(record, over, tracker)
                    over = []
            over += self._look(batch, tracker)
        over += tracker.finish()
        if frames.problem is not None:
            self.counts.problems[record.path] = frames.problem
        self.counts.videos += 1
        record = dataclasses.replace(record, state="done", problem=frames.problem)
        self._commit_video(record, over, tracker)

    def _look(self, batch: Sequence[VideoFrame], tracker: WalkTracker) -> list[FoundPerson]:
        """Find people in frames; return the walks that are over."""
        if not batch:
            return []
        found: list[Detections] = self.finder.find([frame.pixels for frame in batch])
        self.counts.frames += len(batch)
        over: list[FoundPerson] = []
        for frame, people in zip(batch, found, strict=True):
            over += tracker.step(frame.number, frame.time, people, frame.pixels)
        return over

    def _commit_video(
        self, record: FileRecord, over: Sequence[FoundPerson], tracker: WalkTracker
    ) -> FileRecord:
        record = dataclasses.replace(
            record, people=record.people + len(over), tracks=tracker.next_track
        )
        self._commit([*over, *tracker.going_on()], [record])
        return record

    # --- both ---------------------------------------------------------------------------------

    def _commit(self, people: Sequence[FoundPerson], files: Sequence[FileRecord]) -> None:
        self.store.add(self.label(people), files)
        self.counts.people += sum(person.walk is None for person in people)
        self._committed = time.monotonic()

    def _note_problem(self, record: FileRecord, problem: str) -> None:
        self.counts.problems[record.path] = problem
        self._files.append(dataclasses.replace(record, state="unreadable", problem=problem))

    def _bar(self, items: Sequence, label: str, unit: str) -> tqdm:
        return tqdm(items, label, unit=unit, disable=not self.progress or not items)

    def _frame_bar(self, frames: VideoFrames, record: FileRecord) -> tqdm:
        name = Path(record.path).name
        return tqdm(
            desc=name,
            total=frames.count,
            initial=record.frames,
            unit=" frames",
            disable=not self.progress,
        )


def read_picture(path: str) -> np.ndarray:
    """Return a picture file, upright, RGB uint8, shape (H, W, 3).

    Raises:
        UnreadableImageError: If it is missing or does not decode.
    """
    place = Path(path).absolute()
    try:
        return decode_image(FileStore(place.parent).read(place.name), where=str(path))[0]
    except UnreadableImageError as error:  # in the words of one who has no annotation
        raise UnreadableImageError(str(error).partition("; ")[0]) from error
