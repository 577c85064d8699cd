import numpy as np
import pytest

from plipdet.datasets import collate
from plipdet.datasets.picture_stack import PictureStack
from plipdet.datasets.transforms import ResizePerson
from plipdet.structures import PersonRow


def pictures(count, *, size=(9, 5), dtype=np.uint8):
    rng = np.random.default_rng(0)
    return [rng.integers(0, 256, (*size, 3)).astype(dtype) for _ in range(count)]


def samples(images, stack):
    found = []
    for number, image in enumerate(images):
        results = {"index": number, "row": PersonRow("a.jpg"), "img": image}
        found.append(results if stack is None else {**results, "stack": (stack, number)})
    return found


def resized(images, stack, size=(16, 8)):
    return [ResizePerson(size)(results) for results in samples(images, stack)]


def test_a_whole_stack_is_not_copied():
    images = pictures(4)
    stack = PictureStack(4)
    batch = collate(resized(images, stack))
    assert batch.images.data_ptr() == stack._room.ctypes.data
    assert (batch.images == collate(resized(images, None)).images).all()


def replace_one(found):
    found[2]["img"] = found[2]["img"].copy()
    return found


def turn(found):
    return found[1:] + found[:1]


def leave_one_out(found):
    return found[:-1]


@pytest.mark.parametrize("change", [replace_one, turn, leave_one_out])
def test_other_pictures_are_copied(change):
    images = pictures(4)
    stack = PictureStack(4)
    batch = collate(change(resized(images, stack)))
    assert batch.images.data_ptr() != stack._room.ctypes.data
    assert (batch.images == collate(change(resized(images, None))).images).all()


@pytest.mark.parametrize("kind", ["float", "right size", "gray"])
def test_pictures_that_cannot_be_written_there(kind):
    images = pictures(2)
    if kind == "float":
        images = pictures(2, dtype=np.float32)
    if kind == "right size":  # nothing is to be resized
        images[1] = pictures(1, size=(16, 8))[0]
    if kind == "gray":
        images = [image[..., 0] for image in images]
    with_stack, without = (resized(images, s) for s in (PictureStack(2), None))
    for one, other in zip(with_stack, without, strict=True):
        assert one["img"].dtype == other["img"].dtype and np.array_equal(one["img"], other["img"])
    if kind != "gray":
        assert (collate(with_stack).images == collate(without).images).all()


def test_pictures_of_another_size_find_no_room():
    stack = PictureStack(2)
    assert stack.place(0, (4, 2, 3)).shape == (4, 2, 3)
    assert stack.place(1, (4, 3, 3)) is None
