"""What other libraries do as they are imported and no command needs: half of a validation would be that."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from types import ModuleType
from typing import Any

_PLUGINS = "pydantic.plugin._loader"
"""Where pydantic looks through all installed packages for plugins, which takes longer than validating a spec, and even
with `PYDANTIC_DISABLE_PLUGINS` imports what it would look with."""

_UNUSED = ("secrets",)
"""What pydantic imports whole, for types that no spec has; it brings all of OpenSSL."""


class _Later(ModuleType):
    """A module that is imported when somebody takes something from it."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # what the import system asks of every module
            raise AttributeError(name)
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        return getattr(import_module(self.__name__), name)


class _Record(dict[str, Any]):
    """A `TypedDict` without what tells its keys."""

    def __init_subclass__(cls, total: bool = True) -> None:
        pass


def lighten() -> None:
    """Import pydantic without what nobody here needs. It behaves as ever, but finds no plugins."""
    if "pydantic" in sys.modules:
        return
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    none = sys.modules[_PLUGINS] = ModuleType(_PLUGINS, "No plugins.")
    none.__dict__["get_plugins"] = tuple
    for name in _UNUSED:
        sys.modules.setdefault(name, _Later(name))
    _without_typed_dicts("pydantic_core")


def _without_typed_dicts(library: str) -> None:
    """Import a library that has ninety `TypedDict`s for annotations alone: each would be a class to build."""
    import typing

    import typing_extensions

    kept = [(module, module.TypedDict) for module in (typing, typing_extensions)]
    try:
        for module, _ in kept:
            module.__dict__["TypedDict"] = _Record
        import_module(library)
    except TypeError:
        pass  # a version that asks more of them: it is imported as it is
    finally:
        for module, original in kept:
            module.__dict__["TypedDict"] = original
