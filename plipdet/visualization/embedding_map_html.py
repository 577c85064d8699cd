"""An embedding map for a browser: pointing at a mark shows its picture or sentence."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from html import escape

from .embedding_map import MapPoint, look_of
from .html_page import data_uri, html_page

_WIDTH, _HEIGHT, _MARGIN = 900, 620, 24
_PICTURE_HEIGHT = 160  # px of an embedded picture
_STYLE = """
main { max-width: 1400px; } .map { display: grid; grid-template-columns: 1fr 260px; gap: 20px; }
.map svg { background: var(--card); border-radius: 10px; touch-action: manipulation; }
.map svg:focus { outline: 2px solid var(--accent); }
path { stroke-width: 1.6; vector-effect: non-scaling-stroke; } path.asks { fill: transparent; }
path.faint { opacity: .12; } path.chosen { stroke: var(--ink); stroke-width: 4; }
aside { background: var(--card); border-radius: 10px; padding: 14px; min-height: 260px;
  overflow-wrap: anywhere; } aside img { height: 220px; border-radius: 6px; display: block; }
aside p { margin: 8px 0 0; } .who { display: flex; flex-wrap: wrap; gap: 6px; margin: 14px 0; }
.who button { font: inherit; font-size: .88rem; color: inherit; background: var(--card);
  border: 1px solid var(--line); border-radius: 999px; padding: 3px 11px; cursor: pointer;
  display: inline-flex; gap: 6px; align-items: center; }
.who button[aria-pressed=true] { border-color: var(--accent); outline: 1px solid var(--accent); }
.who svg { width: 16px; height: 16px; } .who svg path { stroke-width: 1; }
@media (max-width: 820px) { .map { grid-template-columns: 1fr; }
  aside { display: flex; gap: 12px; min-height: 170px; } aside img { height: 140px; } }
"""
_SCRIPT = """
const svg = document.querySelector(".map svg"), card = document.querySelector("aside");
const marks = [...svg.querySelectorAll("path")];
const places = marks.map((m) => [Number(m.dataset.x), Number(m.dataset.y)]);
let at = -1, only = null;
function show(next) {
  if (next === at || next < 0) return;
  if (at >= 0) marks[at].classList.remove("chosen");
  at = next;
  marks[at].classList.add("chosen");
  const point = POINTS[at], text = document.createElement("p");
  text.textContent = point.text;
  const kind = document.createElement("b");
  kind.textContent = `${point.kind}, identity ${point.identity}`;
  const words = document.createElement("div");
  words.append(kind, text);
  card.replaceChildren(words);
  if (point.picture) {
    const picture = new Image();
    picture.src = point.picture;
    picture.alt = "";
    card.prepend(picture);
  }
}
function visible(index) { return only === null || POINTS[index].identity === only; }
function nearest(event) {
  const here = new DOMPoint(event.clientX, event.clientY)
    .matrixTransform(svg.getScreenCTM().inverse());
  let best = -1, least = 30 * 30;
  places.forEach(([x, y], index) => {
    const d = (x - here.x) ** 2 + (y - here.y) ** 2;
    if (d < least && visible(index)) { best = index; least = d; }
  });
  show(best);
}
svg.addEventListener("pointermove", nearest);
svg.addEventListener("pointerdown", nearest);
svg.addEventListener("keydown", (event) => {
  const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
  if (!step) return;
  event.preventDefault();
  const count = marks.length;
  for (let i = 1; i <= count; i++) {
    const next = (((at < 0 && step < 0 ? 0 : at) + step * i) % count + count) % count;
    if (visible(next)) { show(next); break; }
  }
});
const names = [...document.querySelectorAll(".who button")];
function toggle(event) {
  const identity = Number(event.currentTarget.value);
  only = only === identity ? null : identity;
  names.forEach((b) => b.setAttribute("aria-pressed", String(Number(b.value) === only)));
  marks.forEach((mark, index) => mark.classList.toggle("faint", !visible(index)));
}
names.forEach((button) => button.addEventListener("click", toggle));
if (marks.length) show(0);
"""


def embedding_map_html(points: Sequence[MapPoint], *, title: str, lead: str = "") -> str:
    """Return the page; without scripts a mark still says in a tooltip what it is.

    Args:
        points: The arrow keys go through them in this order.
        title: Headline.
        lead: A sentence below it.
    """
    looks = look_of(points)
    marks = [
        _mark(point, place, *looks[point.identity])
        for point, place in zip(points, _places(points), strict=True)
    ]
    buttons = "".join(
        f'<button type="button" value="{identity}" aria-pressed="false">'
        f'<svg viewBox="-8 -8 16 16" aria-hidden="true"><path d="{_shape(shape)}" fill="{color}" '
        f'stroke="{color}"/></svg>identity {identity}</button>'
        for identity, (color, shape) in looks.items()
    )
    kinds = {point.kind: point.asks for point in points}
    meaning = ", ".join(f"{'hollow' if a else 'filled'}: {k}" for k, a in kinds.items())
    hint = "Point at a mark, or press arrow keys in the map; a name shows one identity alone."
    body = (
        f'<h1>{escape(title)}</h1><p class="lead">{escape(lead)}</p>'
        f"<p>{escape(meaning.capitalize())}. {hint}</p>"
        f'<div class="who" role="group" aria-label="identities">{buttons}</div>'
        f'<div class="map"><svg viewBox="0 0 {_WIDTH} {_HEIGHT}" tabindex="0" role="application" '
        f'aria-label="{escape(title)}">{"".join(marks)}</svg>'
        '<aside aria-live="polite"></aside></div>'
    )
    told = json.dumps([_told(point) for point in points])
    safe = told.replace("<", "\\u003c")  # "</script>" in a sentence would end the script
    return html_page(title, body, style=_STYLE, script=f"const POINTS = {safe};\n{_SCRIPT}")


def _told(point: MapPoint) -> dict[str, object]:
    picture = None if point.picture is None else data_uri(point.picture, height=_PICTURE_HEIGHT)
    return {
        "kind": point.kind,
        "identity": point.identity,
        "text": point.text,
        "picture": picture,
    }


def _places(points: Sequence[MapPoint]) -> list[tuple[float, float]]:
    """Return the places in the SVG, both axes of one scale."""
    xs, ys = [p.x for p in points], [p.y for p in points]
    if not points:
        return []
    left, right, low, high = min(xs), max(xs), min(ys), max(ys)
    scale = min(
        (_WIDTH - 2 * _MARGIN) / ((right - left) or 1),
        (_HEIGHT - 2 * _MARGIN) / ((high - low) or 1),
    )
    return [
        (
            _WIDTH / 2 + scale * (point.x - (left + right) / 2),
            _HEIGHT / 2 - scale * (point.y - (low + high) / 2),
        )
        for point in points
    ]


def _mark(point: MapPoint, place: tuple[float, float], color: str, shape: str) -> str:
    x, y = place
    words = f"{point.kind}, identity {point.identity}: {point.text}"
    kind = ' class="asks"' if point.asks else ""
    return (
        f'<path{kind} d="{_shape(shape)}" transform="translate({x:.1f} {y:.1f})" '
        f'data-x="{x:.1f}" data-y="{y:.1f}" fill="{color}" stroke="{color}">'
        f"<title>{escape(words)}</title></path>\n"
    )


def _shape(name: str) -> str:
    """Return the outline of a shape that matplotlib names so, about 12 px wide."""
    if name == "o":
        return "M-5.5 0a5.5 5.5 0 1 0 11 0a5.5 5.5 0 1 0 -11 0z"
    corners = {
        "s": ((-5, -5), (5, -5), (5, 5), (-5, 5)),
        "^": ((0, -6.5), (6, 4.5), (-6, 4.5)),
        "v": ((0, 6.5), (6, -4.5), (-6, -4.5)),
        "D": ((0, -7), (7, 0), (0, 7), (-7, 0)),
        "P": _plus(0.0),
        "X": _plus(math.pi / 4),
        "*": _star(),
    }[name]
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in corners) + "z"


def _plus(turn: float) -> tuple[tuple[float, float], ...]:
    thin, far = 2.2, 6.5
    arm = ((far, -thin), (far, thin), (thin, thin))
    quarters = (turn + quarter * math.pi / 2 for quarter in range(4))
    return tuple(
        (x * math.cos(q) - y * math.sin(q), x * math.sin(q) + y * math.cos(q))
        for q in quarters
        for x, y in arm
    )


def _star() -> tuple[tuple[float, float], ...]:
    spikes = ((7.5 if n % 2 == 0 else 3.2, n * math.pi / 5 - math.pi / 2) for n in range(10))
    return tuple((r * math.cos(a), r * math.sin(a)) for r, a in spikes)
