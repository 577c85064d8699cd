import json

import numpy as np
import pytest
import slow_person_search as slow
import torch
from tiny_search import Oracle, SearchItems, colour, loop_of, tiny_world

from plipdet.engine.data_facts import data_facts
from plipdet.errors import InputError
from plipdet.evaluation import PersonSearchMetric

FIGURES = ("mAP", "rank1", "rank5", "rank10", "search_recall", "queries")


def unit(embeddings):
    return torch.nn.functional.normalize(embeddings.double(), dim=1).numpy()


def expected_of(world, embeddings, asks=None):
    """The figures by definition, over embeddings of unit length."""
    found = [one.cpu() for one in world.found]
    for one in found:
        one.embeddings = torch.from_numpy(unit(one.embeddings))
    world = type(world)(world.people, found, world.queries, world.embeddings)
    asks = np.arange(len(world.queries)) if asks is None else asks
    rates = slow.rates(world, unit(embeddings), asks)
    return {name: pytest.approx(rates[name]) for name in FIGURES}


def test_pictures_ask_among_all_who_were_found(tmp_path):
    world, told = tiny_world(), []
    metrics = loop_of(world, work_dir=tmp_path, told=told).run()
    assert {k: metrics[k] for k in FIGURES} == expected_of(world, world.embeddings)
    hooks = [one[0] for one in told if isinstance(one, tuple)]
    batches = -(-len(world.found) // 3) + -(-len(world.queries) // 3)
    assert hooks.count("after_test_iter") == batches
    numbers = next(d["metrics"] for n, d in (o for o in told if len(o) == 2) if "metrics" in d)
    assert numbers["mAP"] == metrics["mAP"] and "examples" not in numbers
    json.dumps(metrics, allow_nan=False)


def test_each_sentence_asks_for_itself(tmp_path):
    world = tiny_world(10)
    loop = loop_of(world, work_dir=tmp_path, asked_by="sentences")
    asks = np.repeat(np.arange(len(world.queries)), 2)
    sentences = world.embeddings[asks] + torch.arange(len(asks))[:, None] % 2
    metrics = loop.run()
    assert {k: metrics[k] for k in FIGURES} == expected_of(world, sentences, asks)
    assert loop.protocol()["asked_by"] == "sentences"


def test_annotated_boxes_take_the_place_of_detections(tmp_path):
    world = tiny_world(20)
    metrics = loop_of(world, work_dir=tmp_path, boxes="annotated").run()
    assert metrics["search_recall"] == 100 and "detection_recall" not in metrics
    for scene, people in enumerate(world.people):
        boxes = torch.tensor(np.array([b for _, b in people]).reshape(-1, 4)).float()
        looks = torch.stack([colour(b) for b in boxes]) if len(boxes) else torch.zeros(0, 3)
        world.found[scene] = type(world.found[0])(boxes, torch.ones(len(boxes)), looks)
    assert {k: metrics[k] for k in FIGURES} == expected_of(world, world.embeddings)


def test_a_second_test_of_the_same_weights_does_not_search_again(tmp_path):
    world = tiny_world()
    first = loop_of(world, work_dir=tmp_path)
    metrics = first.run()
    assert first.runner.model.searched == len(world.found)
    assert first.protocol()["detections_from"] == "this run"
    again = loop_of(world, work_dir=tmp_path)
    assert again.run() == metrics and again.runner.model.searched == 0
    (kept,) = tmp_path.glob("*.npz")
    assert again.protocol()["detections_from"] == kept.name
    stricter = loop_of(
        world, work_dir=tmp_path, metric=PersonSearchMetric(score_threshold=0.9, coco=False)
    )
    assert stricter.run() != metrics and stricter.runner.model.searched == 0


def test_other_weights_boxes_or_pictures_are_searched_anew(tmp_path):
    world = tiny_world()
    loop_of(world, work_dir=tmp_path).run()
    for change in ({"model": Oracle(world, weight=2.0)}, {"boxes": "annotated"}):
        loop_of(world, work_dir=tmp_path, **change).run()
    assert len(list(tmp_path.glob("*.npz"))) == 3
    without = loop_of(world, work_dir=tmp_path, keep=False)
    without.run()
    assert without.runner.model.searched == len(world.found)
    other = tiny_world(1)
    loop_of(other, work_dir=tmp_path).run()
    assert len(list(tmp_path.glob("*.npz"))) == 4


def test_a_damaged_file_is_replaced_and_a_full_disk_costs_no_figures(tmp_path, monkeypatch):
    world, told = tiny_world(), []
    metrics = loop_of(world, work_dir=tmp_path).run()
    (kept,) = tmp_path.glob("*.npz")
    whole = kept.read_bytes()
    kept.write_bytes(whole[: len(whole) // 2])
    again = loop_of(world, work_dir=tmp_path, told=told)
    assert again.run() == metrics and again.runner.model.searched == len(world.found)
    assert any("searched again" in one for one in told if isinstance(one, str))
    np.savez(kept, boxes=np.zeros(3))
    assert loop_of(world, work_dir=tmp_path).run() == metrics
    kept.unlink()
    told.clear()

    def full(path, found):
        raise InputError("no room")

    monkeypatch.setattr("plipdet.engine.loops.person_search_loop.write_detections", full)
    assert loop_of(world, work_dir=tmp_path, told=told).run() == metrics
    assert any("not kept: no room" in one for one in told if isinstance(one, str))


def test_validation_keeps_nothing(tmp_path):
    loop = loop_of(tiny_world(), work_dir=tmp_path)
    loop.runner._val_loop = loop
    loop.run()
    assert not list(tmp_path.glob("*.npz"))


def test_scenes_that_no_rank_visits_and_broken_numbers_are_input_errors(tmp_path):
    world = tiny_world()
    loop = loop_of(world, work_dir=tmp_path)
    keys = [(i, 0) for i in range(len(world.found) - 2)]
    object.__setattr__(loop.dataloader.gallery.batch_sampler, "sampler", keys)
    with pytest.raises(InputError, match=r"2 of .* scenes were not searched"):
        loop.run()
    one = next(f for f in world.found if len(f))
    one.embeddings[0, 0] = torch.nan
    with pytest.raises(InputError, match=r"in 1 of .* scenes is not a number"):
        loop_of(world, work_dir=tmp_path).run()
    one.embeddings = None
    with pytest.raises(InputError, match="no embeddings"):
        loop_of(world, work_dir=tmp_path).run()


def test_wrong_settings_are_input_errors(tmp_path):
    world = tiny_world()
    with pytest.raises(InputError, match=r"did you mean 'annotated'"):
        loop_of(world, work_dir=tmp_path, boxes="anotated")
    with pytest.raises(InputError, match=r"query dataset .* has the content 'scenes'"):
        loop_of(world, work_dir=tmp_path, asked_by="scenes")
    with pytest.raises(InputError, match="a sentence has no picture"):
        metric = PersonSearchMetric(cbgm={"k1": 10, "k2": 3})
        loop_of(world, work_dir=tmp_path, asked_by="sentences", metric=metric)
    loop = loop_of(world, work_dir=tmp_path)
    with pytest.raises(InputError, match=r"dict\(query="):
        type(loop)(loop.runner, {"query": {}}, PersonSearchMetric())
    loop.dataloader.query.dataset.scenes = tiny_world(7).scenes
    with pytest.raises(InputError, match="are of other data"):
        loop._check()


def test_facts_of_scenes_are_those_of_their_people():
    facts = data_facts(SearchItems(tiny_world()))
    assert facts["splits"] == ["test"] and facts["content"] == "scenes"
    assert facts["rows"] == len(tiny_world().scenes.people)
