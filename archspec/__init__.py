"""archspec: networks described in YAML, compiled into PyTorch modules.

Importing it, and everything but `build`, knows nothing of torch. What it offers is imported when it is asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any

from archspec.version import __version__

if TYPE_CHECKING:
    from archspec.api import SpecLike, compile, diff, draw, load, memory, resolve, summarize, validate
    from archspec.catalog import list as list
    from archspec.diagnostics import Diagnostic
    from archspec.errors import (
        ArchspecError,
        ExportError,
        InputError,
        MissingExtra,
        RunError,
        SpecError,
        UsageError,
        WeightsError,
    )
    from archspec.graph import Graph
    from archspec.hub import from_pretrained, save_pretrained
    from archspec.importer import from_module
    from archspec.language import Spec
    from archspec.modules import build, check_weights, load_weights
    from archspec.ops import Op, load_plugin, op
    from archspec.reports import Diff, Drawing, Memory, Summary
    from archspec.weights.report import WeightsReport

_HOMES = {
    "archspec.api": ("SpecLike", "compile", "diff", "draw", "load", "memory", "resolve", "summarize", "validate"),
    "archspec.catalog": ("list",),
    "archspec.diagnostics": ("Diagnostic",),
    "archspec.errors": (
        "ArchspecError",
        "ExportError",
        "InputError",
        "MissingExtra",
        "RunError",
        "SpecError",
        "UsageError",
        "WeightsError",
    ),
    "archspec.graph": ("Graph",),
    "archspec.importer": ("from_module",),
    "archspec.hub": ("from_pretrained", "save_pretrained"),
    "archspec.modules": ("build", "check_weights", "load_weights"),
    "archspec.ops": ("Op", "load_plugin", "op"),
    "archspec.reports": ("Diff", "Drawing", "Memory", "Summary"),
    "archspec.language": ("Spec",),
    "archspec.weights.report": ("WeightsReport",),
}

# `list` is left out: a star import would hide Python's own
__all__ = [
    "ArchspecError",
    "Diagnostic",
    "Diff",
    "Drawing",
    "ExportError",
    "Graph",
    "InputError",
    "Memory",
    "MissingExtra",
    "Op",
    "RunError",
    "Spec",
    "SpecError",
    "SpecLike",
    "Summary",
    "UsageError",
    "WeightsError",
    "WeightsReport",
    "__version__",
    "build",
    "check_weights",
    "compile",
    "diff",
    "draw",
    "from_module",
    "from_pretrained",
    "load",
    "load_plugin",
    "load_weights",
    "memory",
    "op",
    "resolve",
    "save_pretrained",
    "summarize",
    "validate",
]


def __getattr__(name: str) -> Any:
    for home, names in _HOMES.items():
        if name in names:
            found = globals()[name] = getattr(import_module(home), name)
            return found
    raise AttributeError(f"module 'archspec' has no attribute {name!r}")


def __dir__() -> Sequence[str]:
    return sorted([*__all__, "list"])
