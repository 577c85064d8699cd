"""Two ranks that search and rank give one rank's figures, whatever the sampler repeats."""

import pytest
import torch
from tiny_search import Oracle, loop_of, tiny_world

from plipdet.evaluation import PersonSearchMetric


def _figures(work_dir, asked_by, kept_before):
    world = tiny_world()
    world.found[: len(world.found) // 2] = [f.select(torch.arange(0)) for f in world.found][
        : len(world.found) // 2
    ]
    cbgm = {"k1": 5, "k2": 3} if asked_by == "queries" else None
    metric = PersonSearchMetric(cbgm=cbgm, examples=2, chunk=4)
    loop = loop_of(world, work_dir=work_dir, asked_by=asked_by, metric=metric, model=Oracle(world))
    metrics = loop.run()
    assert (loop.found_in is not None) == kept_before
    return metrics


@pytest.mark.parametrize("asked_by", ["queries", "sentences"])
def test_two_ranks_give_the_figures_of_one(ranks, tmp_path, asked_by):
    alone = _figures(tmp_path / "alone", asked_by, False)
    for kept_before in (False, True):
        own = (str(tmp_path / "two"), asked_by, kept_before)
        first, second = ranks.run(_figures, [own, own])
        assert first == second == alone
    assert alone["queries"] > 5 and alone["mAP"] > 0
