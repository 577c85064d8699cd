"""What is checked of a config before anything is built, one file for each kind of setting."""

from .config_keys import check_keys, helper_names, known_keys
from .runner_settings import CHECKS, check_sharding
from .typed_objects import check_known

__all__ = ["CHECKS", "check_keys", "check_known", "check_sharding", "helper_names", "known_keys"]
