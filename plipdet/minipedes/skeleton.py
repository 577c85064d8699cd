"""The reduced skeleton: 27 bones merged from MakeHuman's 163, enough for a street."""

from __future__ import annotations

import re

BONES = (
    "pelvis",
    "spine",
    "chest",
    "neck",
    "head",
    "clavicle.L",
    "clavicle.R",
    "upperarm.L",
    "upperarm.R",
    "lowerarm.L",
    "lowerarm.R",
    "hand.L",
    "hand.R",
    "fingers.L",
    "fingers.R",
    "fingertips.L",
    "fingertips.R",
    "thumb.L",
    "thumb.R",
    "thigh.L",
    "thigh.R",
    "shin.L",
    "shin.R",
    "foot.L",
    "foot.R",
    "toes.L",
    "toes.R",
)
BONE = {name: index for index, name in enumerate(BONES)}

_PARENT_NAMES = {
    "pelvis": "",
    "spine": "pelvis",
    "chest": "spine",
    "neck": "chest",
    "head": "neck",
    "clavicle": "chest",
    "upperarm": "clavicle",
    "lowerarm": "upperarm",
    "hand": "lowerarm",
    "fingers": "hand",
    "fingertips": "fingers",
    "thumb": "hand",
    "thigh": "pelvis",
    "shin": "thigh",
    "foot": "shin",
    "toes": "foot",
}

# Joint cubes of the MakeHuman base mesh whose mean is the head of each bone.
_JOINT_CUBES = {
    "pelvis": ("pelvis",),
    "spine": ("pelvis",),
    "chest": ("spine-2",),
    "neck": ("neck",),
    "head": ("head",),
    "clavicle": ("clavicle",),
    "upperarm": ("shoulder",),
    "lowerarm": ("elbow",),
    "hand": ("hand",),
    "fingers": tuple(f"finger-{i}-1" for i in (2, 3, 4, 5)),
    "fingertips": tuple(f"finger-{i}-2" for i in (2, 3, 4, 5)),
    "thumb": ("finger-1-1",),
    "thigh": ("upper-leg",),
    "shin": ("knee",),
    "foot": ("ankle",),
    "toes": tuple(f"toe-{i}-1" for i in (2, 3, 4)),
}
LANDMARKS = ("head-2", "l-eye", "r-eye", "mouth", "l-finger-3-3", "r-finger-3-3")


def _side(name: str) -> tuple[str, str]:
    base, _, side = name.partition(".")
    return base, side


def parents() -> tuple[int, ...]:
    """Return the parent index of each bone, -1 for the root; parents come before children."""
    found = []
    for name in BONES:
        base, side = _side(name)
        parent = _PARENT_NAMES[base]
        if not parent:
            found.append(-1)
            continue
        found.append(BONE[parent] if parent in BONE else BONE[f"{parent}.{side}"])
    return tuple(found)


def joint_groups(bone: str) -> tuple[str, ...]:
    """Return the names of the base mesh's joint groups whose mean is the head of ``bone``."""
    base, side = _side(bone)
    prefix = f"joint-{side.lower()}-" if side else "joint-"
    return tuple(prefix + cube for cube in _JOINT_CUBES[base])


_LIMB_RULES = (
    (r"(clavicle|shoulder01)", "clavicle"),
    (r"upperarm", "upperarm"),
    (r"lowerarm", "lowerarm"),
    (r"(wrist|metacarpal)", "hand"),
    (r"finger1", "thumb"),
    (r"finger[2-5]-1", "fingers"),
    (r"finger", "fingertips"),
    (r"upperleg", "thigh"),
    (r"lowerleg", "shin"),
    (r"foot", "foot"),
    (r"toe\d", "toes"),
)


def reduced_bone(source: str) -> str:
    """Return the bone of ``BONES`` that takes over the skin weights of MakeHuman's ``source``."""
    base, side = _side(source)
    for pattern, target in _LIMB_RULES:
        if side and re.match(pattern, base):
            return f"{target}.{side}"
    if re.match(r"(root|pelvis)", base):
        return "pelvis"
    if re.match(r"spine0[345]", base):
        return "spine"
    if re.match(r"(spine|breast)", base):
        return "chest"
    return "neck" if base.startswith("neck") else "head"
