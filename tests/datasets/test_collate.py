import dataclasses

import numpy as np
import pytest
import torch

from plipdet.datasets import collate
from plipdet.errors import InputError
from plipdet.structures import PersonRow


def sample(index, *, row=None, **results):
    return {"index": index, "row": row or PersonRow(f"{index}.jpg"), **results}


def text(*ids, slots=None):
    found = {"token_ids": np.array(ids), "token_mask": np.ones(len(ids), bool), "pad_id": 7}
    return found if slots is None else {**found, "phrase_slots": np.array(slots, np.int8)}


def test_pixels_go_to_channels_first():
    image = np.arange(2 * 3 * 3, dtype=np.uint8).reshape(2, 3, 3)
    batch = collate([sample(4, img=image), sample(5, img=image + 1)])
    assert batch.images.shape == (2, 3, 2, 3)
    assert batch.images.is_contiguous(memory_format=torch.channels_last)
    assert batch.images[1, 2, 1, 0] == image[1, 0, 2] + 1
    assert batch.rows.tolist() == [4, 5]


def test_texts_are_padded_to_the_longest():
    batch = collate([sample(0, **text(1, 2, 3, slots=[-1, 0, 4])), sample(1, **text(5, slots=[2]))])
    assert batch.token_ids.tolist() == [[1, 2, 3], [5, 7, 7]]
    assert batch.token_mask.tolist() == [[True, True, True], [True, False, False]]
    assert batch.phrase_slots.tolist() == [[-1, 0, 4], [2, -1, -1]]
    dtypes = batch.token_ids.dtype, batch.token_mask.dtype, batch.phrase_slots.dtype
    assert dtypes == (torch.int64, torch.bool, torch.int8)


def test_facts_of_the_rows():
    rows = [PersonRow("a", person_id=3, camera_id=1, attribute_labels=[1, -1]),
            PersonRow("b", person_id=4, camera_id=2, attribute_labels=[0, 1])]  # fmt: skip
    batch = collate([sample(i, row=row) for i, row in enumerate(rows)])
    assert batch.person_ids.tolist() == [3, 4] and batch.camera_ids.tolist() == [1, 2]
    assert batch.attribute_labels.tolist() == [[1, -1], [0, 1]]
    assert batch.attribute_labels.dtype == torch.int8


def test_what_is_absent_is_none():
    batch = collate([sample(0), sample(1)])
    present = {f.name for f in dataclasses.fields(batch) if getattr(batch, f.name) is not None}
    assert present == {"rows"}


def test_cut_out_pictures_are_copied():
    image = np.arange(4 * 5 * 3, dtype=np.uint8).reshape(4, 5, 3)[1:3, 2:4]
    batch = collate([sample(0, img=image)])
    assert (batch.images[0].permute(1, 2, 0).numpy() == image).all()


def test_flips():
    batch = collate([sample(0, flip=True), sample(1, flip=False)])
    assert batch.flips.tolist() == [True, False] and batch.flips.dtype == torch.bool
    with pytest.raises(InputError, match="1 of 2 samples of a batch have no flip"):
        collate([sample(0, flip=True), sample(1)])


@pytest.mark.parametrize(
    ("lists", "wanted"), [([[], []], []), ([[7], []], [7]), ([[3, 9], [1]], [3, 9, 1])]
)
def test_rows_of_unreadable_pictures(lists, wanted):
    batch = collate([sample(i, unreadable=rows) for i, rows in enumerate(lists)])
    assert batch.unreadable.tolist() == wanted and batch.unreadable.dtype == torch.int64


def test_labelled_pictures_may_lack_a_person():
    rows = [PersonRow(f"{p}.jpg", person_id=p, attribute_labels=[0, -1]) for p in (3, None)]
    both, known = ([sample(i, row=row) for i, row in enumerate(some)] for some in (rows, rows[:1]))
    assert collate(both).person_ids is None and collate(known).person_ids.tolist() == [3]
    assert collate(both).attribute_labels.tolist() == [[0, -1], [0, -1]]


def test_half_absent_facts_and_unequal_sizes_are_refused():
    with pytest.raises(InputError, match=r"1 of 2 samples of a batch have no person_id.*b\.jpg"):
        collate([sample(0, row=PersonRow("a.jpg", person_id=1)), sample(1, row=PersonRow("b.jpg"))])
    images = [np.zeros((4, 2, 3), np.uint8), np.zeros((5, 2, 3), np.uint8)]
    with pytest.raises(InputError, match="put ResizePerson into the pipeline"):
        collate([sample(i, img=image) for i, image in enumerate(images)])
