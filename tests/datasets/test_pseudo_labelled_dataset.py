import pickle
import shutil
from pathlib import Path

import numpy as np
import pytest
from torch.utils.data import DataLoader

from plipdet.datasets import ClusterSampler, PersonDataset, PseudoLabelledDataset, collate
from plipdet.datasets.sources import FolderSource, Market1501
from plipdet.datasets.transforms import LoadPersonImage, ResizePerson
from plipdet.errors import InputError

DATA = Path(__file__).parents[1] / "data" / "minipedes"
PLAIN = [{"type": LoadPersonImage}, {"type": ResizePerson, "size": (16, 8)}]


def part(**options):
    source = {"type": Market1501, "root": DATA}
    return {"type": PersonDataset, "source": source, "split": "train", "pipeline": PLAIN, **options}


@pytest.fixture
def both():
    return PseudoLabelledDataset(
        part(only_held_out=0.5), PLAIN, labelled=part(without_held_out=0.5)
    )


def test_identities_of_the_source_do_not_reach_a_batch():
    dataset = PseudoLabelledDataset(part(), PLAIN)
    batch = collate(dataset.__getitems__([3, (5, 0), (1, 2)]))
    assert batch.person_ids is None and batch.rows.tolist() == [3, 5, 1]
    assert (batch.camera_ids.numpy() == dataset.camera_ids()[[3, 5, 1]]).all()
    labelled = collate(dataset.__getitems__([(3, 0, 7), (5, 0, 2)]))
    assert labelled.person_ids.tolist() == [7, 2]


def test_pictures_are_those_of_the_parts_in_order(both):
    first = len(both.labelled)
    keys = [(first + 2, 1, 9), (1, 1, 0), (first, 1, 4)]
    found = both.__getitems__(keys)
    wanted = [both.unlabelled[(2, 1)], both.labelled[(1, 1)], both.unlabelled[(0, 1)]]
    for ours, theirs in zip(found, wanted, strict=True):
        assert (ours["img"] == theirs["img"]).all() and ours["row"].image == theirs["row"].image
    batch = collate(found)
    assert (batch.camera_ids.numpy() == both.camera_ids()[batch.rows.numpy()]).all()
    assert both.camera_ids()[:first].max() < both.camera_ids()[first:].min()  # not the same ones
    assert batch.rows.tolist() == [first + 2, 1, first] and batch.person_ids.tolist() == [9, 0, 4]
    image, problem = both.image_problem(first + 2)
    assert image == wanted[0]["row"].image and problem is None


def test_labels_of_the_labelled_part_are_its_identities(both):
    ids = both.labelled.person_ids()
    assert len(both.source_labels) == len(both.labelled)
    assert both.source_labels.max() + 1 == len(np.unique(ids))
    pairs = set(zip(ids.tolist(), both.source_labels.tolist(), strict=True))
    assert len(pairs) == len(np.unique(ids))


def test_groups_are_the_items_of_each_label(both):
    with pytest.raises(InputError, match="PseudoLabelHook"):
        both.groups()
    first = len(both.labelled)
    people = both.source_labels.max() + 1
    clusters = np.arange(len(both.unlabelled)) % 3 - 1
    both.labels = np.concatenate(
        [both.source_labels, np.where(clusters < 0, -1, clusters + people)]
    )
    named, found = both.groups()
    assert named.ids.tolist() == list(range(people)) and found.ids.tolist() == [people, people + 1]
    assert (found.rows_of(1) == first + np.flatnonzero(clusters == 1)).all()


def test_the_plain_form_has_the_same_items_alike_at_each_look(both):
    named, found = both.plain()
    assert (len(named), len(found)) == (len(both.labelled), len(both.unlabelled))
    assert (found[1]["img"] == found[(1, 5)]["img"]).all()
    assert found[1]["row"].image == both[len(named) + 1]["row"].image


def test_an_item_in_the_place_of_an_unreadable_one_has_no_label(monkeypatch, tmp_path, save_image):
    for person in range(3):
        for number in range(2):
            save_image(tmp_path / f"{person}" / f"{number}.jpg", seed=person)
    broken = tmp_path / "1" / "0.jpg"
    broken.write_bytes(b"no picture")
    source = {"type": FolderSource, "root": tmp_path}
    option = {"unreadable": "replace", "source": source}
    named = {
        **option,
        "source": {**source, "root": shutil.copytree(tmp_path, tmp_path / "../other")},
    }
    dataset = PseudoLabelledDataset(part(**option), PLAIN, labelled=part(**named))
    assert dataset.plain()[0].unreadable == "replace"
    found = dataset.__getitems__([(8, 0, 5), (9, 0, 5)])
    batch = collate(found)
    assert batch.person_ids.tolist() == [-1, 5] and batch.unreadable.tolist() == [8]
    assert "1/0.jpg" in dataset.image_problem(8)[0] and dataset.image_problem(8)[1]


def test_kept_workers_need_not_know_the_labels():
    dataset = PseudoLabelledDataset(part(), PLAIN)
    sampler = ClusterSampler(dataset, identities=2, images=2, steps=2)
    loader = DataLoader(
        dataset, 4, sampler=sampler, num_workers=1, persistent_workers=True, collate_fn=collate
    )
    for shift in (0, 1):
        dataset.labels = (np.arange(len(dataset)) + shift) % 4
        for batch in loader:
            assert (batch.person_ids.numpy() == dataset.labels[batch.rows.numpy()]).all()
    loader._iterator = None


def test_it_travels_to_a_worker(both):
    again = pickle.loads(pickle.dumps(both))
    assert len(again) == len(both) and again[0]["row"] == both[0]["row"]


def test_wrong_parts_are_told(tmp_path, save_image):
    with pytest.raises(InputError, match="expected a PersonDataset with unit='image'"):
        PseudoLabelledDataset([1, 2], PLAIN)
    save_image(tmp_path / "a.jpg")
    unnamed = {"type": FolderSource, "root": tmp_path, "identities": False}
    with pytest.raises(InputError, match="has no identities"):
        PseudoLabelledDataset(part(), PLAIN, labelled=part(source=unnamed))
    with pytest.raises(InputError, match=r"48 pictures .* in both .*leave --data-root out"):
        PseudoLabelledDataset(part(), PLAIN, labelled=part())


def test_cameras_that_only_one_part_knows_are_left_out(tmp_path, save_image):
    for name in ("anna/1.jpg", "ben/1.jpg"):
        save_image(tmp_path / name)
    named = part(source={"type": FolderSource, "root": tmp_path})
    dataset = PseudoLabelledDataset(part(), PLAIN, labelled=named)
    assert dataset.camera_ids() is None
    assert collate(dataset.__getitems__([(0, 0, 0), (2, 0, 2)])).camera_ids is None
