import torch

from plipdet.structures import PersonBatch


def test_map_touches_what_is_present_and_keeps_the_rest_absent():
    batch = PersonBatch(rows=torch.arange(3), images=torch.zeros(3, 3, 4, 2, dtype=torch.uint8))
    moved = batch.to("meta")
    assert moved.images.device.type == "meta" and moved.rows.device.type == "meta"
    assert moved.token_ids is None and len(batch) == 3


def test_replace_leaves_the_original():
    batch = PersonBatch(rows=torch.arange(2))
    changed = batch.replace(person_ids=torch.tensor([5, 6]))
    assert batch.person_ids is None
    assert changed.person_ids.tolist() == [5, 6]
