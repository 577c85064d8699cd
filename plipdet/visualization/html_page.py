"""Pages that need nothing beside them: pictures are inside, styles are light and dark."""

from __future__ import annotations

import base64
import io
from html import escape
from pathlib import Path

from PIL import Image

from plipdet.errors import InputError
from plipdet.whole_file import whole_file

from .drawing import Picture, to_picture
from .report_style import STYLE


def html_page(title: str, body: str, *, style: str = "", script: str = "") -> str:
    """Return a page that loads nothing.

    Args:
        title: Of the window; any text.
        body: HTML, all foreign text in it escaped.
        style: CSS behind that of all pages, whose colours are ``--paper``, ``--card``, ``--ink``,
            ``--muted``, ``--line``, ``--accent``, ``--bar``, ``--right`` and ``--wrong``.
        script: JavaScript that runs when the page is there.
    """
    code = f"<script>\n{script}</script>\n" if script else ""
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{STYLE}{style}</style></head>\n"
        f"<body><main>\n{body}\n</main>\n{code}</body></html>\n"
    )


def save_html(page: str, path: str | Path) -> Path:
    """Write a page, whole or not at all, and return its path.

    Raises:
        InputError: If the name does not end in .html.
    """
    path = Path(path)
    if path.suffix.lower() != ".html":
        raise InputError(f"pages are written as HTML; name a file that ends in .html, not {path}")
    with whole_file(path) as file:
        file.write(page.encode(errors="replace"))  # half a surrogate pair is no reason to fail
    return path


def data_uri(picture: Picture, *, height: int | None = None, quality: int = 82) -> str:
    """Return the picture as the address of an ``<img>``.

    Args:
        picture: Pillow picture, or RGB uint8 array (H, W, 3).
        height: Of the embedded picture at most, px; ``None`` keeps it as it is.
        quality: Of WEBP, 0..100.
    """
    found = to_picture(picture)
    if height is not None and found.height > height:
        width = max(1, round(found.width * height / found.height))
        found = found.resize((width, height), Image.Resampling.LANCZOS)
    data = io.BytesIO()
    found.save(data, format="WEBP", quality=quality)
    return f"data:image/webp;base64,{base64.b64encode(data.getvalue()).decode()}"
