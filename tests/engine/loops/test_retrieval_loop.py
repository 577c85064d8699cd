import numpy as np
import pytest
import torch

from plipdet.engine.loops import RetrievalLoop
from plipdet.errors import InputError


class Recorder:
    reads = frozenset(("ids", "cameras"))

    def evaluate(self, **facts):
        self.facts = facts
        return {"rank1": 1.0}


def test_features_are_in_the_order_of_the_dataset(load, runner_of):
    runner = runner_of(load())
    loop = runner.val_loop
    loop.evaluator = Recorder()
    assert loop.run() == {"rank1": 1.0}
    facts = loop.evaluator.facts
    assert facts["query_ids"].tolist() == [0, 0, 1, 1, 2, 2]
    assert facts["gallery_cameras"].tolist() == [0, 1, 0, 1, 0, 1]
    dataset = loop.dataloader.query.dataset
    runner.model.eval()
    batch = loop.dataloader.query.collate_fn([dataset[5]])
    with torch.no_grad():
        expected = runner.model.val_step(batch)["image"][0]
    torch.testing.assert_close(facts["query_features"][5], expected)


def test_padding_of_the_sampler_is_dropped(load, runner_of):
    runner = runner_of(load())
    loop = runner.val_loop
    loop.evaluator = Recorder()
    keys = [(i, 0) for i in (4, 5, 0, 1, 2, 3, 4, 5)]  # shuffled, two repeated
    object.__setattr__(loop.dataloader.query.batch_sampler, "sampler", keys)
    loop.run()
    assert loop.evaluator.facts["query_features"].shape == (6, 6)
    torch.testing.assert_close(
        loop.evaluator.facts["query_features"], loop.evaluator.facts["gallery_features"]
    )


def test_items_that_no_rank_visits_are_an_error(load, runner_of):
    loop = runner_of(load()).val_loop
    keys = [(i, 0) for i in range(4)]
    object.__setattr__(loop.dataloader.gallery.batch_sampler, "sampler", keys)
    with pytest.raises(InputError, match="2 of 6 gallery embeddings"):
        loop.run()


def test_validation_leaves_the_generators_alone(load, runner_of):
    loop = runner_of(load()).val_loop
    torch.manual_seed(1)
    np.random.seed(1)
    loop.run()
    after = torch.rand(1), np.random.rand()
    torch.manual_seed(1)
    np.random.seed(1)
    assert after == (torch.rand(1), np.random.rand())


def test_wrong_loaders_and_ambiguous_embeddings_are_input_errors(load, runner_of):
    cfg = load()
    runner = runner_of(cfg)
    with pytest.raises(InputError, match=r"dict\(query="):
        RetrievalLoop(runner, {"query": {}}, Recorder())
    outputs = {"image": torch.zeros(1, 2), "text": torch.ones(1, 2)}
    with pytest.raises(InputError, match="query_embedding"):
        runner.val_loop._choose("query", outputs)
    runner.val_loop.embeddings["query"] = "text"
    assert runner.val_loop._choose("query", outputs) is outputs["text"]
    runner.val_loop.embeddings["query"] = "txt"
    with pytest.raises(InputError, match="did you mean 'text'"):
        runner.val_loop._choose("query", outputs)


class BothSides:
    """An evaluator that says who asked whom."""

    reads = frozenset(("ids",))

    def evaluate(self, query_features, gallery_features, query_ids, gallery_ids):
        return {"rank1": float(query_ids.sum() - gallery_ids.sum()), "cmc": [1.0]}


def both_directions(load, runner_of, monkeypatch, gallery_name="text"):
    """A loop whose gallery, of other items than the queries, is given out as texts."""
    runner = runner_of(load(overrides={"val_cfg.both_directions": True}))
    loop = runner.val_loop
    loop.evaluator = BothSides()
    sides = loop.dataloader
    step = runner.model.val_step
    current = []
    embed = loop._embed

    def embed_side(side, mode):
        current[:] = [{"query": "image", "gallery": gallery_name}[side]]
        return embed(side, mode)

    monkeypatch.setattr(loop, "_embed", embed_side)
    monkeypatch.setattr(runner.model, "val_step", lambda b: {current[0]: step(b)["image"]})
    monkeypatch.setattr(sides.gallery.dataset, "person_ids", lambda: np.full(6, 7))
    return loop


def test_both_directions_give_their_figures_and_numbers_reach_the_hooks(
    load, runner_of, monkeypatch
):
    loop = both_directions(load, runner_of, monkeypatch)
    told = []
    monkeypatch.setattr(loop.runner, "call_hook", lambda name, **data: told.append(data))
    metrics = loop.run()
    difference = 0 + 0 + 1 + 1 + 2 + 2 - 6 * 7
    assert metrics["rank1"] == difference and metrics["text_to_image/rank1"] == -difference
    assert metrics["cmc"] == metrics["text_to_image/cmc"] == [1.0]
    numbers = next(data["metrics"] for data in told if "metrics" in data)
    assert sorted(numbers) == ["rank1", "text_to_image/rank1"]


def test_both_directions_of_pictures_are_refused(load, runner_of, monkeypatch):
    with pytest.raises(InputError, match="both of the embedding 'image'"):
        both_directions(load, runner_of, monkeypatch, gallery_name="image").run()


def test_what_the_metric_reads_and_a_dataset_has_not_is_named(load, runner_of):
    loop = runner_of(load()).val_loop
    loop.evaluator = Recorder()
    loop.evaluator.reads = frozenset(("ids", "pictures"))
    with pytest.raises(InputError, match=r"ToyDataset, has no picture_names\(\)"):
        loop.run()
