"""Ranked lists as a page for a browser, wide or as narrow as a phone's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from .html_page import data_uri, html_page
from .rank_list_page import RankedPicture, RankList

_HEIGHT = 192  # px of an embedded picture; it is shown at most as high
LIST_STYLE = """
main { max-width: 1400px; } .key { max-width: none; }
.query { display: grid; grid-template-columns: 250px 1fr; gap: 18px; padding: 16px 0;
  border-top: 1px solid var(--line); scroll-margin-top: 8px; }
.query:focus { outline: 2px solid var(--accent); outline-offset: 4px; border-radius: 4px; }
.query h2 { font-size: 1rem; margin: 0 0 4px; }
.query blockquote { margin: 0 0 6px; } .query .ask img { height: 192px; border-radius: 6px; }
.query .ask p { color: var(--muted); font-size: .88rem; margin: 4px 0; overflow-wrap: anywhere; }
.found { list-style: none; margin: 0; padding: 0; display: grid; gap: 8px;
  grid-template-columns: repeat(auto-fill, minmax(78px, 1fr)); align-items: start; }
.found li { font-size: .82rem; line-height: 1.3; overflow-wrap: anywhere;
  font-variant-numeric: tabular-nums; }
.found img { display: block; width: 100%; height: 168px; object-fit: contain; margin-bottom: 3px;
  background: var(--card); border: 3px solid; border-radius: 6px; }
.found b { margin-right: .4em; } .found small { display: block; color: var(--muted); }
.right img { border-color: var(--right); } .right b { color: var(--right); }
.wrong img { border-color: var(--wrong); border-style: dashed; } .wrong b { color: var(--wrong); }
.out img { border-color: var(--muted); border-style: dotted; opacity: .5; }
.out b { color: var(--muted); }
.far { border-left: 3px dotted var(--muted); padding-left: 6px; }
.key { color: var(--muted); font-size: .9rem; } kbd { font: .85em ui-monospace, monospace;
  border: 1px solid var(--line); border-radius: 4px; padding: 0 .35em; background: var(--card); }
.sr { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
@media (max-width: 720px) { .query { grid-template-columns: 1fr; gap: 8px; }
  .found { grid-template-columns: repeat(auto-fill, minmax(76px, 1fr)); gap: 8px; }
  .found img { height: 130px; } .keys { display: none; } }
@media print { .query { break-inside: avoid; } .keys, form { display: none; } }
"""
# j and k as in mail programs; not while typing, nor with Ctrl
LIST_SCRIPT = """
document.addEventListener("keydown", (event) => {
  const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(document.activeElement.tagName);
  if (typing || event.ctrlKey || event.altKey || event.metaKey) return;
  const step = { j: 1, k: -1 }[event.key];
  if (!step) return;
  const shown = [...document.querySelectorAll(".query")].filter((q) => !q.hidden);
  const at = shown.indexOf(document.activeElement.closest(".query"));
  const next = shown[at < 0 ? (step > 0 ? 0 : shown.length - 1) : at + step];
  if (next) { next.focus(); next.scrollIntoView({ block: "start" }); }
});
"""


def rank_lists_html(lists: Sequence[RankList], *, title: str) -> str:
    """Return the page.

    Args:
        lists: In reading order.
        title: Headline.
    """
    entries = [list_html(entry, at) for at, entry in enumerate(lists, start=1)]
    body = "\n".join([f"<h1>{escape(title)}</h1>", legend_html(lists), *entries])
    return html_page(title, body, style=LIST_STYLE, script=LIST_SCRIPT)


def legend_html(lists: Sequence[RankList]) -> str:
    """Return what the signs mean, and the keys."""
    parts = [
        '<span class="right"><b>✓</b></span> the query\'s identity',
        '<span class="wrong"><b>✗</b></span> another identity',
    ]
    if any(item.left_out for entry in lists for item in entry.items):
        parts.append('<span class="out"><b>–</b></span> takes no part')
    keys = '<span class="keys"> · keys: <kbd>j</kbd> next query, <kbd>k</kbd> the one before</span>'
    return f'<p class="key">{" · ".join(parts)} · numbers: rank and similarity{keys}</p>'


def list_html(entry: RankList, number: int, *, data: Mapping[str, str] | None = None) -> str:
    """Return one query with its pictures, as a ``<section class="query" id="query-NUMBER">``.

    Args:
        entry: The list.
        number: Of the query on its page, from 1.
        data: Attributes ``data-NAME``, for scripts.
    """
    name = escape(entry.name or f"Query {number}")
    if isinstance(entry.query, str):
        query = f"<blockquote>“{escape(entry.query)}”</blockquote>"
    else:
        query = f'<img alt="the query" src="{data_uri(entry.query, height=_HEIGHT)}">'
    attributes = "".join(f' data-{k}="{escape(v)}"' for k, v in (data or {}).items())
    places = entry.ranks()
    cells = [
        _cell(item, rank, far=entry.skips_before(at))
        for at, (rank, item) in enumerate(zip(places, entry.items, strict=True))
    ]
    return (
        f'<section class="query" id="query-{number}" tabindex="-1"{attributes}>'
        f'<div class="ask"><h2>{name}</h2>{query}<p>{escape(entry.note)}</p></div>\n'
        f'<ol class="found">{"".join(cells)}</ol></section>'
    )


def _cell(item: RankedPicture, rank: int | None, *, far: bool) -> str:
    if item.left_out:
        kind, sign, words = "out", "–", f"takes no part: {item.left_out}"
    elif item.right:
        kind, sign, words = "right", "✓", "right"
    else:
        kind, sign, words = "wrong", "✗", "wrong"
    place = "" if rank is None else f" {rank}"
    note = ", ".join(filter(None, (item.left_out, item.note)))
    small = f"<small>{escape(note)}</small>" if note else ""
    alt = escape(", ".join(filter(None, (words, item.note))))
    source = data_uri(item.picture, height=_HEIGHT)
    score = f"{round(item.score, 2) + 0.0:.2f}"  # never -0.00
    return (
        f'<li class="{kind}{" far" if far else ""}"><img loading="lazy" alt="{alt}" src="{source}">'
        f'<b title="{escape(words)}">{sign}{place}</b>{score}{small}</li>'
    )
