import json
import re

import pytest

from plipdet.errors import InputError
from plipdet.visualization.training_curves import curves_svg, number, read_scalars


def write(path, lines):
    path.write_text(
        "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)
    )
    return path


def test_training_lines_only_and_no_value_that_is_not_finite(tmp_path):
    path = write(
        tmp_path / "scalars.json",
        [
            {"loss": 2.0, "epoch": 1, "iter": 5, "step": 5},
            {"rank1": 50.0, "step": 1},
            {"loss": float("nan"), "lr": 0.1, "iter": 10, "step": 10},
            '{"loss": 1.0, "it',
        ],
    )
    assert read_scalars(path) == {"loss": [(5.0, 2.0)], "lr": [(10.0, 0.1)]}


def test_a_broken_line_is_named(tmp_path):
    path = write(tmp_path / "scalars.json", ["{broken", {"loss": 1, "iter": 1, "step": 1}])
    with pytest.raises(InputError, match="line 1 is no JSON"):
        read_scalars(path)


def test_the_line_spans_the_chart():
    svg = curves_svg({"loss": [(0, 4.0), (5, 3.0), (10, 2.0)]}, ["loss", "absent"])
    points = re.search(r'points="([^"]*)"', svg)[1].split()
    assert points == ["44.0,10.0", "167.0,59.0", "290.0,108.0"]
    assert svg.count("<figure") == 1
    assert "step 10" in svg


@pytest.mark.parametrize("value", [0.0, -3.0])
def test_a_constant_is_drawn(value):
    assert "nan" not in curves_svg({"lr": [(1, value), (2, value)]}, ["lr"])


def test_long_curves_are_drawn_raw_and_smooth():
    zigzag = [(n, float(n % 2)) for n in range(100)]
    raw, smooth = re.findall(r'points="([^"]*)"', curves_svg({"loss": zigzag}, ["loss"]))
    heights = [{p.split(",")[1] for p in line.split()[5:-5]} for line in (raw, smooth)]
    assert heights[0] == {"10.0", "108.0"}
    assert all(40 < float(h) < 78 for h in heights[1])


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0.00"), (0.357, "0.36"), (12.34, "12.3"), (1234.5, "1234"), (2e-5, "2e-5"), (1e6, "1e6")],
)
def test_numbers_are_short(value, text):
    assert number(value) == text
