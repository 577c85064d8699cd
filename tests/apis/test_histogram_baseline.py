import pytest

from plipdet.apis.histogram_baseline import histogram_baseline
from plipdet.datasets.sources import Market1501
from plipdet.evaluation import RetrievalMetric


def test_outfits_of_different_colours_are_told_apart(data_root):
    metric = RetrievalMetric(exclude_same_camera=True)
    rates = histogram_baseline(Market1501(data_root).load(), metric=metric, stripes=4)
    assert (rates["rank1"], rates["mAP"], rates["queries"]) == (100, 100, 8)
    # Without stripes, red over blue is the same as blue over red.
    whole = histogram_baseline(Market1501(data_root).load(), metric=metric, stripes=1)
    assert whole["chance_rank1"] == pytest.approx(100 / 7)
    assert whole["rank1"] < 100
