"""Ops from outside: registered by a decorator, or found among the installed entry points of the group `archspec.ops`.

A spec never names code to import. A plugin is loaded because whoever runs archspec named its module, or installed a
package that declares it; its entry point is loaded when a spec uses an op of that name.
"""

from __future__ import annotations

import re
from importlib import import_module
from typing import TypeVar

from archspec.errors import UsageError
from archspec.ops.base import Op
from archspec.ops.registry import OPS

GROUP = "archspec.ops"
_NAME = re.compile(r"[a-z][a-z0-9_]*")

T = TypeVar("T", bound=type[Op])


def op(cls: T) -> T:
    """Register an op class under its `name`, as a decorator.

    It then stands in specs, the schema, summaries and exports like a built-in one. Raises `UsageError` where a part is
    missing: a name that is free, a docstring, a lowering.
    """
    name = getattr(cls, "name", None)
    if not isinstance(cls, type) or not issubclass(cls, Op):
        raise UsageError(f"`{cls!r}` is no op: derive it from `archspec.Op`")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise UsageError(f"the op `{cls.__name__}` needs a `name` of small letters, digits and _, got {name!r}")
    known = OPS.get(name)
    if known is not None and known.__qualname__ != cls.__qualname__:
        raise UsageError(f"the op `{name}` exists already: {known.__module__}.{known.__qualname__}")
    if not (cls.__doc__ or "").strip() or cls.__doc__ == Op.__doc__:
        raise UsageError(f"the op `{name}` needs a docstring: editors show it")
    if cls.lower is Op.lower:
        raise UsageError(f"the op `{name}` needs `lower`, which names the module that computes it")
    OPS[name] = cls
    return cls


def load_plugin(module: str) -> None:
    """Import a module that registers ops. Raises `UsageError` where it cannot be imported."""
    try:
        import_module(module)
    except ImportError as error:
        raise UsageError(f"the plugin `{module}` cannot be imported: {error}") from error


def find_op(name: str) -> type[Op] | None:
    """The op of a name: built in, registered, or declared by an installed package."""
    found = OPS.get(name)
    if found is None and _NAME.fullmatch(name):
        from importlib.metadata import entry_points

        for entry in entry_points(group=GROUP, name=name):
            loaded = entry.load()
            if isinstance(loaded, type):
                op(loaded)
        found = OPS.get(name)
    return found


def load_installed() -> None:
    """Load every op that installed packages declare: for lists and the schema, which show them all."""
    from importlib.metadata import entry_points

    for entry in entry_points(group=GROUP):
        find_op(entry.name)
