"""IndexCounts: what an indexing did."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class IndexCounts:
    """Counts of one call of :meth:`PersonSearcher.index`.

    Args:
        pictures: Pictures looked at.
        videos: Videos looked at, to their end.
        frames: Frames of videos looked at.
        people: Results that the store got: people in pictures, walks in videos.
        unchanged: Files that were indexed before and have not changed.
        resumed: Videos that were gone on with in the middle.
        problems: What was wrong with a file, by its path: it could not be read, or not to its end.
        seconds: Time it took.
    """

    pictures: int = 0
    videos: int = 0
    frames: int = 0
    people: int = 0
    unchanged: int = 0
    resumed: int = 0
    problems: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0
