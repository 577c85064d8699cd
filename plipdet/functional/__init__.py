"""Equations as pure functions: tensors in, tensors out, no registry, no ranks, no state."""
