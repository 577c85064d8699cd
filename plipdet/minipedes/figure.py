"""A posed person in the world, drawn and lit: the part of rendering that knows no background."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from plipdet.minipedes.accessories import held_parts
from plipdet.minipedes.cameras import ViewSpec
from plipdet.minipedes.dressing import DressedPerson
from plipdet.minipedes.materials import material_table
from plipdet.minipedes.parts import Part
from plipdet.minipedes.pose import bone_transforms
from plipdet.minipedes.projection import Projection
from plipdet.minipedes.rasteriser import rasterise, skin_vertices, vertex_normals
from plipdet.minipedes.shading import shade
from plipdet.minipedes.skeleton import BONE
from plipdet.minipedes.skirts import drop_skirt

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]
SUPERSAMPLING = 2
SHADOW_SIZE = (160, 160)


@dataclass(frozen=True)
class Soup:
    """All triangles of one posed person, in the person's frame."""

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


def posed_soup(dressed: DressedPerson, view: ViewSpec) -> Soup:
    """Return the triangles of ``dressed`` in the pose of ``view``."""
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
            body.vertices[rows],
            body.asset.bone_indices[rows],
            body.asset.bone_weights[rows],
            matrices,
        )
        canonical = body.asset.canonical[rows]
        parts += [
            drop_skirt(skirt, legs, canonical, skirt.material.seed) for skirt in dressed.skirts
        ]
    parts += held
    return _joined(parts, matrices)


def _joined(parts: list[Part], matrices: Floats) -> Soup:
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
    return Soup(
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


def to_world(soup: Soup, view: ViewSpec) -> tuple[Floats, Floats]:
    """Return world positions (m) and normals: turned to the heading and set on the ground."""
    c, s = np.cos(view.heading), np.sin(view.heading)
    turn = np.array([[c, 0, s], [0, 1, 0], [s, 0, -c]], np.float32)
    drawn = soup.cut >= -0.05
    floor = soup.points[drawn, 1].min()
    points = 0.1 * (soup.points - np.array([0, floor, 0], np.float32)) @ turn.T
    points += np.array([view.position[0], 0, view.position[1]], np.float32)
    return points.astype(np.float32), (soup.normals @ turn.T).astype(np.float32)


def key_light(view: ViewSpec) -> tuple[Floats, float]:
    """Return the unit direction towards the key light and its elevation."""
    azimuth, elevation = view.camera.sun
    azimuth += view.light_turn
    flat = np.cos(elevation)
    vector = np.array([flat * np.sin(azimuth), np.sin(elevation), -flat * np.cos(azimuth)])
    return vector.astype(np.float32), elevation


def shadow_map(points: Floats, soup: Soup, light: Floats) -> tuple[Floats, Floats]:
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
    projected: Floats = frame.astype(np.float32)
    seen = points @ projected[:, :3].T + projected[:, 3]
    near, _, _ = rasterise(seen.astype(np.float32), soup.faces, soup.cut, SHADOW_SIZE)
    return near, projected


def contacts(points: Floats) -> Floats:
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


def draw_figure(
    soup: Soup,
    points: Floats,
    normals: Floats,
    view: ViewSpec,
    projection: Projection,
    shadow: tuple[Floats, Floats],
    light: Floats,
) -> tuple[Floats, NDArray[np.uint8]]:
    """Return the person's linear colour and labels, supersampled."""
    camera = view.camera
    large = projection.scaled(SUPERSAMPLING)
    raster = rasterise(large.screen(points), soup.faces, soup.cut, large.size)
    vertices = np.concatenate(
        [points, normals, soup.canonical, soup.arm[:, None], soup.leg[:, None]], 1
    ).astype(np.float32)
    lighting = np.array(
        [
            0.0,
            camera.height,
            0.0,
            *light,
            camera.key,
            camera.ambient,
            np.cos(view.heading),
            np.sin(view.heading),
            0.5,
            0.46,
            0.42,
        ],
        np.float32,
    )
    colour, label = shade(
        raster, soup.faces, soup.face_material, vertices, soup.materials, lighting, *shadow
    )
    return colour * _occlusion(raster[0])[..., None], label


def _occlusion(near: Floats) -> Floats:
    """Return the darkening of creases: pixels behind the mean of their neighbourhood."""
    near = np.ascontiguousarray(near[::2, ::2])
    solid = (near > 0).astype(np.float32)
    depth = solid / np.maximum(near, 1e-6)
    shade_of = np.ones_like(near)
    for radius, strength in ((near.shape[0] // 80, 2.2), (near.shape[0] // 24, 1.2)):
        kernel = (2 * radius + 1, 2 * radius + 1)
        mean = cv2.blur(depth, kernel) / np.maximum(cv2.blur(solid, kernel), 1e-3)
        behind = np.clip((depth - mean - 0.004) / 0.12, 0, 0.28)
        shade_of *= 1 - strength * behind * solid
    # Samples between the half-resolution ones may be solid where those are empty.
    spread = cv2.blur(shade_of * solid, (3, 3)) / np.maximum(cv2.blur(solid, (3, 3)), 1e-3)
    shade_of = np.where(solid > 0, shade_of, np.where(spread > 0, spread, 1))
    full = np.repeat(np.repeat(np.clip(shade_of, 0.3, 1), 2, 0), 2, 1)
    return full.astype(np.float32)
