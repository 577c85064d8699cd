import numpy as np
import pytest
from matplotlib.figure import Figure

from plipdet.visualization import MatchingCurve, MatchingPlot
from plipdet.visualization.matching_plot import _draw_chance


def chance_lines(*curves):
    axes = Figure().add_subplot()
    _draw_chance(axes, curves)
    return [line.get_label() for line in axes.get_lines()]


def test_one_line_for_one_level_of_chance():
    ours = MatchingCurve("ours", [1, 2], [50, 60], {1: 2.0, 2: 4.0}, 33.3)
    theirs = MatchingCurve("theirs", [1, 2, 3], [40, 50, 60], {1: 2.001, 3: 6.0})
    unknown = MatchingCurve("unknown", [1], [30])
    other = MatchingCurve("other", [1, 2], [10, 20], {1: 1.0, 2: 2.0})
    assert chance_lines(ours, theirs, unknown) == ["chance"]
    assert chance_lines(ours, other) == ["chance, ours", "chance, other"]
    assert chance_lines(unknown) == []


@pytest.mark.parametrize("name", ["$broken_{", "a\nb", "", "_hidden", "été"])
def test_any_name_is_drawn(name):
    one = MatchingCurve(name, [1, 5], [50.0, 100.0])
    page = MatchingPlot((4, 3)).draw([one], title=name)
    assert page.size == (600, 450)
    blue = (np.asarray(page) == (0, 0x72, 0xB2)).all(axis=2)
    assert blue.sum() > 100


def test_a_higher_curve_is_drawn_higher():
    def top(rate):
        page = MatchingPlot((4, 3)).draw([MatchingCurve("", [1, 5], [rate, rate])])
        blue = (np.asarray(page)[:, 150:300] == (0, 0x72, 0xB2)).all(axis=2)
        return np.flatnonzero(blue.any(axis=1)).min()

    assert top(90) < top(60)
