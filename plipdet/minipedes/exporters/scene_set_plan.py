"""SceneSetPlan: what a set of scenes consists of."""

from __future__ import annotations

from dataclasses import dataclass

from plipdet.errors import InputError
from plipdet.minipedes.world import STREET, find_world

SCENE_SPLITS = ("train", "test")
_MOST_FRAMES = 39_999  # PRW's names have six digits for a frame, and count 25 a scene


@dataclass(frozen=True)
class SceneSetPlan:
    """What a set of scenes consists of; equal plans give equal bytes.

    Args:
        frames: Number of scenes of both splits; training comes first.
        test_frames: Scenes for testing.
        identities: Number of people of both splits, numbered from 1; training comes first.
        test_ids: People for testing.
        size: Height and width of a scene, px.
        seed: Seed of people, cameras, scenes and wording.
        quality: JPEG quality, 1..100.
        world: How people dress and cameras see, a name of ``WORLDS``.
    """

    frames: int
    test_frames: int
    identities: int
    test_ids: int
    size: tuple[int, int]
    seed: int
    quality: int
    world: str = STREET.name

    def __post_init__(self) -> None:
        find_world(self.world)
        if self.frames > _MOST_FRAMES:
            raise InputError(f"{self.frames} frames; PRW's names hold {_MOST_FRAMES} at most")
        if not 0 < self.test_frames < self.frames or not 0 < self.test_ids < self.identities:
            raise InputError(
                f"{self.test_frames} of {self.frames} frames and {self.test_ids} of "
                f"{self.identities} identities for test; both splits need some of each"
            )
        for split in SCENE_SPLITS:
            scenes, people = len(self.numbers_of(split)), len(self.people_of(split))
            if scenes < people:
                raise InputError(
                    f"{scenes} {split} frames for {people} identities, who would hardly be seen "
                    "twice; ask for as many frames as identities or more"
                )
        if min(self.size) < 90 or max(self.size) > 2048:
            raise InputError(f"size {self.size[1]}x{self.size[0]}; expected 90 to 2048 px each way")
        if not 1 <= self.quality <= 100 or self.seed < 0:
            raise InputError(
                f"quality {self.quality}, seed {self.seed}; expected quality 1..100, seed 0 or more"
            )

    def numbers_of(self, split: str) -> range:
        """Return the scenes of a split."""
        return _part(self.frames, self.test_frames, split)

    def people_of(self, split: str) -> range:
        """Return the identities of a split."""
        return _part(self.identities, self.test_ids, split)


def _part(count: int, test: int, split: str) -> range:
    border = count - test + 1
    return range(1, border) if split == "train" else range(border, count + 1)
