"""What other libraries do as they are imported and no command needs: without it a validation takes half as long again.

All of it behaves as ever, but is made when it is first used, or in a cheaper way.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from types import ModuleType
from typing import Any

_PLUGINS = "pydantic.plugin._loader"
"""Where pydantic looks through all installed packages for plugins, which takes longer than validating a spec, and even
with `PYDANTIC_DISABLE_PLUGINS` imports what it would look with."""

_UNUSED = ("secrets",)
"""What pydantic imports whole, for types that no spec has; it brings OpenSSL."""


class _Later(ModuleType):
    """A module that is imported when something is taken from it."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # what the import system asks of every module
            raise AttributeError(name)
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        return getattr(import_module(self.__name__), name)


class _Pattern:
    """A regular expression that is compiled when it is first used."""

    def __init__(self, pattern: str, flags: int = 0) -> None:
        self._given = pattern, flags

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        found = getattr(re.compile(*self._given), name)
        setattr(self, name, found)
        return found


class _Record(dict[str, Any]):
    """A `TypedDict` that knows nothing of its keys."""

    def __init_subclass__(cls, total: bool = True) -> None:
        pass


def lighten() -> None:
    """Import pydantic and PyYAML without what nobody needs yet; pydantic finds no plugins."""
    if "pydantic" in sys.modules:
        return
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    none = sys.modules[_PLUGINS] = ModuleType(_PLUGINS, "No plugins.")
    none.__dict__["get_plugins"] = tuple
    for name in _UNUSED:
        sys.modules.setdefault(name, _Later(name))
    if sys.version_info < (3, 13):  # which generates the methods of a class in one go
        from archspec.cli import records

        records.install()
    import typing

    import typing_extensions

    with _replaced("TypedDict", _Record, typing, typing_extensions):  # ninety, for annotations alone
        _import("pydantic_core")
    with _replaced("compile", _Pattern, re):  # one of them takes as long as validating a spec
        _import("yaml")


def _import(library: str) -> None:
    """Import a library; a version that asks more of what was replaced is imported again, as it is."""
    try:
        import_module(library)
    except (TypeError, AttributeError):
        for name in [name for name in sys.modules if name.partition(".")[0] == library]:
            del sys.modules[name]


@contextmanager
def _replaced(name: str, value: object, *modules: ModuleType) -> Iterator[None]:
    """Something else under a name of some modules."""
    kept = [module.__dict__[name] for module in modules]
    try:
        for module in modules:
            module.__dict__[name] = value
        yield
    finally:
        for module, original in zip(modules, kept, strict=True):
            module.__dict__[name] = original
