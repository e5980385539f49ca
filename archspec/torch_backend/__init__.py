"""Graph to `nn.Module`: construction, initialization, weights, and the few modules that torch lacks."""

from archspec.torch_backend.build import build_module

__all__ = ["build_module"]
