"""write_report: one self-contained page of a run's numbers, curves and pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from .drawing import open_picture
from .html_page import data_uri, html_page, save_html
from .training_curves import curves_svg, number, read_scalars

_RATES = ("rank1", "rank5", "rank10", "mAP", "mINP")
_TASKS = {
    "text_to_image": ("Text to image", "A sentence asks for pictures of a person never seen."),
    "image_to_image": (
        "Image to image",
        "A picture asks for pictures of the same person, never seen, by other cameras.",
    ),
}
_CURVES = (
    "loss",
    "contrast/loss",
    "colorization/loss",
    "attributes/loss",
    "attributes/accuracy",
    "mask_ratio",
    "grad_norm",
    "lr",
)
_PICTURES = {
    "rank_lists_text": (
        "Ranked by a sentence",
        "The gallery pictures nearest to a sentence. Green: the person meant; red: another.",
    ),
    "rank_lists_image": (
        "Ranked by a picture",
        "The gallery pictures nearest to a picture, those by its own camera left out.",
    ),
    "colorization": (
        "Coloured by a sentence",
        "The model sees the gray picture and the sentence. Changing one colour word should "
        "recolour that garment and nothing else (PLIP, Fig. 5).",
    ),
    "attribute_cards": (
        "Guessed words",
        "Attribute words are hidden, and guessed from the picture and the rest of the sentence.",
    ),
    "contact_sheet": ("The data", "Pictures of the training set with captions and tagged phrases."),
}


def write_report(
    report: Mapping[str, Any],
    pictures: Mapping[str, Path],
    scalars: Path | None,
    out: Path,
    *,
    title: str = "plipdet: a run from data to results",
) -> Path:
    """Write the page, whole or not at all, and return its path.

    Args:
        report: ``text_to_image`` and ``image_to_image`` with rates in percent, and perhaps their
            ``protocol``; the same under ``untrained``; ``histogram_baseline``; ``minutes``;
            ``steps``, seconds by name; ``protocol``, facts of all results; ``commands`` that
            repeat the run. What is absent is left out of the page.
        pictures: PNG files in order, by headline; where that is the file's own name without
            ending, the report finds one. The names ``rank_lists_text``, ``rank_lists_image``,
            ``colorization``, ``attribute_cards`` and ``contact_sheet`` are explained.
        scalars: MMEngine's ``scalars.json`` of the training, ``None`` for no curves.
        out: HTML file; needs nothing beside it.
        title: Headline.

    Raises:
        InputError: If a picture or the scalars cannot be read.
    """
    parts = [
        f"<h1>{escape(title)}</h1>",
        _lead(report),
        _tiles(report),
        *(_task(report, key) for key in _TASKS),
        _curves(scalars),
        *(_picture(name, path) for name, path in pictures.items()),
        _steps(report),
        _protocol(report),
        _commands(report.get("commands", ())),
    ]
    return save_html(html_page(title, "\n".join(part for part in parts if part)), out)


def find_pictures(folder: Path) -> dict[str, Path]:
    """Return the PNG files of a folder by name, those the report knows first, in its order."""
    found = {path.stem: path for path in sorted(folder.glob("*.png"))}
    known = [name for name in _PICTURES if name in found]
    return {name: found[name] for name in [*known, *(n for n in found if n not in _PICTURES)]}


def find_scalars(folder: Path) -> Path | None:
    """Return the newest ``scalars.json`` with training lines below a folder, ``None`` if none."""
    logs = sorted(folder.rglob("vis_data/scalars.json"), key=lambda p: p.stat().st_mtime)
    return next((path for path in reversed(logs) if "loss" in read_scalars(path)), None)


def _lead(report: Mapping[str, Any]) -> str:
    facts = []
    for key, (name, _) in _TASKS.items():
        task = report.get(key) or {}
        if "gallery_images" in task:
            facts.append(
                f"{name.lower()}: {task.get('queries', '?')} queries against "
                f"{task['gallery_images']} pictures of {task.get('gallery_ids', '?')} people"
            )
    return f'<p class="lead">{escape("; ".join(facts).capitalize())}.</p>' if facts else ""


def _tiles(report: Mapping[str, Any]) -> str:
    tiles = []
    for key, (name, _) in _TASKS.items():
        if "rank1" in (report.get(key) or {}):
            columns = _columns(report, key)
            others = [f"{n} {v['rank1']:.1f}" for n, v in columns[1:] if "rank1" in v]
            value = f"{report[key]['rank1']:.1f}%"
            tiles.append((f"{name}, rank-1", value, " · ".join(others)))
    if "minutes" in report:
        tiles.append(("Whole run", f"{report['minutes']:.1f} min", "data, training, evaluation"))
    cells = "".join(
        f'<div class="tile"><span>{escape(name)}</span><b>{escape(value)}</b>'
        f"<span>{escape(note)}</span></div>"
        for name, value, note in tiles
    )
    return f'<div class="tiles">{cells}</div>' if cells else ""


def _columns(report: Mapping[str, Any], key: str) -> list[tuple[str, Mapping[str, float]]]:
    """Return the model's rates first, then what they are compared with."""
    own = report[key]
    columns: list[tuple[str, Mapping[str, float]]] = [("this model", own)]
    untrained = (report.get("untrained") or {}).get(key)
    if untrained:
        columns.append(("untrained", untrained))
    if key == "image_to_image" and report.get("histogram_baseline"):
        columns.append(("colour histograms", report["histogram_baseline"]))
    chance = {k.removeprefix("chance_"): v for k, v in own.items() if k.startswith("chance_")}
    if chance:
        columns.append(("chance", chance))
    return columns


def _task(report: Mapping[str, Any], key: str) -> str:
    if not report.get(key):
        return ""
    name, explanation = _TASKS[key]
    columns = _columns(report, key)
    head = "".join(f"<th>{escape(column)}</th>" for column, _ in columns)
    rows = []
    for rate in _RATES:
        if rate in report[key]:
            cells = "".join(_cell(v.get(rate), own=not i) for i, (_, v) in enumerate(columns))
            rows.append(f"<tr><td>{rate.replace('rank', 'rank-')}</td>{cells}</tr>")
    return (
        f"<h2>{escape(name)}</h2><p>{escape(explanation)} Percent; more is better.</p>"
        f'<div class="scroll"><table><thead><tr><th></th>{head}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def _cell(value: float | None, *, own: bool) -> str:
    if value is None:
        return "<td>–</td>"
    bar = f'<span class="bar" style="width:{min(100.0, max(0.0, value)):.1f}%"></span>'
    return f"<td{' class=own' if own else ''}>{value:.1f}{bar}</td>"


def _curves(scalars: Path | None) -> str:
    charts = "" if scalars is None else curves_svg(read_scalars(scalars), _CURVES)
    if not charts:
        return ""
    return f'<h2>Training</h2><p>Last value at the right.</p><div class="curves">{charts}</div>'


def _picture(name: str, path: Path) -> str:
    title, explanation = _PICTURES.get(path.stem, (path.stem.replace("_", " ").capitalize(), ""))
    title = title if name == path.stem else name
    source = data_uri(open_picture(path), quality=90)  # a fifth of the PNG's bytes
    note = f"<p>{escape(explanation)}</p>" if explanation else ""
    return (
        f"<h2>{escape(title)}</h2>{note}"
        f'<div class="scroll picture"><img alt="{escape(title)}" src="{source}"></div>'
    )


def _steps(report: Mapping[str, Any]) -> str:
    steps = report.get("steps") or {}
    longest = max(steps.values(), default=1) or 1
    rows = "".join(
        f"<tr><td>{escape(str(name))}</td><td>{number(seconds)} s"
        f'<span class="bar" style="width:{100 * seconds / longest:.1f}%"></span></td></tr>'
        for name, seconds in steps.items()
    )
    return f"<h2>Where the time went</h2><table><tbody>{rows}</tbody></table>" if rows else ""


def _protocol(report: Mapping[str, Any]) -> str:
    """Return the facts of the whole run, and of each task that brings its own."""
    found = [("All results", report.get("protocol"))]
    found += [
        (title, (report.get(key) or {}).get("protocol")) for key, (title, _) in _TASKS.items()
    ]
    parts = []
    for title, protocol in found:
        if protocol:
            items = (f"<dt>{escape(k)}</dt><dd>{escape(v)}</dd>" for k, v in _facts(protocol))
            details = f"<summary>{escape(title)}</summary><dl>{''.join(items)}</dl>"
            parts.append(f"<details>{details}</details>")
    note = "<p>What must be equal before two results are compared.</p>"
    return f"<h2>Protocol</h2>{note}{''.join(parts)}" if parts else ""


def _facts(values: Mapping[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for key, value in values.items():
        name = f"{prefix}{key}".replace("_", " ")
        if isinstance(value, Mapping):
            found += _facts(value, f"{name}: ")
        else:
            found.append((name, "–" if value is None else str(value)))
    return found


def _commands(commands: Sequence[str]) -> str:
    if not commands:
        return ""
    return f"<h2>Repeat it</h2><pre>{escape(chr(10).join(commands))}</pre>"
