"""Checking a whole config against what takes its values, before anything is built."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mmengine.config import Config

from plipdet.engine.config_checks import CHECKS, check_keys, check_known, check_sharding
from plipdet.errors import InputError, near

_LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
_PLAIN_SETTINGS: dict[str, tuple[str, ...]] = {
    "env_cfg": ("cudnn_benchmark", "mp_cfg", "dist_cfg", "resource_limit"),
    "randomness": ("seed", "diff_rank_seed", "deterministic"),
    "auto_scale_lr": ("enable", "base_batch_size"),
}


def check_config(cfg: Config | Mapping[str, Any]) -> None:
    """Check every key and every ``type`` of a config.

    Raises:
        InputError: If a setting is unknown or a class lacks an option; the message has its path
            in the config, as ``--cfg-options`` writes it, and the nearest known name.
    """
    check_keys(cfg)
    for key, check in CHECKS.items():
        value = cfg.get(key)
        if value is not None:
            check(value, key)
    for key, known in _PLAIN_SETTINGS.items():
        if cfg.get(key) is not None:
            check_known(cfg[key], key, known)
    check_sharding(cfg)
    seed = (cfg.get("randomness") or {}).get("seed")
    if seed is not None and not (isinstance(seed, int) and 0 <= seed < 2**32):
        raise InputError(
            f"randomness.seed is {seed!r}; expected a whole number from 0 to 2**32 - 1"
        )
    level = cfg.get("log_level")
    if level is not None and level not in _LOG_LEVELS:
        raise InputError(f"log_level is {level!r}{near(str(level), _LOG_LEVELS)}; {_LOG_LEVELS}")
