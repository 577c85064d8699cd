"""PipelineDataset: items of any kind through a pipeline of transforms."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any

from torch.utils.data import Dataset

from plipdet.errors import InputError, UnreadableImageError, near
from plipdet.registry import TRANSFORMS, build

from .picture_stack import PictureStack
from .sample_randomness import sample_randomness
from .stores import ImageStore
from .transforms.decode_image import decode_image

_UNREADABLE = ("stop", "replace")
_ATTEMPTS = 10  # so many unreadable pictures in a row are no accident
Key = int | tuple[int, int]


class PipelineDataset(Dataset):
    """What data sets over pictures share: transforms, randomness, pictures that cannot be read.

    An item's randomness comes from (seed, epoch, item) alone, so that samples do not depend on
    the number of workers or ranks. The pipeline finds it in ``results["rng"]``; ``random``,
    ``numpy.random`` and PyTorch's CPU generator are seeded too, for transforms of other packages.
    A transform's own class may have two attributes: ``draws = False`` if it uses none of these,
    which saves the time to seed them when no other does; and ``stepwise = True`` if, moreover, it
    does not look at pictures and stands at the end, so that it may be applied to a whole batch;
    it may then have a ``transform_all``, from a list of ``results`` to such a list.

    Args:
        pipeline: Transforms or their configs, called in order on one ``results`` dict.
        seed: Seed of the samples' randomness, not negative.
        unreadable: What to do about a picture that is missing or does not decode: ``"stop"``, or
            ``"replace"`` the item by another that (seed, epoch, item) choose. Then
            ``results["unreadable"]`` lists the items whose place was taken, and
            :class:`plipdet.engine.hooks.UnreadableImagesHook` counts, names and limits them.

    Raises:
        InputError: If an argument has no such meaning.
    """

    images: ImageStore
    """Where the pictures lie."""

    def __init__(self, pipeline: Sequence[Any], *, seed: int, unreadable: str) -> None:
        if unreadable not in _UNREADABLE:
            raise InputError(
                f"unreadable = {unreadable!r} of a dataset{near(unreadable, _UNREADABLE)}; "
                f"expected one of {_UNREADABLE}"
            )
        if seed < 0:
            raise InputError(f"seed = {seed} of a dataset is negative; expected 0 or more")
        self.pipeline = [build(step, TRANSFORMS) for step in pipeline]
        self.seed = seed
        self.unreadable = unreadable
        self._set_steps(self.pipeline)

    @abstractmethod
    def __len__(self) -> int:
        """Return the number of items."""

    @abstractmethod
    def _begun(self, index: int) -> dict[str, Any]:
        """Return what is special about an item's ``results`` before the first step."""

    @abstractmethod
    def _image(self, index: int) -> str:
        """Return the name of an item's picture in the store."""

    def _set_steps(self, steps: Sequence[Any]) -> None:
        """Apply other steps than those of the pipeline, which do the same."""
        self._itemwise, self._stepwise = _parted(steps)
        self._draws = any(_says(step, "draws", True) for step in self._itemwise)

    def __getitem__(self, key: Key) -> dict[str, Any]:
        """Return the pipeline's result for an item.

        Args:
            key: Index of the item, or (index, epoch) as :class:`PersonSampler` gives; the epoch
                changes the randomness and is 0 when left out.
        """
        return self.__getitems__([key])[0]

    def __getitems__(self, keys: Sequence[Key]) -> list[dict[str, Any]]:
        """Return the results for the items of a batch; a DataLoader calls it.

        What steps do is not changed by doing it to all items before the next step begins, but
        twice as fast: decoding a picture would drive their code and tables out of the caches.
        """
        begun = [self._begin(key) for key in keys]
        stack = PictureStack(len(begun))
        for number, results in enumerate(begun):
            results["stack"] = stack, number
        found = [self._each(results) for results in begun]
        for step in self._stepwise:
            if "transform_all" in vars(type(step)):
                found = step.transform_all(found)
            else:
                found = [_checked(step, step(results)) for results in found]
        return found

    def _begin(self, key: Key) -> dict[str, Any]:
        """Return what the pipeline starts with."""
        index, epoch = key if isinstance(key, tuple) else (key, 0)
        if not 0 <= index < len(self):
            raise IndexError(f"item {index} of a dataset of {len(self)}")
        return {
            "images": self.images,
            "index": index,
            "sample": (self.seed, epoch, index),
            **self._begun(index),
        }

    def _each(self, results: dict[str, Any]) -> dict[str, Any]:
        """Apply the steps that are applied item by item, to another item if need be."""
        if self.unreadable == "stop":
            return self._apply(results)
        _, epoch, index = results["sample"]
        failed: list[int] = []
        error: UnreadableImageError | None = None
        while len(failed) < _ATTEMPTS:
            if failed:
                other = self._begin((self._substitute(index, epoch, len(failed)), epoch))
                results = {**other, "stack": results["stack"]}
            item = results["index"]
            try:
                results = self._apply(results)
            except UnreadableImageError as caught:
                failed.append(item)
                error = caught
            else:
                results["unreadable"] = failed
                return results
        raise InputError(f"{len(failed)} pictures one after another are unreadable: {error}")

    def _apply(self, results: dict[str, Any]) -> dict[str, Any]:
        if not self._draws:
            for step in self._itemwise:
                results = _checked(step, step(results))
            return results
        seed, epoch, index = results["sample"]
        with sample_randomness(seed, epoch=epoch, row=index) as rng:
            results["rng"] = rng
            for step in self._itemwise:
                results = _checked(step, step(results))
        return results

    def _substitute(self, index: int, epoch: int, attempt: int) -> int:
        """Return the item that takes an unreadable one's place, after so many failures."""
        with sample_randomness(self.seed, epoch=epoch, row=index) as rng:
            return int(rng.integers(len(self), size=attempt)[-1])

    def image_problem(self, index: int) -> tuple[str, str | None]:
        """Return the picture of an item, and why it cannot be read, ``None`` if it can."""
        image = self._image(index)
        try:
            decode_image(self.images.read(image), where=self.images.where(image))
        except UnreadableImageError as error:
            return image, str(error)
        return image, None


def _parted(pipeline: Sequence[Any]) -> tuple[list[Any], list[Any]]:
    """Return the steps to apply item by item, and those at the end that may go step by step."""
    count = len(pipeline)
    while count and _says(pipeline[count - 1], "stepwise", False):
        count -= 1
    return list(pipeline[:count]), list(pipeline[count:])


def _says(step: Any, name: str, default: bool) -> bool:
    """Return what a step's own class says; what a derived class does, its base cannot know."""
    return bool(getattr(step, name)) if name in vars(type(step)) else default


def _checked(step: Any, results: Any) -> dict[str, Any]:
    assert isinstance(results, dict), f"{step} returned no results dict"
    return results
