"""failures_html: the worst queries of a test, to be filtered and read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from .html_page import html_page
from .rank_list_html import LIST_SCRIPT, LIST_STYLE, legend_html, list_html
from .rank_list_page import RankList

_SHOWN = (10, 25, 50, 100, 1000)
_STYLE = """
form { background: var(--card); border-radius: 10px; padding: 12px 16px; margin: 16px 0;
  display: flex; flex-wrap: wrap; gap: 10px 22px; align-items: center; }
fieldset { border: 0; padding: 0; margin: 0; display: flex; flex-wrap: wrap; gap: 4px 14px; }
legend { padding: 0 0 2px; color: var(--muted); font-size: .9rem; }
label { white-space: nowrap; } select, input[type=search] { font: inherit; color: inherit;
  background: var(--paper); border: 1px solid var(--line); border-radius: 6px; padding: 4px 8px; }
input[type=search] { width: 14em; max-width: 100%; }
table.buckets { max-width: 560px; table-layout: auto; } .buckets td:last-child { width: 50%; }
.buckets .bar { margin: 0; height: 9px; background: var(--accent); display: block; }
table.worst { table-layout: auto; font-size: .9rem; } .worst td.said { white-space: normal;
  text-align: left; min-width: 16em; } .worst th:nth-child(2) { text-align: left; }
[hidden] { display: none !important; }
"""
_SCRIPT = """
const form = document.querySelector("form");
const entries = [...document.querySelectorAll(".query")];
const lines = [...document.querySelectorAll(".worst tbody tr")];
function filter() {
  const buckets = new Set([...form.querySelectorAll("[name=bucket]:checked")].map((b) => b.value));
  const words = form.words.value.trim().toLowerCase();
  let fit = 0, shown = 0;
  entries.forEach((entry, at) => {
    const fits = buckets.has(entry.dataset.bucket) &&
      entry.querySelector(".ask").textContent.toLowerCase().includes(words);
    fit += fits;
    entry.hidden = !fits || shown >= Number(form.most.value);
    shown += !entry.hidden;
    lines[at].hidden = entry.hidden;
  });
  document.getElementById("count").textContent = `${shown} of ${fit} that fit`;
}
form.addEventListener("input", filter);
form.addEventListener("submit", (event) => event.preventDefault());
filter();
"""


@dataclass(slots=True, frozen=True)
class Failure:
    """A query whose right pictures are ranked low.

    Args:
        ranked: The query with what is ranked first for it.
        item: Number of the query in its data.
        identity: Of the person asked for.
        first_rank: Rank of the first right picture, from 1.
        average_precision: 0..1.
        bucket: Range of ranks that ``first_rank`` is in.
        mistaken_for: What is known of the picture ranked first; "" where it is right.
        margin: Score of the picture ranked first, less that of the first right one.
    """

    ranked: RankList
    item: int
    identity: int
    first_rank: int
    average_precision: float
    bucket: str
    mistaken_for: str
    margin: float


def failures_html(
    failures: Sequence[Failure], buckets: Mapping[str, int], *, title: str, lead: str = ""
) -> str:
    """Return the page; all of it shows without scripts too, but then nothing is filtered.

    Args:
        failures: Worst first.
        buckets: Queries of the whole test by the rank of their first right picture.
        title: Headline.
        lead: A sentence below it.
    """
    lists = [failure.ranked for failure in failures]
    entries = (
        list_html(failure.ranked, at, data={"bucket": failure.bucket})
        for at, failure in enumerate(failures, start=1)
    )
    parts = [
        f'<h1>{escape(title)}</h1><p class="lead">{escape(lead)}</p>',
        "<h2>All queries, by the rank of the first right picture</h2>",
        _bucket_table(buckets),
        f"<h2>The {len(failures)} worst</h2>",
        _form(failures),
        "<details><summary>As a table</summary>" + _table(failures) + "</details>",
        legend_html(lists),
        *entries,
    ]
    return html_page(
        title, "\n".join(parts), style=LIST_STYLE + _STYLE, script=LIST_SCRIPT + _SCRIPT
    )


def _bucket_table(buckets: Mapping[str, int]) -> str:
    total = max(1, sum(buckets.values()))
    rows = "".join(
        f"<tr><td>{escape(name)}</td><td>{count}</td><td>{100 * count / total:.1f}%</td>"
        f"<td>{_bar(100 * count / total)}</td></tr>"
        for name, count in buckets.items()
    )
    head = "<tr><th>rank</th><th>queries</th><th>share</th><th></th></tr>"
    return f'<table class="buckets"><thead>{head}</thead><tbody>{rows}</tbody></table>'


def _bar(percent: float) -> str:
    return f'<span class="bar" style="width:{percent:.1f}%"></span>' if percent else ""


def _form(failures: Sequence[Failure]) -> str:
    counts: dict[str, int] = {}
    for failure in failures:
        counts[failure.bucket] = counts.get(failure.bucket, 0) + 1
    boxes = "".join(
        f'<label><input type="checkbox" name="bucket" value="{escape(name)}" checked> '
        f"{escape(name)} ({count})</label>"
        for name, count in counts.items()
    )
    options = "".join(
        f'<option value="{n}"{" selected" if n == 25 else ""}>{n}</option>' for n in _SHOWN
    )
    return (
        f"<form><fieldset><legend>First right picture at rank</legend>{boxes}</fieldset>"
        f'<label>show at most <select name="most">{options}</select></label>'
        '<label>with the words <input type="search" name="words" autocomplete="off"></label>'
        '<output id="count"></output></form>'
    )


def _table(failures: Sequence[Failure]) -> str:
    names = ("query", "asked", "identity", "first right", "AP %", "ranked first", "score ahead")
    head = "".join(f"<th>{name}</th>" for name in names)
    rows = "".join(_row(failure, at) for at, failure in enumerate(failures, start=1))
    return (
        f'<div class="scroll"><table class="worst"><thead><tr>{head}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
    )


def _row(failure: Failure, number: int) -> str:
    said = failure.ranked.query if isinstance(failure.ranked.query, str) else "(a picture)"
    other = escape(failure.mistaken_for or "–")
    cells = (failure.identity, failure.first_rank, f"{100 * failure.average_precision:.1f}", other)
    return (
        f'<tr><td><a href="#query-{number}">{failure.item}</a></td>'
        f'<td class="said">{escape(said)}</td>'
        + "".join(f"<td>{cell}</td>" for cell in cells)
        + f"<td>{failure.margin:.3f}</td></tr>"
    )
