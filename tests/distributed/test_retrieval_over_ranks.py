"""Two ranks that embed and rank give one rank's figures, whatever the sampler repeats."""

from pathlib import Path
from types import SimpleNamespace

import torch

from plipdet.datasets import PersonDataset, PersonSampler, collate
from plipdet.datasets.sources import Market1501
from plipdet.datasets.transforms import LoadPersonImage, ResizePerson
from plipdet.engine import PLIPRunner
from plipdet.engine.loops import RetrievalLoop
from plipdet.errors import InputError
from plipdet.evaluation import RetrievalMetric

MINIPEDES = Path(__file__).parents[1] / "data" / "minipedes"


class Colours(torch.nn.Module):
    """A model without weights: mean colours of a grid."""

    def val_step(self, batch):
        means = torch.nn.functional.adaptive_avg_pool2d(batch.images.float(), (6, 3))
        return {"image": means.flatten(1) - 100}


def _side(split, without=None):
    pipeline = [{"type": LoadPersonImage}, {"type": ResizePerson, "size": (64, 32)}]
    dataset = PersonDataset(Market1501(MINIPEDES), pipeline, split=split)
    if without is not None:
        dataset.person_ids = lambda: None
    return {
        "batch_size": 4,
        "dataset": dataset,
        "sampler": {"type": PersonSampler, "shuffle": False},
        "collate_fn": {"type": collate},
    }


def _figures(without=None):
    hooks = []
    runner = SimpleNamespace(
        build_dataloader=PLIPRunner.build_dataloader,
        _randomness_cfg={},
        seed=0,
        model=Colours(),
        call_hook=lambda name, **data: hooks.append(name),
        _val_loop=None,
    )
    metric = RetrievalMetric(
        exclude_same_camera=True,
        rerank={"type": "KReciprocalReranking", "k1": 4, "k2": 2},
        topk=(1, 3),
        chunk=3,
    )
    sides = {"query": _side("query"), "gallery": _side("gallery", without)}
    try:
        return RetrievalLoop(runner, sides, metric).run()
    except InputError as error:
        return str(error)


def test_two_ranks_give_the_figures_of_one(ranks):
    alone = _figures()
    first, second = ranks.run(_figures, [(), ()])
    assert first == second == alone
    assert (alone["queries"], alone["gallery_images"]) == (16, 17)  # one junk
    assert alone["mAP"] > alone["chance_mAP"] and "rerank/mAP" in alone
    assert alone["cmc"] == sorted(alone["cmc"]) and alone["cmc"][0] == alone["rank1"]


def test_a_failure_of_the_rank_that_evaluates_reaches_both(ranks):
    first, second = ranks.run(_figures, [("ids",), ("ids",)])
    assert first == second and "gallery data have no identities" in first
