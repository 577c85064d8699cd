"""Poses of street pedestrians: walking, standing, carrying; bone rotations from limb directions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from plipdet.minipedes.skeleton import BONE, BONES, parents

Array = NDArray[np.float64]
ARM_ACTIONS = ("swing", "hang", "phone", "phone-ear", "hook", "pull", "pole", "pocket", "strap")
HEEL_RAISE = 0.42  # pitch of the foot in high heels, radians
_PARENTS = parents()


@dataclass(frozen=True)
class Pose:
    """What the body does.

    Args:
        phase: Where in the step cycle, radians.
        stride: Swing of the thighs, radians; 0 stands still.
        lean: Forward lean of the trunk, radians.
        twist: Extra turn of the trunk about the vertical, radians.
        gaze: Turn of the head: (yaw left, pitch down), radians.
        left_arm: Member of ``ARM_ACTIONS``.
        right_arm: Member of ``ARM_ACTIONS``.
        sway: Small per-picture variation, 0-1 each: (arm spread, elbow bend, stance).
    """

    phase: float = 0.0
    stride: float = 0.0
    lean: float = 0.04
    twist: float = 0.0
    gaze: tuple[float, float] = (0.0, 0.0)
    left_arm: str = "hang"
    right_arm: str = "hang"
    sway: tuple[float, float, float] = (0.5, 0.5, 0.5)


def rotation(axis: str, angle: float) -> Array:
    """Return the matrix turning by ``angle`` radians about x, y or z (right-handed)."""
    c, s = np.cos(angle), np.sin(angle)
    if axis == "x":
        return np.array([[1, 0, 0], [0, c, -s], [0, s, c]])
    if axis == "y":
        return np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]])
    return np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])


def axis_rotation(axis: Array, angle: float) -> Array:
    """Return the matrix turning by ``angle`` radians about a unit vector (Rodrigues)."""
    x, y, z = axis
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * (cross @ cross)


def _aligning(start: Array, end: Array) -> Array:
    start, end = start / np.linalg.norm(start), end / np.linalg.norm(end)
    axis = np.cross(start, end)
    sine = np.linalg.norm(axis)
    if sine < 1e-8:
        return np.eye(3)
    return axis_rotation(axis / sine, float(np.arctan2(sine, start @ end)))


def _swing_direction(forward: float, outward: float, sign: float) -> Array:
    """Return a unit vector hanging down, swung forward and outward by radians; sign +1 is left."""
    vector = np.array([sign * np.sin(outward), -np.cos(forward) * np.cos(outward), np.sin(forward)])
    return vector / np.linalg.norm(vector)


def _arm_directions(action: str, sign: float, swing: float, pose: Pose) -> tuple[Array, Array]:
    """Return the directions of upper arm and forearm in the trunk's frame."""
    spread, bend = 0.10 + 0.14 * pose.sway[0], 0.15 + 0.35 * pose.sway[1]
    if action == "swing":
        bend += 0.4 * max(swing, 0.0)
        return (
            _swing_direction(swing, spread, sign),
            _swing_direction(swing + bend, spread * 0.3, sign),
        )
    table = {
        "hang": ((0.02, spread), (0.12 + 0.3 * bend, spread * 0.5)),
        "phone": ((0.25, 0.16), (2.0, -0.45)),
        "phone-ear": ((0.35, 0.5), (2.75, -0.35)),
        "hook": ((0.05, 0.2), (1.45, -0.15)),
        "pull": ((-0.42, 0.2), (-0.35, 0.12)),
        "pole": ((0.3, 0.15), (2.1, -0.05)),
        "pocket": ((-0.25, 0.35), (0.42, -0.12)),
        "strap": ((0.15, 0.3), (2.25, -0.55)),
    }
    upper, lower = table[action]
    return _swing_direction(*upper, sign), _swing_direction(*lower, sign)


def _legs(pose: Pose, sign: float) -> tuple[Array, Array, float]:
    """Return the directions of thigh and shin and the pitch of the foot (toes down positive)."""
    phase = pose.phase if sign > 0 else pose.phase + np.pi
    thigh = pose.stride * np.sin(phase)
    effort = min(pose.stride / 0.45, 1.2)
    forwards = max(np.cos(phase - 0.35), 0.0)
    knee = 0.05 + effort * (0.95 * forwards**1.6 + 0.12 * (np.sin(phase) < 0))
    stance = 0.03 + 0.07 * pose.sway[2]
    trailing = max(-np.sin(phase), 0.0) * effort
    leading = max(np.sin(phase + 0.3), 0.0) * effort * (np.cos(phase) < 0.6)
    foot = 0.55 * trailing + 0.6 * forwards * effort * (np.sin(phase) < 0.3) - 0.25 * leading
    upper = _swing_direction(thigh + 0.08 * effort, stance, sign)
    lower = _swing_direction(thigh + 0.08 * effort - knee, stance * 0.6, sign)
    return upper, lower, float(foot)


def _bend_arm(turn: list, joints: Array, side: str, directions: tuple[Array, Array]) -> None:
    upper, lower, hand = (BONE[f"{b}.{side}"] for b in ("upperarm", "lowerarm", "hand"))
    chest = turn[BONE["chest"]]
    turn[upper] = _aligning(joints[lower] - joints[upper], directions[0])
    turn[upper] = chest @ turn[upper]
    rest = turn[upper] @ (joints[hand] - joints[lower])
    turn[lower] = _aligning(rest, chest @ directions[1]) @ turn[upper]


def _curl_fingers(turn: list, joints: Array, side: str, curl: float) -> None:
    hand, fingers, tips, thumb = (
        BONE[f"{b}.{side}"] for b in ("hand", "fingers", "fingertips", "thumb")
    )
    along = joints[fingers] - joints[hand]
    along = along / np.linalg.norm(along)
    across = joints[thumb] - joints[hand]
    across = across - (across @ along) * along
    across /= np.linalg.norm(across)
    sign = -1.0 if side == "L" else 1.0
    turn[fingers] = turn[hand] @ axis_rotation(across, sign * curl)
    turn[tips] = turn[fingers] @ axis_rotation(across, sign * curl)


def bone_transforms(pose: Pose, joints: NDArray, *, raised: bool = False) -> Array:
    """Return the rest-to-posed transform of each bone, shape (27, 3, 4), before grounding.

    Args:
        pose: What the body does.
        joints: Rest heads of the bones in dm, shape (27, 3).
        raised: Whether high heels raise the feet.
    """
    joints = joints.astype(np.float64)
    turn: list = [None] * len(BONES)
    effort = min(pose.stride / 0.45, 1.2)
    counter = 0.14 * effort * np.sin(pose.phase)
    tilt = 0.04 * effort * np.cos(pose.phase)
    turn[BONE["pelvis"]] = rotation("y", -counter) @ rotation("z", tilt)
    trunk = rotation("y", pose.twist * 0.5)
    turn[BONE["spine"]] = trunk @ rotation("x", pose.lean * 0.6)
    turn[BONE["chest"]] = rotation("y", pose.twist + counter) @ rotation("x", pose.lean)
    yaw, pitch = pose.gaze
    turn[BONE["neck"]] = rotation("y", pose.twist + 0.4 * yaw) @ rotation("x", 0.5 * pitch)
    turn[BONE["head"]] = rotation("y", pose.twist + yaw) @ rotation("x", pitch)
    for side, sign, action in (("L", 1.0, pose.left_arm), ("R", -1.0, pose.right_arm)):
        thigh, shin, foot = _legs(pose, sign)
        bones = [BONE[f"{b}.{side}"] for b in ("thigh", "shin", "foot")]
        turn[bones[0]] = _aligning(joints[bones[1]] - joints[bones[0]], thigh)
        turn[bones[1]] = _aligning(joints[bones[2]] - joints[bones[1]], shin)
        foot += HEEL_RAISE * raised
        turn[bones[2]] = rotation("y", sign * 0.12) @ rotation("x", foot)
        turn[BONE[f"toes.{side}"]] = turn[bones[2]] @ rotation("x", -0.8 * max(foot, 0.0))
        arm_phase = pose.phase + (np.pi if sign > 0 else 0.0)
        swing = 0.75 * pose.stride * np.sin(arm_phase) + 0.04
        _bend_arm(turn, joints, side, _arm_directions(action, sign, swing, pose))
        turn[BONE[f"hand.{side}"]] = turn[BONE[f"lowerarm.{side}"]]
        _curl_fingers(turn, joints, side, 0.35 if action in ("swing", "hang") else 0.8)
    return _chain(turn, joints)


def _chain(turn: list, joints: Array) -> Array:
    result = np.empty((len(BONES), 3, 4))
    for bone, parent in enumerate(_PARENTS):
        if turn[bone] is None:
            turn[bone] = turn[parent]
        head = joints[bone]
        posed = head if parent < 0 else result[parent, :, :3] @ head + result[parent, :, 3]
        result[bone, :, :3] = turn[bone]
        result[bone, :, 3] = posed - turn[bone] @ head
    return result
