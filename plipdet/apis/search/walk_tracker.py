"""WalkTracker: joins the people of a video's frames into walks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.optimize import linear_sum_assignment

from plipdet.structures import Detections

from .crop_jpeg import crop_jpeg
from .found_person import Box, FoundPerson, View, WalkState, view_quality

_LEAST_OVERLAP = 0.1  # of boxes, below which only a very like and near person is the same
_ALIKE = 0.8  # cosine
_NEAR = 1.0  # heights of the box between two centres
_FEWEST_LOOKS = 3  # frames looked at before a walk is over, however far apart


@dataclass(slots=True)
class _Walk:
    """A walk that is not over."""

    track: int
    start: float
    state: WalkState
    total: np.ndarray  # embeddings added up, each times the quality of its view, (D,)
    end: float = 0.0
    views: list[View] = field(default_factory=list)
    thumbnail: bytes = b""

    def embedding(self) -> np.ndarray:
        return (self.total / max(float(np.linalg.norm(self.total)), 1e-12)).astype(np.float32)


class WalkTracker:
    """Follows people by where they are and how they look; one walk-through is one walk.

    In each frame the boxes are assigned to the walks so that overlap with where a walk is expected
    (its last box moved on at its last speed) plus likeness of the embeddings is greatest. A walk
    is over when its person was not found for ``patience`` seconds, or three times as long as the
    last two frames lie apart; who comes back later begins a new one. No more is kept of a walk
    than a sum of embeddings, a few views, and one thumbnail.

    Args:
        path: The video, for the people's records.
        camera: As the user named it.
        patience: Seconds.
        views: How many views a walk keeps, the best by :func:`view_quality`.
        least_seen: Walks of fewer frames are dropped, unless there were no more frames: they are
            mostly no people.
    """

    def __init__(
        self,
        path: str,
        *,
        camera: str | None = None,
        patience: float = 2.0,
        views: int = 3,
        least_seen: int = 2,
    ) -> None:
        self.path, self.camera = path, camera
        self.patience, self.views, self.least_seen = patience, views, least_seen
        self.next_track = 0
        self._walks: list[_Walk] = []
        self._looks = 0
        self._looked = 0.0  # when, last, s

    def restore(self, people: Sequence[FoundPerson], *, next_track: int) -> None:
        """Go on with walks from :meth:`going_on`."""
        self.next_track, self._looks = next_track, self.least_seen
        for person in people:
            assert person.walk is not None and person.track is not None, "a walk that goes on"
            assert person.start is not None and person.end is not None, "of a video"
            walk = _Walk(person.track, person.start, person.walk, np.zeros(0), person.end)
            walk.total = person.embedding.astype(np.float64) * person.walk.weight
            walk.views, walk.thumbnail = list(person.views), person.thumbnail
            self._walks.append(walk)
            self._looked = max(self._looked, person.end)

    def step(
        self, frame: int, time: float, people: Detections, picture: np.ndarray
    ) -> list[FoundPerson]:
        """Take the people of the next frame; return the walks that are over.

        Args:
            frame: Its number.
            time: Seconds from the start of the video.
            people: With embeddings.
            picture: RGB uint8, shape (H, W, 3).
        """
        boxes = people.boxes.numpy().astype(np.float64)  # (R, 4)
        assert people.embeddings is not None, "a model that embeds"
        looks = people.embeddings.numpy()  # (R, D)
        over = self._end_before(time - max(self.patience, _FEWEST_LOOKS * (time - self._looked)))
        self._looks, self._looked = self._looks + 1, time
        matched = self._matches(frame, boxes, looks)
        for place in range(len(people)):
            walk = matched.get(place) or self._begin(frame, time, boxes[place], looks.shape[1])
            self._see(walk, frame, boxes[place])
            walk.end = time
            size = (picture.shape[1], picture.shape[0])
            box: Box = tuple(float(v) for v in boxes[place])  # type: ignore[assignment]
            score = float(people.scores[place])
            quality = view_quality(box, score, size)
            walk.total += quality * looks[place]
            if not walk.views or quality > walk.views[0].quality:
                walk.thumbnail = crop_jpeg(picture, box)
            walk.views.append(View(frame, time, box, score, quality))
            walk.views = sorted(walk.views, key=lambda v: -v.quality)[: self.views]
        return over

    def going_on(self) -> list[FoundPerson]:
        """Return the walks that are not over, as they are."""
        return [self._person(walk, over=False) for walk in self._walks]

    def finish(self) -> list[FoundPerson]:
        """Return the walks that the end of the video ends."""
        return self._end_before(float("inf"))

    def _begin(self, frame: int, time: float, box: np.ndarray, width: int) -> _Walk:
        state = WalkState(0, frame, tuple(box.tolist()), (0.0, 0.0), 0.0)
        walk = _Walk(self.next_track, time, state, np.zeros(width))
        self.next_track += 1
        self._walks.append(walk)
        return walk

    def _see(self, walk: _Walk, frame: int, box: np.ndarray) -> None:
        """Note where a walk is now, and how fast it goes."""
        state, gap = walk.state, max(1, frame - walk.state.last_frame)
        moved = (_centre(box) - _centre(np.array(state.last_box))) / gap
        walk.state = WalkState(
            state.seen + 1, frame, tuple(box.tolist()), tuple(moved.tolist()), 0.0
        )

    def _end_before(self, time: float) -> list[FoundPerson]:
        ended = [walk for walk in self._walks if walk.end < time]
        self._walks = [walk for walk in self._walks if walk.end >= time]
        needed = min(self.least_seen, self._looks)
        return [self._person(walk, over=True) for walk in ended if walk.state.seen >= needed]

    def _person(self, walk: _Walk, *, over: bool) -> FoundPerson:
        state = walk.state._replace(weight=float(np.linalg.norm(walk.total)))
        return FoundPerson(
            path=self.path,
            views=tuple(walk.views),
            embedding=walk.embedding(),
            thumbnail=walk.thumbnail,
            camera=self.camera,
            track=walk.track,
            start=walk.start,
            end=walk.end,
            walk=None if over else state,
        )

    def _matches(self, frame: int, boxes: np.ndarray, looks: np.ndarray) -> dict[int, _Walk]:
        """Return the walk of each box that belongs to one, by the box's place."""
        if not self._walks or not len(boxes):
            return {}
        expected = np.array([_expected(walk, frame) for walk in self._walks])  # (K, 4)
        overlap = _overlaps(expected, boxes)  # (K, R)
        alike = np.stack([walk.embedding() for walk in self._walks]) @ looks.T  # (K, R)
        apart = np.linalg.norm(_centre(expected)[:, None] - _centre(boxes)[None], axis=2)
        heights = np.maximum(expected[:, 3] - expected[:, 1], 1)[:, None]
        near = (alike >= _ALIKE) & (apart <= _NEAR * heights)
        possible = (overlap >= _LEAST_OVERLAP) | near
        gain = np.where(possible, 1 + overlap + np.clip(alike, 0, 1), 0)
        rows, places = linear_sum_assignment(-gain)
        return {
            int(place): self._walks[row]
            for row, place in zip(rows, places, strict=True)
            if possible[row, place]
        }


def _expected(walk: _Walk, frame: int) -> np.ndarray:
    """Return where a walk's box should be by now, were it to go on as before."""
    gap = frame - walk.state.last_frame
    right, down = walk.state.step
    return np.array(walk.state.last_box) + gap * np.array([right, down, right, down])


def _centre(boxes: np.ndarray) -> np.ndarray:
    return (boxes[..., :2] + boxes[..., 2:]) / 2


def _overlaps(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Return intersection over union, shape (K, R), of (K, 4) and (R, 4)."""
    low = np.maximum(one[:, None, :2], other[None, :, :2])
    high = np.minimum(one[:, None, 2:], other[None, :, 2:])
    shared = np.prod(np.clip(high - low, 0, None), axis=2)
    areas = [np.prod(np.clip(b[:, 2:] - b[:, :2], 0, None), axis=1) for b in (one, other)]
    return shared / np.maximum(areas[0][:, None] + areas[1][None] - shared, 1e-9)
