"""One person's body in the rest pose, blended from the asset's grid."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from plipdet.minipedes.body_asset import BodyAsset, load_body_asset
from plipdet.minipedes.person_spec import PersonSpec

Floats = NDArray[np.float32]

# Mean height and its spread in dm, by age and gender (man, woman).
_HEIGHTS = {
    "child": ((12.9, 0.9), (12.7, 0.9)),
    "young": ((17.7, 0.6), (16.5, 0.55)),
    "adult": ((17.6, 0.6), (16.4, 0.55)),
    "old": ((17.0, 0.55), (15.8, 0.5)),
}
_AGE_AXIS = {"child": 0.1, "young": 1.0, "adult": 1.3, "old": 1.85}
# Beyond 2 extrapolates: MakeHuman's heaviest body of mean muscle is only stout.
_WEIGHT_AXIS = {"slim": 0.25, "average": 1.05, "heavy": 3.0}


@dataclass(frozen=True)
class Body:
    """Rest-pose geometry of one person, in dm.

    Args:
        asset: The asset it was blended from.
        vertices: All skinned vertices in the asset's order, shape (V, 3).
        joints: Heads of the bones, shape (27, 3).
        landmarks: Landmarks of ``skeleton.LANDMARKS``, shape (6, 3).
    """

    asset: BodyAsset
    vertices: Floats
    joints: Floats
    landmarks: Floats

    @property
    def scale(self) -> float:
        """Stature over a mean adult's: what the ease of clothes is measured in."""
        return float(np.ptp(self.vertices[: self.asset.starts[1], 1]) / 17.2)


def _axis_weights(value: float, size: int) -> list[tuple[int, float]]:
    low = min(int(value), size - 2)
    share = value - low
    return [(low, 1.0 - share), (low + 1, share)]


def _details(spec: PersonSpec, rng: np.random.Generator) -> dict[str, float]:
    sex = "male" if spec.gender == "man" else "female"
    child = spec.age == "child"
    values = {
        "shoulders": rng.normal(-0.05, 0.25),
        "waist": rng.normal(0.1, 0.2) + 0.35 * (spec.build == "heavy"),
        "hips": rng.normal(0.0, 0.2),
        "neck": rng.normal(-0.1, 0.2),
        "head-round": abs(rng.normal(0, 0.3)),
        "head-square": abs(rng.normal(0, 0.25)) * (sex == "male"),
        "head-oval": abs(rng.normal(0, 0.3)),
        "nose-volume": rng.normal(0, 0.35),
        "nose-width": rng.normal(0, 0.3),
        "chin": rng.normal(0, 0.3),
        "thighs": rng.normal(0, 0.15),
        "calves": rng.normal(0, 0.15),
        "leg-length": rng.normal(0.0, 0.15),
    }
    muscle = rng.uniform(-0.1, 0.25)
    race = rng.choice(3, p=(0.45, 0.25, 0.3) if spec.skin > 0.45 else (0.02, 0.49, 0.49))
    if not child:
        values[f"muscle-{sex}"] = muscle
        values["belly"] = rng.uniform(0.3, 0.75) * (spec.build == "heavy")
        values["cup"] = rng.uniform(-0.1, 0.45) * (sex == "female")
        values[f"{('african', 'asian', 'caucasian')[race]}-{sex}"] = 0.9
    return values


def make_body(spec: PersonSpec) -> Body:
    """Return the rest body of ``spec``; the same spec gives the same bytes."""
    asset = load_body_asset()
    rng = np.random.default_rng((spec.body_seed, 11))
    gender = 0.93 if spec.gender == "man" else 0.07
    mean, spread = _HEIGHTS[spec.age][spec.gender == "woman"]
    height = mean + spread * float(np.clip(rng.normal(), -1.8, 1.8))
    age = _AGE_AXIS[spec.age] + rng.uniform(-0.08, 0.08)
    weight = _WEIGHT_AXIS[spec.build] + rng.uniform(-0.1, 0.1)
    ends = [np.zeros(asset.grid.shape[-2:], np.float32) for _ in range(2)]
    for g, share_g in _axis_weights(gender, 2):
        for a, share_a in _axis_weights(float(np.clip(age, 0, 2)), 3):
            for w, share_w in _axis_weights(weight, 3):
                share = share_g * share_a * share_w
                if share != 0:
                    for end in range(2):
                        ends[end] += np.float32(share) * asset.grid[g, a, w, end]
    for name, value in _details(spec, rng).items():
        if value:
            delta = np.float32(value) * asset.deltas[list(asset.delta_names).index(name)]
            ends[0] += delta
            ends[1] += delta
    tall = [float(np.ptp(end[: asset.starts[1], 1])) for end in ends]
    share = float(np.clip((height - tall[0]) / (tall[1] - tall[0]), 0.1, 0.8))
    points = (1 - share) * ends[0] + np.float32(share) * ends[1]
    points *= np.float32(height / np.ptp(points[: asset.starts[1], 1]))
    starts = asset.starts
    return Body(
        asset, points[: starts[4]], points[starts[4] : starts[5]], points[starts[5] : starts[6]]
    )
