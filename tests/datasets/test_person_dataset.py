import pickle
import random

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.runner import Runner
from torch.utils.data import DataLoader

from plipdet.datasets import PersonDataset, PersonSampler, collate
from plipdet.datasets.sources import SynthPedes
from plipdet.datasets.transforms import (
    LoadPersonImage,
    RandomHorizontalFlip,
    ResizePerson,
    SelectCaption,
    TagAttributePhrases,
    TokenizeCaption,
)
from plipdet.engine.data_facts import data_facts
from plipdet.errors import InputError, UnreadableImageError
from plipdet.structures import PersonBatch, PersonTable


class StockNoise:
    """Draws from the global generators, as transforms of other packages do."""

    def __call__(self, results):
        results["img"] = results["img"] ^ np.uint8(np.random.randint(256) ^ random.randrange(256))
        return results


def captioned(count, **columns):
    return [
        {
            "image": f"{n}.jpg",
            "person_id": n // 2,
            "camera_id": n % 3,
            "captions": [f"c{n}{k}" for k in range(n % 3)],
            **{key: values[n] for key, values in columns.items()},
        }
        for n in range(count)
    ]


@pytest.fixture
def pipeline(word_tokenizer):
    return [
        dict(type=LoadPersonImage),
        dict(type=ResizePerson, size=(24, 12)),
        dict(type=RandomHorizontalFlip, prob=0.5),
        StockNoise(),
        dict(type=SelectCaption),
        dict(type=TagAttributePhrases),
        dict(type=TokenizeCaption, tokenizer=word_tokenizer),
    ]


@pytest.fixture
def folder(synth_pedes, synth_record):
    captions = ["A man in a white shirt", "He wears black pants and a backpack today"]
    return synth_pedes([synth_record(n, captions=captions) for n in range(10)])


def samples(dataset, *, workers, epoch=0, batch_size=3):
    sampler = PersonSampler(dataset, shuffle=True, seed=1)
    sampler.set_epoch(epoch)
    loader = DataLoader(
        dataset, batch_size, sampler=sampler, collate_fn=collate, num_workers=workers
    )
    found = {}
    for batch in loader:
        for i, row in enumerate(batch.rows.tolist()):
            tokens = batch.token_ids[i][batch.token_mask[i]].tolist()
            found[row] = (batch.images[i].numpy().tobytes(), tokens)
    return found


def test_samples_do_not_depend_on_workers_batches_or_global_state(folder, pipeline):
    dataset = PersonDataset(dict(type=SynthPedes, root=folder), pipeline, seed=5)
    expected = samples(dataset, workers=0)
    assert len(expected) == 10
    np.random.seed(77)
    random.seed(77)
    for workers, batch_size in ((0, 1), (1, 4), (3, 2)):
        assert samples(dataset, workers=workers, batch_size=batch_size) == expected


def test_samples_do_not_depend_on_the_ranks(folder, pipeline, monkeypatch):
    dataset = PersonDataset(dict(type=SynthPedes, root=folder), pipeline, seed=5)
    expected = samples(dataset, workers=0)
    module = "plipdet.datasets.samplers.person_sampler"
    monkeypatch.setattr(f"{module}.world_size", lambda: 3)
    joined = {}
    for rank in range(3):
        monkeypatch.setattr(f"{module}.rank", lambda rank=rank: rank)
        joined.update(samples(dataset, workers=0, batch_size=2))
    assert joined == expected


def test_samples_differ_by_epoch_and_by_seed(folder, pipeline):
    source = SynthPedes(folder)
    dataset = PersonDataset(source, pipeline, seed=5)
    assert samples(dataset, workers=0) != samples(dataset, workers=0, epoch=1)
    assert samples(dataset, workers=0) != samples(
        PersonDataset(source, pipeline, seed=6), workers=0
    )
    assert dataset[3]["img"].tobytes() == dataset[(3, 0)]["img"].tobytes()


def test_a_batch_is_its_items(folder, pipeline):
    (folder / "Part1/2/1.jpg").write_bytes(b"no picture")
    for steps in (pipeline, [s for s in pipeline if not isinstance(s, StockNoise)]):
        dataset = PersonDataset(SynthPedes(folder), steps, unreadable="replace")
        keys = [(n, 1) for n in (7, 2, 2, 0, 5)]
        batch = dataset.__getitems__(keys)
        alone = [dataset[key] for key in keys]
        for results in (*batch, *alone):
            del results["stack"]
        assert repr(batch) == repr(alone)
        assert sum(map(len, (results["unreadable"] for results in batch))) >= 1


def test_generators_are_seeded_for_any_step_that_may_draw(folder, word_tokenizer):
    class OwnTagger:
        def __call__(self, caption, phrases=None):
            return [(0, 0, random.randrange(1, 5))]

    ours = [dict(type=LoadPersonImage), dict(type=SelectCaption)]
    assert not PersonDataset(SynthPedes(folder), ours)._draws

    class OwnFlip(RandomHorizontalFlip):
        def transform(self, results):
            return {**results, "flip": results["rng"].random()}

    assert 0 < PersonDataset(SynthPedes(folder), [*ours, OwnFlip()])[3]["flip"] < 1
    dataset = PersonDataset(SynthPedes(folder), [*ours, TagAttributePhrases(OwnTagger())])
    first = [repr(dataset[n]["caption_spans"]) for n in range(10)]
    assert first == [repr(dataset[n]["caption_spans"]) for n in range(10)] and len(set(first)) > 1


def test_global_generators_are_left_as_they_were(folder, pipeline):
    dataset = PersonDataset(SynthPedes(folder), pipeline)
    np.random.seed(3)
    random.seed(3)
    expected = np.random.rand(), random.random()
    np.random.seed(3)
    random.seed(3)
    dataset[0]
    assert (np.random.rand(), random.random()) == expected


def test_runner_builds_the_loader_from_a_config(folder, pipeline):
    config = dict(
        dataset=dict(type=PersonDataset, source=dict(type=SynthPedes, root=folder),
                     pipeline=pipeline),
        sampler=dict(type=PersonSampler, shuffle=True),
        collate_fn=dict(type=collate),
        batch_size=4,
        num_workers=2,
    )  # fmt: skip
    loader = Runner.build_dataloader(config, seed=11)
    batches = list(loader)
    assert [len(batch) for batch in batches] == [4, 4, 2]
    assert all(isinstance(batch, PersonBatch) for batch in batches)
    assert loader.sampler.seed == 11
    batch = batches[0]
    assert batch.images.shape == (4, 3, 24, 12) and batch.images.dtype == torch.uint8
    assert batch.person_ids.tolist() == [int(row) // 2 + 1 for row in batch.rows]
    assert batch.phrase_slots.shape == batch.token_ids.shape == batch.token_mask.shape
    assert (batch.phrase_slots >= 0).any()


CONFIG = """
from mmengine.config import read_base
from plipdet.datasets import PersonDataset, PersonSampler, collate
from plipdet.datasets.sources import SynthPedes
from plipdet.datasets.transforms import LoadPersonImage, ResizePerson

loader = dict(
    batch_size=2,
    num_workers=0,
    dataset=dict(
        type=PersonDataset,
        source=dict(type=SynthPedes, root={root!r}),
        pipeline=[dict(type=LoadPersonImage), dict(type=ResizePerson, size=(8, 4))],
    ),
    sampler=dict(type=PersonSampler, shuffle=False),
    collate_fn=dict(type=collate),
)
"""


def test_new_style_config_dumped_and_read_again(folder, tmp_path):
    file = tmp_path / "config.py"
    file.write_text(CONFIG.format(root=str(folder)))
    config = Config.fromfile(file)
    config.dump(tmp_path / "dumped.py")
    for one in (config, Config.fromfile(tmp_path / "dumped.py")):
        batch = next(iter(Runner.build_dataloader(one.loader)))
        assert batch.rows.tolist() == [0, 1] and batch.images.shape == (2, 3, 8, 4)
        assert batch.token_ids is None and batch.camera_ids is None


def test_caption_items(tmp_path):
    table = PersonTable.from_rows(captioned(6), tmp_path)
    dataset = PersonDataset(table, [dict(type=SelectCaption)], unit="caption")
    items = [dataset[i] for i in range(len(dataset))]
    assert [item["caption"] for item in items] == ["c10", "c20", "c21", "c40", "c50", "c51"]
    assert [item["index"] for item in items] == list(range(6))
    assert dataset.person_ids().tolist() == [0, 1, 1, 2, 2, 2]
    assert dataset.camera_ids().tolist() == [1, 2, 2, 1, 2, 2]
    again = pickle.loads(pickle.dumps(dataset))
    assert [again[i]["caption"] for i in range(6)] == [item["caption"] for item in items]


def test_caption_items_need_captions(tmp_path):
    table = PersonTable.from_rows([{"image": "a.jpg"}], tmp_path)
    with pytest.raises(InputError, match="have no captions; unit='caption' needs some"):
        PersonDataset(table, [], unit="caption")


def test_ids_of_rows_and_absent_cameras(folder):
    dataset = PersonDataset(SynthPedes(folder), [])
    assert dataset.person_ids().tolist() == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
    assert dataset.camera_ids() is None


def test_splits(tmp_path, folder):
    splits = ["train", "val", "test", "train"]
    table = PersonTable.from_rows(captioned(4, split=splits), tmp_path)
    assert [r.image for r in PersonDataset(table, [], split="train").table] == ["0.jpg", "3.jpg"]
    assert len(PersonDataset(table, [], split=("train", "val"))) == 3
    assert len(PersonDataset(table, [])) == 4
    with pytest.raises(InputError, match="did you mean 'train'"):
        PersonDataset(table, [], split="trian")
    with pytest.raises(InputError, match="no row of split"):
        PersonDataset(table, [], split="query")
    assert len(PersonDataset(SynthPedes(folder), [], split="train")) == 10
    with pytest.raises(InputError, match="no splits and is all 'train'"):
        PersonDataset(SynthPedes(folder), [], split="test")


def test_max_identities_are_nested_and_whole(tmp_path):
    table = PersonTable.from_rows(captioned(40), tmp_path)
    few = PersonDataset(table, [], max_identities=5).person_ids()
    more = PersonDataset(table, [], max_identities=9).person_ids()
    assert len(few) == 10 and len(set(few)) == 5 and set(few) < set(more)
    assert set(few) != set(range(5)), "the identities are drawn, not the first ones"
    with pytest.raises(InputError, match="max_identities = 0"):
        PersonDataset(table, [], max_identities=0)


def test_held_out_identities_are_those_left_out(tmp_path):
    table = PersonTable.from_rows(captioned(40), tmp_path)  # 20 identities

    def people(**options):
        return set(PersonDataset(table, [], **options).person_ids())

    train, val = people(without_held_out=0.2), people(only_held_out=0.2)
    assert len(train) == 16 and len(val) == 4 and train | val == people()
    assert people(only_held_out=0.1) < val, "a smaller share is part of a larger one"
    few = people(without_held_out=0.2, identity_share=0.5)
    assert len(few) == 8 and few < train
    assert len(people(only_held_out=0.999)) == 19 and len(people(only_held_out=0.001)) == 1
    assert len(people(only_held_out=0.5, max_identities=3)) == 3
    facts = data_facts(PersonDataset(table, [], only_held_out=0.2))
    assert facts["only_held_out"] == 0.2 and facts["rows"] == 8


def test_a_share_of_pictures_needs_no_identities_and_is_part_of_a_larger_one(tmp_path):
    rows = [{"image": f"{n}.jpg", "split": "val" if n % 5 == 0 else "train"} for n in range(50)]
    table = PersonTable.from_rows(rows, tmp_path)

    def pictures(share):
        data = PersonDataset(table, [], split="train", image_share=share)
        assert data_facts(data).get("image_share") == share
        return [row.image for row in data.table]

    every, half, few, one = (pictures(share) for share in (None, 0.5, 0.1, 1e-6))
    assert [len(some) for some in (every, half, few, one)] == [40, 20, 4, 1]
    assert set(one) < set(few) < set(half) < set(every)
    assert half == [name for name in every if name in set(half)], "the table's order stays"
    assert not set(every) & {row["image"] for row in rows if row["split"] == "val"}


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"without_held_out": 0.0}, "without_held_out = 0.0"),
        ({"only_held_out": 1}, "between 0 and 1"),
        ({"only_held_out": 0.1, "without_held_out": 0.1}, "exclude each other"),
        ({"identity_share": 0.1, "max_identities": 1}, "exclude each other"),
        ({"identity_share": 1.1}, "identity_share = 1.1"),
        ({"image_share": 0}, "image_share = 0"),
    ],
)
def test_wrong_shares(tmp_path, options, says):
    table = PersonTable.from_rows(captioned(40), tmp_path)
    with pytest.raises(InputError, match=says):
        PersonDataset(table, [], **options)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"unit": "images"}, "did you mean 'image'"),
        ({"seed": -1}, "seed = -1"),
        ({"unreadable": "replac"}, "did you mean 'replace'"),
        ({"pipeline": [dict(type="ResizePersons")]}, "did you mean 'ResizePerson'"),
        ({"pipeline": [dict(type=ResizePerson, siz=(4, 2))]}, "did you mean 'size'"),
        ({"source": dict(type="SynthPede", root=".")}, "did you mean 'SynthPedes'"),
    ],
)
def test_wrong_arguments(folder, arguments, says):
    arguments = {"source": SynthPedes(folder), "pipeline": [], **arguments}
    with pytest.raises(InputError, match=says):
        PersonDataset(arguments.pop("source"), arguments.pop("pipeline"), **arguments)


def test_index_errors(folder):
    dataset = PersonDataset(SynthPedes(folder), [])
    for key in (10, -1, (10, 0)):
        with pytest.raises(IndexError):
            dataset[key]


def test_a_pickled_dataset_is_small(synth_pedes, synth_record):
    folder = synth_pedes([synth_record(n % 2, id=n) for n in range(5000)])
    pipeline = [dict(type=LoadPersonImage), dict(type=ResizePerson)]
    for unit in ("image", "caption"):
        data = pickle.dumps(PersonDataset(SynthPedes(folder), pipeline, unit=unit))
        assert len(data) < 2000
    assert pickle.loads(data)[9999]["row"].person_id == 4999


def test_an_unreadable_image_is_named_from_a_worker(folder):
    broken = folder / "Part1/3/1.jpg"
    broken.write_bytes(b"no picture")
    pipeline = [dict(type=LoadPersonImage), dict(type=ResizePerson, size=(8, 4))]
    dataset = PersonDataset(SynthPedes(folder), pipeline)
    loading = iter(DataLoader(dataset, 2, collate_fn=collate, num_workers=1))
    with pytest.raises(InputError) as caught:
        list(loading)
    loading._shutdown_workers()  # else the caught traceback keeps the worker for seconds
    assert str(broken) in str(caught.value) and "re-download or delete it" in str(caught.value)


LOADING = [dict(type=LoadPersonImage), dict(type=ResizePerson, size=(8, 4))]


def test_another_row_takes_the_place_of_an_unreadable_one(folder):
    expected = PersonDataset(SynthPedes(folder), LOADING, seed=4)
    dataset = PersonDataset(SynthPedes(folder), LOADING, seed=4, unreadable="replace")
    assert all(dataset[i]["unreadable"] == [] for i in range(10))
    (folder / "Part1/2/1.jpg").write_bytes(b"no picture")
    (folder / "Part1/3/2.jpg").unlink()
    substitutes = set()
    for item, epoch in ((item, epoch) for item in (2, 5) for epoch in range(8)):
        results = dataset[(item, epoch)]
        index, failed = results["index"], results["unreadable"]
        assert failed[0] == item and set(failed) <= {2, 5} and index not in (2, 5)
        same = expected[(index, epoch)]
        assert (results["img"] == same["img"]).all() and results["row"] == same["row"]
        assert dataset[(item, epoch)]["index"] == index, "the same whenever it is asked for"
        substitutes.add(index)
    assert len(substitutes) > 3
    with pytest.raises(UnreadableImageError, match=r"Part1/2/1\.jpg"):
        expected[2]


def test_many_unreadable_ones_in_a_row_stop(folder):
    for path in folder.rglob("*.jpg"):
        path.write_bytes(b"no picture")
    dataset = PersonDataset(SynthPedes(folder), LOADING, unreadable="replace")
    with pytest.raises(InputError, match="10 pictures one after another are unreadable: image"):
        dataset[0]


def test_a_wrong_box_is_never_replaced(folder):
    table = PersonTable.from_rows(
        [{"image": "Part1/1/1.jpg", "box": [900, 0, 910, 9]}, {"image": "Part1/1/2.jpg"}], folder
    )
    with pytest.raises(InputError, match="holds no pixel"):
        PersonDataset(table, LOADING, unreadable="replace")[0]


def test_batches_tell_what_was_unreadable(folder):
    (folder / "Part1/2/1.jpg").write_bytes(b"no picture")
    dataset = PersonDataset(SynthPedes(folder), LOADING, unreadable="replace")
    batches = list(DataLoader(dataset, 5, collate_fn=collate, num_workers=1))
    found = [batch.unreadable.tolist() for batch in batches]
    assert [set(rows) for rows in found] == [{2}, set()]
    assert all(batch.unreadable.dtype == torch.int64 for batch in batches)
    assert 2 not in torch.cat([batch.rows for batch in batches])


def test_the_problem_of_a_picture(folder):
    dataset = PersonDataset(SynthPedes(folder), [])
    assert dataset.image_problem(2) == ("Part1/2/1.jpg", None)
    (folder / "Part1/2/1.jpg").write_bytes(b"")
    image, reason = dataset.image_problem(2)
    assert image == "Part1/2/1.jpg" and "it is empty" in reason


def test_pictures_are_not_decoded_smaller_than_they_become(folder):
    pipeline = [dict(type=LoadPersonImage, min_size=(8, 4)), dict(type=ResizePerson, size=(8, 6))]
    with pytest.raises(InputError, match=r"min_size=\(8, 4\).*\(8, 6\) of ResizePerson"):
        PersonDataset(SynthPedes(folder), pipeline)


def test_pictures_are_named_by_file_and_box_once_for_each_caption(tmp_path):
    rows = [
        {"image": "a.jpg", "box": (0, 0, 4, 8), "captions": ["one", "two"]},
        {"image": "a.jpg", "box": (4, 0, 8, 8), "captions": ["three"]},
        {"image": "b.jpg", "captions": ["four"]},
    ]
    table = PersonTable.from_rows(rows, tmp_path)
    names = PersonDataset(table, []).picture_names()
    assert len(set(names)) == 3 and names[2] == str(tmp_path / "b.jpg")
    captions = PersonDataset(table, [], unit="caption").picture_names()
    assert captions.tolist() == [names[0], *names]
