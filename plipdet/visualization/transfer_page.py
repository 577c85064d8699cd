"""transfer_html: what pre-training brings to each task, as one page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from itertools import groupby
from typing import Any

from .html_page import html_page

_TASKS = {
    "text": ("Re-ID by sentence", "A sentence asks for pictures of a person never seen."),
    "image": ("Re-ID by picture", "A picture asks for others of its person, by other cameras."),
    "unsupervised": (
        "Re-ID without labels",
        "Trained on clusters of pictures, without any identity; tested as Re-ID by picture.",
    ),
    "attributes": ("Attributes", "What a picture shows of a person: clothes, bags, age."),
}
_STYLE = """
.wide table { table-layout: auto; width: auto; } .wide th, .wide td { padding: 7px 8px; }
.wide thead th, .wide thead th:first-child { text-align: center; white-space: nowrap; }
.wide .first { border-left: 1px solid var(--line); }
td small { color: var(--muted); } td.best { font-weight: 700; }
main { max-width: 1560px; }
.charts { display: grid; grid-template-columns: repeat(auto-fill, minmax(340px, 1fr)); gap: 16px; }
.chart { background: var(--card); border-radius: 10px; padding: 12px 14px 6px; }
.chart figcaption { font-size: .9rem; margin-bottom: 4px; }
svg text.value { fill: var(--ink); }
svg .bar { fill: var(--bar); } svg .top { fill: var(--accent); }
svg .spread { stroke: var(--ink); stroke-width: 1.5; }
"""
_LINE, _NAME, _WIDTH, _ROOM = 22, 128, 360, 50  # px of the drawing
_LETTERS = 22
_SIGNS = {"failed": "failed", "not run": "…"}


def transfer_html(result: Mapping[str, Any]) -> str:
    """Return the page.

    Args:
        result: Of :func:`plipdet.apis.transfer.transfer_result`: rows, columns, cells, protocol.
    """
    protocol = result["protocol"]
    seeds = ", ".join(map(str, protocol["seeds"]))
    parts = [
        "<h1>What pre-training brings</h1>",
        f'<p class="lead">{escape(str(protocol["budget"]))}; seeds {seeds}; data in '
        f"{escape(str(protocol['data_root']))}. Percent, mean and standard deviation over seeds; "
        "the best of each column is bold.</p>",
        _table(result),
        _notes(result),
        *(_charts(result, task) for task in dict.fromkeys(c["task"] for c in result["columns"])),
        _facts(result),
    ]
    return html_page("plipdet: transfer", "\n".join(parts), style=_STYLE)


def _table(result: Mapping[str, Any]) -> str:
    columns = result["columns"]
    heads = ["", "", "", ""]
    for task, group in groupby(columns, key=lambda c: c["task"]):
        of_task = list(group)
        heads[0] += _head(_TASKS.get(task, (task,))[0], _wide(of_task))
        for data, same in groupby(of_task, key=lambda c: c["data"]):
            heads[1] += _head(data, _wide(list(same)))
    for column in columns:
        heads[2] += _head(column["protocol"], _wide([column]))
        for place, name in enumerate(column["metrics"].values()):
            heads[3] += _head(name, 1, first=place == 0)
    lead = ('<th rowspan="4"></th>', "", "", "")
    head = "".join(f"<tr>{x}{line}</tr>" for x, line in zip(lead, heads, strict=True))
    body = ""
    for row in result["rows"]:
        cells = "".join(_cells(result["cells"][row["name"]][c["name"]], c) for c in columns)
        body += f"<tr><td>{escape(row['name'])}</td>{cells}</tr>"
    return (
        f'<div class="scroll wide"><table><thead>{head}</thead><tbody>{body}</tbody></table></div>'
    )


def _wide(columns: Sequence[Mapping[str, Any]]) -> int:
    return sum(len(column["metrics"]) for column in columns)


def _head(text: str, width: int, *, first: bool = True) -> str:
    kind = ' class="first"' if first else ""
    return f'<th colspan="{width}"{kind}>{escape(text)}</th>'


def _cells(cell: Mapping[str, Any], column: Mapping[str, Any]) -> str:
    """Return the cells of all metrics of a column."""
    if cell["state"] != "done":
        sign = _SIGNS.get(cell["state"], "–")
        title = escape(str(cell["reason"]), quote=True)
        return f'<td class="first" colspan="{len(column["metrics"])}" title="{title}">{sign}</td>'
    found = ""
    for place, name in enumerate(column["metrics"]):
        kinds = [*(["first"] if place == 0 else []), *(["best"] if name in cell["best"] else [])]
        value = cell["metrics"][name]
        spread = f" <small>± {value['std']:.1f}</small>" if len(value["values"]) > 1 else ""
        mark = "†" if cell["warnings"] and place == 0 else ""
        found += f'<td class="{" ".join(kinds)}">{value["mean"]:.1f}{mark}{spread}</td>'
    return found


def _notes(result: Mapping[str, Any]) -> str:
    """Return why a cell has no number, and why one should not be believed."""
    lines: list[str] = []
    for row, cells in result["cells"].items():
        for column, cell in cells.items():
            if cell["state"] == "done":
                lines += [f"† {row}, {column}: {warning}." for warning in cell["warnings"]]
            else:
                lines.append(f"{row}, {column}: {cell['state']}, {cell['reason']}.")
    items = "".join(f"<li>{escape(line)}</li>" for line in lines)
    return f'<ul class="note">{items}</ul>' if items else ""


def _charts(result: Mapping[str, Any], task: str) -> str:
    title, explanation = _TASKS.get(task, (task, ""))
    charts = ""
    for column in result["columns"]:
        if column["task"] == task:
            metric, shown = next(iter(column["metrics"].items()))
            caption = f"{column['data']}, {column['protocol']}: {shown}"
            cells = [(name, of[column["name"]]) for name, of in result["cells"].items()]
            charts += (
                f'<figure class="chart"><figcaption>{escape(caption)}</figcaption>'
                f"{_bars(cells, metric)}</figure>"
            )
    return f'<h2>{escape(title)}</h2><p>{escape(explanation)}</p><div class="charts">{charts}</div>'


def _bars(cells: Sequence[tuple[str, Mapping[str, Any]]], metric: str) -> str:
    """Return a bar of 0 to 100 percent for each row, with its deviation."""
    drawn = ""
    scale = (_WIDTH - _NAME - _ROOM) / 100
    for place, (name, cell) in enumerate(cells):
        middle = place * _LINE + _LINE / 2
        short = name if len(name) <= _LETTERS else f"{name[: _LETTERS - 1]}…"
        drawn += f'<text x="0" y="{middle + 4:.0f}">{escape(short)}</text>'
        if cell["state"] != "done":
            sign = _SIGNS.get(cell["state"], "–")
            drawn += f'<text x="{_NAME}" y="{middle + 4:.0f}">{sign}</text>'
            continue
        value = cell["metrics"][metric]
        end, reach = _NAME + scale * value["mean"], scale * value["std"]
        kind = "bar top" if metric in cell["best"] else "bar"
        drawn += (
            f'<rect class="{kind}" x="{_NAME}" y="{middle - 7:.0f}" height="14" rx="3" '
            f'width="{max(1.0, end - _NAME):.1f}"/>'
        )
        if reach:
            drawn += (
                f'<line class="spread" x1="{max(_NAME, end - reach):.1f}" '
                f'x2="{end + reach:.1f}" y1="{middle:.0f}" y2="{middle:.0f}"/>'
            )
        drawn += (
            f'<text class="value" x="{end + reach + 6:.1f}" y="{middle + 4:.0f}">'
            f"{value['mean']:.1f}</text>"
        )
    height = len(cells) * _LINE
    return f'<svg viewBox="0 0 {_WIDTH} {height}" role="img">{drawn}</svg>'


def _facts(result: Mapping[str, Any]) -> str:
    """Return what must be equal before two tables are compared."""
    facts: list[tuple[str, str]] = []
    for row in result["rows"]:
        place = row["checkpoint"] or "no weights"
        size = "x".join(map(str, row["picture_size"]))
        facts.append((row["name"], f"{place} {row['sha256'] or ''}; {row['backbone']}, {size}"))
    for column in result["columns"]:
        steps = f"{column['steps']} steps" if column["steps"] else "tested only"
        data = column["test_data"] or {}
        sides = [data] if "items" in data else list(data.values())
        prints = ", ".join(str(side.get("fingerprint", "?")) for side in sides)
        facts.append((column["name"], f"{column['config']}; {steps}; test data {prints}"))
    for name in ("selection", "mixed_precision", "versions"):
        facts.append((name.replace("_", " "), str(result["protocol"][name])))
    items = "".join(f"<dt>{escape(k)}</dt><dd>{escape(v)}</dd>" for k, v in facts)
    return f"<h2>Protocol</h2><dl>{items}</dl>"
