"""MatchingPlot: cumulative matching curves of one or several results."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from PIL import Image

from plipdet.registry import VISUALIZERS

# Okabe and Ito's colours, which differ in brightness too; dashes and signs say the same
_COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000")
_DASHES = ("-", "--", "-.", (0, (1, 1)))
_SIGNS = "osD^vP*X"
_SAME = 0.05  # percent; chance levels that differ by less are drawn as one
_DOTS_PER_INCH = 150


@dataclass(slots=True, frozen=True)
class MatchingCurve:
    """Rank-k against k.

    Args:
        name: For the legend.
        ranks: The k, increasing.
        rates: Queries with a right picture among the first k, percent.
        chance: The same for a random order by k, which may be fewer; empty if it is not known.
        mean_ap: mAP, percent; ``None`` if it is not known.
    """

    name: str
    ranks: Sequence[int]
    rates: Sequence[float]
    chance: Mapping[int, float] = field(default_factory=dict)
    mean_ap: float | None = None


@VISUALIZERS.register_module()
class MatchingPlot:
    """Draws the curves with a legend, and what chance would give.

    Args:
        size: Width and height, inches at 150 dots each.
    """

    def __init__(self, size: tuple[float, float] = (7.5, 5.0)) -> None:
        self.size = size

    def draw(self, curves: Sequence[MatchingCurve], *, title: str = "") -> Image.Image:
        """Return the plot.

        Args:
            curves: In the order of the legend.
            title: Printed at the top; any text.
        """
        figure = Figure(figsize=self.size, dpi=_DOTS_PER_INCH, layout="constrained")
        axes = figure.add_subplot()
        for at, curve in enumerate(curves):
            _draw_curve(axes, curve, at)
        _draw_chance(axes, curves)
        axes.set_xlabel("rank k")
        axes.set_ylabel("queries with a right picture among the first k, %")
        axes.set_ylim(0, 100)
        axes.set_xlim(left=0.5)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.grid(color="#dddddd", linewidth=0.7)
        for side in ("top", "right"):
            axes.spines[side].set_visible(False)
        axes.set_title(_plain(title), loc="left", fontsize=11)
        handles, labels = axes.get_legend_handles_labels()
        axes.legend(handles, labels, frameon=False, fontsize=8.5)
        canvas = FigureCanvasAgg(figure)
        canvas.draw()
        return Image.fromarray(np.asarray(canvas.buffer_rgba())[..., :3].copy())


def _draw_curve(axes: Axes, curve: MatchingCurve, at: int) -> None:
    known = [f"{curve.rates[0]:.1f}"] if curve.ranks[0] == 1 else []
    label = _plain(curve.name) + "".join(f", rank-1 {rate} %" for rate in known)
    if curve.mean_ap is not None:
        label += f", mAP {curve.mean_ap:.1f} %"
    every = max(1, len(curve.ranks) // 8)
    axes.plot(
        curve.ranks,
        curve.rates,
        color=_COLORS[at % len(_COLORS)],
        linestyle=_DASHES[at % len(_DASHES)],
        marker=_SIGNS[at % len(_SIGNS)],
        markevery=every,
        markersize=5,
        label=label,
    )


def _draw_chance(axes: Axes, curves: Sequence[MatchingCurve]) -> None:
    """Draw the levels of chance, those of one gallery and one rule as one line."""
    drawn: list[Mapping[int, float]] = []
    for at, curve in enumerate(curves):
        level = curve.chance
        if not level or any(_alike(level, other) for other in drawn):
            continue
        drawn.append(level)
        several = any(other.chance and not _alike(other.chance, level) for other in curves)
        axes.plot(
            list(level),
            list(level.values()),
            color=_COLORS[at % len(_COLORS)] if several else "#777777",
            linestyle=(0, (1, 2)),
            linewidth=1.2,
            label=f"chance, {_plain(curve.name)}" if several else "chance",
        )


def _alike(one: Mapping[int, float], other: Mapping[int, float]) -> bool:
    shared = one.keys() & other.keys()
    return bool(shared) and all(abs(one[k] - other[k]) < _SAME for k in shared)


def _plain(text: str) -> str:
    """Return the text for matplotlib, which reads mathematics and hides what starts with _."""
    return text.replace("$", r"\$").lstrip("_")
