"""SteadyEMAHook: MMEngine's EMAHook, which leaves a skipped step out of the average."""

from __future__ import annotations

from typing import Any

from mmengine.hooks import EMAHook
from mmengine.model import is_model_wrapper
from mmengine.registry import MODELS
from mmengine.runner import Runner
from torch import Tensor, nn

from plipdet.distributed.sharding import is_sharded, shared_like
from plipdet.registry import HOOKS


@HOOKS.register_module()
class SteadyEMAHook(EMAHook):
    """Average the weights, except after a step that was skipped for not being finite.

    The runner puts this hook wherever a config names ``EMAHook``; the arguments are the same.
    Sharded weights are averaged share by share.
    """

    def before_run(self, runner: Runner) -> None:
        """Create the average."""
        model = runner.model.module if is_model_wrapper(runner.model) else runner.model
        if not is_sharded(model):
            super().before_run(runner)
            return
        self.src_model = model  # which refuses to be copied
        self.ema_model = MODELS.build(self.ema_cfg, default_args={"model": _tensors_of(model, {})})

    def after_load_checkpoint(self, runner: Runner, checkpoint: dict[str, Any]) -> None:
        """Take the average from a checkpoint, or begin with its weights."""
        for key, module in (("ema_state_dict", self.ema_model), ("state_dict", self.src_model)):
            if is_sharded(self.src_model) and key in checkpoint:
                own = module.state_dict()
                fitting = {
                    k: shared_like(v, own[k]) if k in own and own[k].shape == v.shape else v
                    for k, v in checkpoint[key].items()
                }
                checkpoint[key] = fitting
        super().after_load_checkpoint(runner, checkpoint)

    def after_train_iter(
        self, runner: Runner, batch_idx: int, data_batch: Any = None, outputs: Any = None
    ) -> None:
        """Take the weights of this step into the average."""
        if getattr(runner.optim_wrapper, "skipped", None) is None:
            super().after_train_iter(runner, batch_idx, data_batch, outputs)


def _tensors_of(module: nn.Module, copies: dict[Tensor, nn.Parameter]) -> nn.Module:
    """Return a module with copies of the tensors of another under the same names, and no more."""
    found = nn.Module()
    for name, parameter in module._parameters.items():
        if parameter is not None and parameter not in copies:
            copies[parameter] = nn.Parameter(parameter.detach().clone(), requires_grad=False)
        found.register_parameter(name, None if parameter is None else copies[parameter])
    for name, buffer in module._buffers.items():
        persistent = name not in module._non_persistent_buffers_set
        copy = None if buffer is None else buffer.detach().clone()
        found.register_buffer(name, copy, persistent=persistent)
    for name, child in module._modules.items():
        found.add_module(name, None if child is None else _tensors_of(child, copies))
    return found
