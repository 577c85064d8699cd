"""Scenes, queries and sentences as items, and batches of them."""

import pickle
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader

from plipdet.datasets import (
    PersonDataset,
    PersonSampler,
    SceneDataset,
    collate_scenes,
    scenes_of_pictures,
)
from plipdet.datasets.sources import CocoPersonSearch, CuhkPedes, CuhkSysu, Prw
from plipdet.datasets.transforms import (
    LoadPersonImage,
    LoadScene,
    RandomFlipScene,
    ResizeScene,
    TokenizeBoxCaptions,
)
from plipdet.errors import InputError, UnreadableImageError

DATA = Path(__file__).parents[1] / "data"


def copied(source, target):
    """Copy a set without the tables that others have made beside it."""
    return shutil.copytree(source, target, ignore=shutil.ignore_patterns(".plipdet"))


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    return copied(DATA / "miniscenes", tmp_path_factory.mktemp("scenes") / "set")


@pytest.fixture
def steps(word_tokenizer):
    return [
        dict(type=LoadScene),
        dict(type=ResizeScene, size=(90, 150)),
        dict(type=RandomFlipScene, prob=0.5),
        dict(type=TokenizeBoxCaptions, tokenizer=word_tokenizer),
    ]


def test_a_scene_has_all_its_people_and_what_is_ignored(root):
    dataset = SceneDataset(CocoPersonSearch(root), [LoadScene()], split="train")
    scenes = dataset.scenes
    assert [dataset.scene_of(i) for i in range(len(dataset))] == [*scenes.where_split("train")]
    shown = 0
    for item in range(len(dataset)):
        found, scene = dataset[item], scenes[dataset.scene_of(item)]
        crowd = len(scene.ignored)
        shown += crowd
        people = scenes.boxes(dataset.scene_of(item))
        np.testing.assert_array_equal(found["boxes"], np.concatenate([people, scene.ignored]))
        assert found["ignored"].tolist() == [False] * len(people) + [True] * crowd
        ids = [
            -1 if row is None or row.person_id is None else row.person_id for row in found["people"]
        ]
        assert found["person_ids"].tolist() == ids
    assert shown > 0 and dataset.queries is None


def test_scenes_of_several_splits_or_all(root):
    whole = SceneDataset(Prw(root), [])
    assert len(whole) == len(whole.scenes)
    both = SceneDataset(Prw(root), [], split=("test", "train"))
    assert [both.scene_of(i) for i in range(len(both))] == [*range(len(whole))]
    with pytest.raises(InputError, match="no scene of split 'val'"):
        SceneDataset(Prw(root), [], split="val")


def test_a_query_is_alone_in_its_scene(root):
    dataset = SceneDataset(Prw(root), [LoadScene()], split="test", content="queries")
    queries = dataset.queries
    assert len(dataset) == len(queries) and dataset.query_of.tolist() == [*range(len(queries))]
    for item, found in enumerate(dataset.__getitems__([*range(len(queries))])):
        assert found["scene"].image == dataset.scenes[int(queries.scenes[item])].image
        assert found["boxes"].tolist() == [queries.boxes[item].tolist()]
        assert found["person_ids"].tolist() == [queries.person_ids[item]]
        assert not found["ignored"].any()


def test_each_sentence_of_a_query_is_an_item_and_needs_no_picture(root, word_tokenizer):
    steps = [TokenizeBoxCaptions(word_tokenizer)]
    dataset = SceneDataset(Prw(root), steps, split="test", content="sentences")
    captions = dataset.queries.captions
    said = [sentence for of_query in captions for sentence in of_query]
    assert len(dataset) == len(said) > len(captions)
    assert dataset.query_of.tolist() == [q for q, c in enumerate(captions) for _ in c]
    batch = collate_scenes(dataset.__getitems__([0, 1, 2]))
    for row, sentence in enumerate(said[:3]):
        words = [len(word) for word in sentence.split(" ")]
        assert batch.token_ids[row][batch.token_mask[row]].tolist() == words
    assert batch.images.shape == (3, 3, 0, 0) and batch.sizes.tolist() == [[0, 0]] * 3


def test_a_batch_is_padded_to_the_largest_and_lists_everybody(root, steps):
    dataset = SceneDataset(CocoPersonSearch(root), steps[:3], split="train", seed=3)
    samples = dataset.__getitems__([(item, 1) for item in range(6)])
    samples[1]["img"] = samples[1]["img"][:50, :70]  # of another size than the others
    batch = collate_scenes(samples)
    assert batch.images.shape == (6, 3, 96, 160) and batch.images.dtype == torch.uint8
    assert batch.images.is_contiguous(memory_format=torch.channels_last)
    assert batch.sizes.tolist() == [[84, 150], [50, 70]] + [[84, 150]] * 4
    assert batch.original_sizes.tolist() == [[180, 320]] * 6
    for at, sample in enumerate(samples):
        height, width = sample["img"].shape[:2]
        picture = batch.images[at]
        np.testing.assert_array_equal(picture[:, :height, :width].permute(1, 2, 0), sample["img"])
        assert picture[:, height:].sum() == 0 and picture[:, :, width:].sum() == 0
        own = batch.box_images == at
        np.testing.assert_array_equal(batch.boxes[own], sample["boxes"])
        assert batch.person_ids[own].tolist() == sample["person_ids"].tolist()
        assert batch.ignored[own].tolist() == sample["ignored"].tolist()
        assert bool(batch.flips[at]) == sample.get("flip", False)
    assert batch.flips.any() and not batch.flips.all() and batch.ignored.any()
    assert batch.token_ids is None and batch.unreadable is None


def test_boxes_of_a_batch_lead_back_to_the_picture_on_disk(root, steps):
    dataset = SceneDataset(Prw(root), steps[:3], split="train")
    batch = collate_scenes(dataset.__getitems__([*range(len(dataset))]))
    assert batch.flips.any()
    for at in range(len(dataset)):
        own = batch.boxes[batch.box_images == at]
        wanted = dataset.scenes.boxes(dataset.scene_of(at))
        np.testing.assert_allclose(batch.to_original(own, at), wanted, atol=1e-3)


def test_tokens_of_everybody_are_padded_together(root, steps):
    batch = collate_scenes(SceneDataset(Prw(root), steps, split="train").__getitems__([0, 1, 2]))
    assert batch.token_ids.shape == batch.token_mask.shape
    assert len(batch.token_ids) == len(batch.boxes)
    known = batch.person_ids >= 0
    assert not batch.token_mask[~known].any() and batch.token_mask[known].any(1).any()
    assert (batch.token_ids[~batch.token_mask] == 9).all()


def test_a_batch_of_scenes_without_people(root, steps):
    dataset = SceneDataset(Prw(root), steps)
    empty = [item for item in range(len(dataset)) if not len(dataset.scenes[item].rows)]
    batch = collate_scenes(dataset.__getitems__(empty))
    assert len(batch) == len(empty) > 0
    assert batch.boxes.shape == (0, 4) and batch.token_ids.shape == (0, 0)


def test_batches_do_not_depend_on_workers(root, steps):
    def batches(workers):
        dataset = SceneDataset(CocoPersonSearch(root), steps, split="train", seed=1)
        sampler = PersonSampler(dataset, shuffle=True, seed=2)
        return DataLoader(
            dataset, 4, sampler=sampler, num_workers=workers, collate_fn=collate_scenes
        )

    for one, other in zip(batches(0), batches(1), strict=True):
        for name in ("rows", "images", "boxes", "flips", "token_ids", "ignored", "sizes"):
            assert torch.equal(getattr(one, name), getattr(other, name)), name


def test_an_unreadable_scene_stops_or_is_replaced(tmp_path, steps):
    root = copied(DATA / "miniscenes/PRW", tmp_path / "PRW")
    dataset = SceneDataset(Prw(root), steps, split="train")
    name = dataset.scenes[dataset.scene_of(2)].image
    (root / name).write_bytes(b"")
    assert dataset.image_problem(2)[0] == name and "it is empty" in dataset.image_problem(2)[1]
    assert dataset.image_problem(1)[1] is None
    with pytest.raises(UnreadableImageError, match="it is empty"):
        dataset[2]
    other = SceneDataset(Prw(root), steps, split="train", unreadable="replace")
    batch = collate_scenes(other.__getitems__([0, 2]))
    assert batch.unreadable.tolist() == [2] and batch.rows[0] == 0 and batch.rows[1] != 2


def test_identities_are_those_of_the_scenes_that_are_shown(root):
    dataset = SceneDataset(Prw(root), [], split="train")
    index = dataset.identities()
    for k, person in enumerate(index.ids):
        rows = [dataset.scenes.people[int(row)] for row in index.rows_of(k)]
        assert {(row.person_id, row.split) for row in rows} == {(person, "train")}
    test = SceneDataset(Prw(root), [], split="test").identities()
    assert not set(index.ids) & set(test.ids)
    counts = [row.person_id is not None for row in dataset.scenes.people]
    assert len(index.rows) + len(test.rows) == sum(counts)


def test_a_data_set_can_be_sent_to_a_worker(root):
    dataset = SceneDataset(Prw(root), [LoadScene()], split="test", content="queries")
    copied = pickle.loads(pickle.dumps(dataset))
    assert len(copied) == len(dataset) > 1
    np.testing.assert_array_equal(copied[1]["img"], dataset[1]["img"])
    np.testing.assert_array_equal(copied[1]["boxes"], dataset[1]["boxes"])


def test_arguments_without_meaning_are_refused(root, tmp_path):
    with pytest.raises(InputError, match="content = 'query' of SceneDataset; did you mean"):
        SceneDataset(Prw(root), [], content="query")
    with pytest.raises(InputError, match="source of SceneDataset is a CuhkPedes, which has no"):
        SceneDataset(CuhkPedes(DATA / "minipedes"), [])
    with pytest.raises(InputError, match=r"split = 'train' .* but the queries of .* are of 'test'"):
        SceneDataset(Prw(root), [], split="train", content="queries")
    folder = copied(root / "PRW", tmp_path / "PRW")
    (folder / "captions.json").unlink()
    with pytest.raises(InputError, match=r"no sentences about the queries; write them into"):
        SceneDataset(Prw(folder), [], split="test", content="sentences")
    with pytest.raises(InputError, match=r"unreadable = 'skip'"):
        SceneDataset(Prw(root), [], unreadable="skip")


def test_a_batch_with_some_pictures_only_is_refused(root):
    samples = SceneDataset(Prw(root), [LoadScene()]).__getitems__([0, 1])
    del samples[1]["img"]
    with pytest.raises(InputError, match="put LoadScene first"):
        collate_scenes(samples)


def test_people_of_scenes_are_crops_for_re_identification(root):
    dataset = PersonDataset(
        CuhkSysu(root), [LoadPersonImage()], split="train", identified_only=True
    )
    assert None not in dataset.table.column("person_id").to_pylist()
    assert dataset.row_choice == {"identified_only": True}
    row, image = dataset.table[0], dataset[0]["img"]
    left, top, right, bottom = row.box
    assert image.shape[:2] == (bottom - top, right - left)
    with pytest.raises(InputError, match="identified_only=True of PersonDataset leaves them out"):
        PersonDataset(CuhkSysu(root), [], split="train").identities()


def test_pictures_at_hand_are_a_batch_of_scenes():
    rng = np.random.default_rng(0)
    pictures = [rng.integers(0, 256, (*size, 3), dtype=np.uint8) for size in ((40, 70), (64, 30))]
    batch = scenes_of_pictures(pictures, size=None)
    assert batch.images.shape == (2, 3, 64, 96) and batch.boxes.shape == (0, 4)
    np.testing.assert_array_equal(batch.images[0, :, :40, :70].permute(1, 2, 0), pictures[0])
    assert batch.images[1, :, :, 30:].sum() == 0
    assert batch.sizes.tolist() == batch.original_sizes.tolist() == [[40, 70], [64, 30]]
    small = scenes_of_pictures(pictures, size=(20, 30))
    assert small.sizes.tolist() == [[17, 30], [30, 14]] and small.images.shape == (2, 3, 32, 32)
    assert small.original_sizes.tolist() == [[40, 70], [64, 30]]
    marked = scenes_of_pictures(pictures, size=None, largest=64, boxes=[[[7, 8, 70, 40]], []])
    assert marked.sizes.tolist() == [[37, 64], [64, 30]]  # only what is larger
    expected = torch.tensor([[7 * 64 / 70, 8 * 37 / 40, 64, 37]])
    torch.testing.assert_close(marked.boxes, expected)
    assert marked.box_images.tolist() == [0] and marked.person_ids.tolist() == [-1]


@pytest.mark.parametrize(
    ("pictures", "says"),
    [
        ([], "there is no picture"),
        ([np.zeros((9, 9), np.uint8)], r"picture 0 .* has the shape \(9, 9\)"),
        ([np.zeros((9, 9, 3), np.uint8), np.zeros((9, 9, 3))], r"picture 1 .* type float64"),
        ([np.zeros((0, 9, 3), np.uint8)], "has no pixels"),
    ],
)
def test_what_is_no_picture_is_refused(pictures, says):
    with pytest.raises(InputError, match=says):
        scenes_of_pictures(pictures)
