"""EmbeddingMap: embeddings of some people in the plane, as a picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.offsetbox import AnnotationBbox, OffsetImage
from PIL import Image

from plipdet.registry import VISUALIZERS

from .drawing import Picture, to_picture

# Seen on white and on black; with eight shapes, forty identities before two look alike
COLORS = (
    *("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#B8860B"),
    *("#6A4FC4", "#A65628", "#2F9FD0", "#8C8C8C", "#D62755"),
)
SHAPES = "os^DvPX*"
_DOTS_PER_INCH = 150
_THUMBNAIL = 48  # px, the longer side


@dataclass(slots=True, frozen=True)
class MapPoint:
    """A picture or a sentence in the plane.

    Args:
        x: To the right, any unit.
        y: Upwards.
        identity: Whose it is.
        asks: Whether it is a query; else it is of the gallery.
        picture: Pillow picture, or RGB uint8 array (H, W, 3); ``None`` for a sentence.
        text: The sentence, or what is known of the picture.
    """

    x: float
    y: float
    identity: int
    asks: bool
    picture: Picture | None
    text: str

    @property
    def kind(self) -> str:
        """What it is, for a legend."""
        if self.picture is None:
            return "sentence"
        return "query picture" if self.asks else "gallery picture"


def look_of(points: Sequence[MapPoint]) -> dict[int, tuple[str, str]]:
    """Return the colour and the shape of each identity, as matplotlib names them."""
    identities = list(dict.fromkeys(point.identity for point in points))
    return {
        identity: (COLORS[at % len(COLORS)], SHAPES[at % len(SHAPES)])
        for at, identity in enumerate(identities)
    }


@VISUALIZERS.register_module()
class EmbeddingMap:
    """Draws a point for each embedding: colour and shape say who, filled or hollow say what.

    Args:
        size: Width and height, inches at 150 dots each.
        thumbnails: Whether pictures are drawn in place of their points.
    """

    def __init__(self, size: tuple[float, float] = (9.0, 6.5), *, thumbnails: bool = False) -> None:
        self.size = size
        self.thumbnails = thumbnails

    def draw(self, points: Sequence[MapPoint], *, title: str = "") -> Image.Image:
        """Return the map.

        Args:
            points: Those of an identity look alike.
            title: Printed at the top.
        """
        figure = Figure(figsize=self.size, dpi=_DOTS_PER_INCH, layout="constrained")
        axes = figure.add_subplot()
        looks = look_of(points)
        for identity, (color, shape) in looks.items():
            for asks in (False, True):
                chosen = [p for p in points if (p.identity, p.asks) == (identity, asks)]
                axes.scatter(
                    [p.x for p in chosen],
                    [p.y for p in chosen],
                    s=34,
                    marker=shape,
                    facecolors="none" if asks else color,
                    edgecolors=color,
                    linewidths=1.3,
                )
        if self.thumbnails:
            for point in points:
                _draw_thumbnail(axes, point, looks[point.identity][0])
        axes.set_aspect("equal", adjustable="datalim")
        axes.set_xticks([])
        axes.set_yticks([])  # the units of t-SNE mean nothing
        axes.set_title(title.replace("$", r"\$"), loc="left", fontsize=11)
        figure.legend(
            handles=_legend(axes, points), loc="outside right upper", frameon=False, fontsize=8
        )
        canvas = FigureCanvasAgg(figure)
        canvas.draw()
        return Image.fromarray(np.asarray(canvas.buffer_rgba())[..., :3].copy())


def _draw_thumbnail(axes: Axes, point: MapPoint, color: str) -> None:
    if point.picture is None:
        return
    picture = to_picture(point.picture)
    picture.thumbnail((_THUMBNAIL, _THUMBNAIL))
    frame = {"edgecolor": color, "linewidth": 1.6, "linestyle": "--" if point.asks else "-"}
    # matplotlib counts a picture's px as 1/72 inch
    image = OffsetImage(np.asarray(picture), zoom=72 / _DOTS_PER_INCH)
    axes.add_artist(
        AnnotationBbox(image, (point.x, point.y), pad=0.1, bboxprops=frame, frameon=True)
    )


def _legend(axes: Axes, points: Sequence[MapPoint]) -> list[Any]:
    kinds = {point.kind: point.asks for point in points}
    handles = [
        axes.scatter(
            [], [], s=34, marker="o", facecolors="none" if asks else "#555555",
            edgecolors="#555555", label=kind,
        )
        for kind, asks in kinds.items()
    ]  # fmt: skip
    for identity, (color, shape) in look_of(points).items():
        label = f"identity {identity}"
        handles.append(axes.scatter([], [], s=34, marker=shape, color=color, label=label))
    return handles
