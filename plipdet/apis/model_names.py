"""The models that have a name, so that nobody needs to know where their configs are."""

from __future__ import annotations

from pathlib import Path

import plipdet
from plipdet.errors import InputError, near

MODEL_NAMES = {
    "plip_mini": "plip/zero_shot_text_mini.py",
    "plip_r50": "plip/zero_shot_text_r50.py",
    "plip_r101": "plip/zero_shot_text_r101.py",
    "plip_r152": "plip/zero_shot_text_r152.py",
    "plip_r50_v1": "plip/zero_shot_text_r50_v1.py",
    "plip_swin_b": "plip/zero_shot_text_swin_b.py",
}
"""Config of each name, relative to ``configs/``: one that tests, as it has the inputs of both
encoders without randomness."""


def config_path(config: str | Path) -> Path:
    """Return the config of a model's name, or the path as it is.

    Raises:
        InputError: If what is no path is no name.
    """
    is_name = isinstance(config, str) and not Path(config).suffix and "/" not in config
    return config_of(str(config)) if is_name else Path(config)


def config_of(name: str) -> Path:
    """Return the config of a model's name.

    Raises:
        InputError: If there is no such name, or the configs did not come along.
    """
    if name not in MODEL_NAMES:
        raise InputError(
            f"no model is called {name!r}{near(name, MODEL_NAMES)}; one of "
            f"{', '.join(MODEL_NAMES)}, or the path of a config"
        )
    return shipped_config(MODEL_NAMES[name])


def shipped_config(name: str) -> Path:
    """Return the path of a config that came along, by its path relative to ``configs/``.

    In a checkout ``configs/`` lies beside the package; an installed package has a copy inside.

    Raises:
        InputError: If the configs did not come along.
    """
    package = Path(plipdet.__file__).parent
    for folder in (package / "configs", package.parent / "configs"):
        path = folder / name
        if path.is_file():
            return path
    raise InputError(f"this installation has no configs/{name}; name the path of the config")
