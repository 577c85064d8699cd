"""Training curves as inline SVG, one small chart a scalar, coloured by the page around them."""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path

from plipdet.errors import InputError

Curve = Sequence[tuple[float, float]]
_WIDTH, _HEIGHT = 300, 130
_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 10, 10, 22
_NOT_PLOTTED = frozenset({"step", "iter", "epoch"})
_SMOOTHED_FROM = 40  # points; with fewer the line itself is readable


def read_scalars(path: str | Path) -> dict[str, list[tuple[float, float]]]:
    """Read what MMEngine logs into ``<work dir>/<time>/vis_data/scalars.json``.

    Args:
        path: One JSON object a line.

    Returns:
        Points (step, value) by name, of training lines only; values that are not finite are
        left out.

    Raises:
        InputError: If a line other than the last, which may be unfinished, is no JSON object.
    """
    lines = Path(path).read_text(encoding="utf-8").splitlines()
    curves: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for number, line in enumerate(lines, start=1):
        try:
            entry = json.loads(line)
            trains = "iter" in entry and "step" in entry
        except (json.JSONDecodeError, TypeError) as error:
            if number == len(lines):
                break
            raise InputError(f"{path}, line {number} is no JSON object: {error}") from error
        for name, value in entry.items() if trains else ():
            if (
                name not in _NOT_PLOTTED
                and isinstance(value, (int, float))
                and math.isfinite(value)
            ):
                curves[name].append((float(entry["step"]), float(value)))
    return dict(curves)


def curves_svg(curves: Mapping[str, Curve], names: Sequence[str]) -> str:
    """Return the charts of the named scalars that exist, as HTML figures.

    Lines take the CSS variable ``--accent``, axes ``--muted`` and ``--line``.

    Args:
        curves: From :func:`read_scalars`.
        names: Scalars in order.
    """
    found = [name for name in names if len(curves.get(name, ())) > 1]
    return "\n".join(_figure(name, curves[name]) for name in found)


def _figure(name: str, curve: Curve) -> str:
    last = curve[-1][1]
    return (
        f'<figure class="curve"><figcaption>{escape(name)}<b>{number(last)}</b></figcaption>'
        f"{_svg(curve)}</figure>"
    )


def _svg(curve: Curve) -> str:
    low, high = min(v for _, v in curve), max(v for _, v in curve)
    low = 0.0 if 0 <= low < 0.5 * high else low  # a chart from zero where that costs little height
    high = high if high > low else low + 1
    first, last = curve[0][0], curve[-1][0]
    bottom = _HEIGHT - _BOTTOM

    def place(step: float, value: float) -> str:
        x = _LEFT + (step - first) / max(last - first, 1) * (_WIDTH - _LEFT - _RIGHT)
        y = bottom - (value - low) / (high - low) * (bottom - _TOP)
        return f"{x:.1f},{y:.1f}"

    smooth = len(curve) >= _SMOOTHED_FROM
    lines = [_line(curve, place, "raw" if smooth else "main")]
    if smooth:
        lines.append(_line(_running_mean(curve), place, "main"))
    ticks = "".join(
        f'<line class="grid" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
        f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{number(value)}</text>'
        for value in (low, (low + high) / 2, high)
        for y in [bottom - (value - low) / (high - low) * (bottom - _TOP)]
    )
    base = _HEIGHT - 6
    steps = (
        f'<text x="{_LEFT}" y="{base}">{first:.0f}</text>'
        f'<text x="{_WIDTH - _RIGHT}" y="{base}" text-anchor="end">step {last:.0f}</text>'
    )
    box = f'viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img"'
    return f"<svg {box}>{ticks}{steps}{''.join(lines)}</svg>"


def _line(curve: Curve, place: object, kind: str) -> str:
    assert callable(place)
    points = " ".join(place(step, value) for step, value in curve)
    return f'<polyline class="{kind}" points="{points}"/>'


def _running_mean(curve: Curve) -> list[tuple[float, float]]:
    half = max(1, len(curve) // 40)
    means = []
    for at, (step, _) in enumerate(curve):
        window = [v for _, v in curve[max(0, at - half) : at + half + 1]]
        means.append((step, sum(window) / len(window)))
    return means


def number(value: float) -> str:
    """Return a number in few characters."""
    if value == 0 or 0.01 <= abs(value) < 10_000:
        return (
            f"{value:.2f}"
            if abs(value) < 10
            else f"{value:.1f}"
            if abs(value) < 100
            else f"{value:.0f}"
        )
    return f"{value:.0e}".replace("e-0", "e-").replace("e+0", "e")
