"""People and their attributes as a page for a browser, wide or as narrow as a phone's."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from .html_page import data_uri, html_page
from .recognition_cards import AttributeGuess, RecognisedPerson, sign

_HEIGHT = 256  # px of an embedded picture
_CLASSES = {"right": "right", "wrongly predicted": "wrong", "missed": "wrong missed"}
_STYLE = """
main { max-width: 1400px; }
.people { display: grid; gap: 18px; grid-template-columns: repeat(auto-fill, minmax(330px, 1fr)); }
.person { display: grid; grid-template-columns: 116px 1fr; gap: 12px; align-items: start;
  background: var(--card); border-radius: 10px; padding: 12px; break-inside: avoid; }
.person img { width: 100%; height: 232px; object-fit: contain; border-radius: 6px; }
.person h2 { font-size: .92rem; margin: 0 0 4px; overflow-wrap: anywhere; }
.person h2 small { color: var(--muted); font-weight: 400; margin-left: .5em; }
.person ul { list-style: none; margin: 0; padding: 0; font-size: .84rem; }
.person li { display: grid; grid-template-columns: 1.1em 1fr 84px 2.6em; gap: 4px;
  align-items: center; line-height: 1.5; font-variant-numeric: tabular-nums; }
.person li span { overflow-wrap: anywhere; } .person li i { font-style: normal; text-align: right;
  color: var(--muted); }
.person .bar { display: block; height: 7px; border-radius: 4px; background: linear-gradient(
  90deg, var(--fill) var(--part), var(--line) var(--part)); position: relative; }
.person .bar::after { content: ""; position: absolute; left: 50%; top: -2px; bottom: -2px;
  border-left: 1px solid var(--muted); }
li { --fill: var(--accent); } li.right { --fill: var(--right); } li.wrong { --fill: var(--wrong); }
li b { color: var(--fill); }
@media (max-width: 420px) { .person { grid-template-columns: 84px 1fr; }
  .person img { height: 168px; } .person li { grid-template-columns: 1.1em 1fr 56px 2.6em; } }
"""


def recognition_html(people: Sequence[RecognisedPerson], *, title: str, most: int = 14) -> str:
    """Return the page.

    Args:
        people: In reading order.
        title: Headline.
        most: Attributes of a person, at most.
    """
    labelled = any(g.right is not None for person in people for g in person.guesses)
    meaning = (
        '<b style="color:var(--right)">✓</b> right · <b style="color:var(--wrong)">✗</b> wrongly '
        'predicted · <b style="color:var(--wrong)">–</b> missed · what is rightly not predicted '
        "is counted only · "
        if labelled
        else ""
    )
    cards = "\n".join(_card(person, most) for person in people)
    body = (
        f'<h1>{escape(title)}</h1><p class="note">{meaning}bars: probability, the tick at one '
        f'half</p>\n<div class="people">\n{cards}\n</div>'
    )
    return html_page(title, body, style=_STYLE)


def _card(person: RecognisedPerson, most: int) -> str:
    name = escape(person.name or "picture")
    tally = f"<small>{escape(person.tally())}</small>" if person.tally() else ""
    lines = "".join(_line(guess) for guess in person.shown(most))
    source = data_uri(person.picture, height=_HEIGHT)
    return (
        f'<section class="person"><img loading="lazy" alt="{name}" src="{source}">'
        f"<div><h2>{name}{tally}</h2><ul>{lines}</ul></div></section>"
    )


def _line(guess: AttributeGuess) -> str:
    mark, words, _ = sign(guess)
    percent = f"{100 * guess.probability:.0f}%"
    return (
        f'<li class="{_CLASSES.get(words, "plain")}"><b title="{words}">{mark}</b>'
        f"<span>{escape(guess.name)}</span>"
        f'<span class="bar" style="--part:{percent}"></span><i>{percent}</i></li>'
    )
