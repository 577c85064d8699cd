"""Adan (Xie et al., arXiv 2208.06677), the optimizer of PLIP's recipe, from timm.

timm's ``betas`` are (beta1, beta2, beta3) = (0.98, 0.92, 0.99) as PLIP prints them (A.8.1), its
``eps`` defaults to 1e-8, and its ``weight_decay`` is the paper's proximal, decoupled form.
"""

from timm.optim import Adan

from plipdet.registry import OPTIMIZERS

OPTIMIZERS.register_module(name="Adan", module=Adan)

__all__ = ["Adan"]
