"""Registries that only the engine builds from.

MMEngine looks a name up in the child registry of the default scope and warns when there is none,
so each of its registries that a config of ours can reach has a child here.
"""

from mmengine import registry as _mmengine
from mmengine.registry import Registry

OPTIM_WRAPPERS = Registry("optimizer wrapper", parent=_mmengine.OPTIM_WRAPPERS, scope="plipdet")
OPTIM_WRAPPER_CONSTRUCTORS = Registry(
    "optimizer wrapper constructor",
    parent=_mmengine.OPTIM_WRAPPER_CONSTRUCTORS,
    scope="plipdet",
)
PARAM_SCHEDULERS = Registry(
    "parameter scheduler", parent=_mmengine.PARAM_SCHEDULERS, scope="plipdet"
)
MODEL_WRAPPERS = Registry("model wrapper", parent=_mmengine.MODEL_WRAPPERS, scope="plipdet")
LOG_PROCESSORS = Registry("log processor", parent=_mmengine.LOG_PROCESSORS, scope="plipdet")
VISBACKENDS = Registry("visualizer backend", parent=_mmengine.VISBACKENDS, scope="plipdet")
EVALUATOR = Registry("evaluator", parent=_mmengine.EVALUATOR, scope="plipdet")
FUNCTIONS = Registry("function", parent=_mmengine.FUNCTIONS, scope="plipdet")
