"""Ops from outside: registered by a decorator, or found among the installed entry points of the group `archspec.ops`.

A spec never names code to import. A plugin is loaded because whoever runs archspec named its module, or installed a
package that declares it; its entry point is loaded when a spec uses an op of that name.
"""

from __future__ import annotations

import re
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, TypeVar

from archspec.errors import UsageError
from archspec.identifiers import NAME
from archspec.ops.base import Op
from archspec.ops.registry import LATER, OPS, later_op
from archspec.ops.traits import Traits

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

GROUP = "archspec.ops"
_JOINS = {"add", "concat", "div", "einsum", "mul", "sub"}
COMBINATORS = frozenset({*_JOINS, "parallel", "repeat", "residual", "reuse", "seq", "slot", "split", "stage", "within"})
"""What the language calls its combinators, and no op can be called."""

T = TypeVar("T", bound=type[Op])


def op(cls: T) -> T:
    """Register an op class under its `name`, as a decorator.

    It then stands in specs, the schema, summaries and exports like a built-in one. Raises `UsageError` where a part is
    missing: a name that is free, a docstring, a lowering; or where `principal` or `references` are no arguments.

        >>> import archspec
        >>> @archspec.op  # doctest: +SKIP
        ... class GlobalResponseNorm(archspec.Op):
        ...     "Global response normalization (Woo et al. 2023), channels last."
    """
    if not isinstance(cls, type) or not issubclass(cls, Op):
        raise UsageError(f"`{getattr(cls, '__qualname__', cls)}` is not an op: derive a class from `archspec.Op`")
    name = getattr(cls, "name", None)
    if not isinstance(name, str) or not re.fullmatch(NAME, name):
        raise UsageError(
            f"the op `{cls.__qualname__}` needs a `name` of lowercase letters, digits and _, found {name!r}"
        )
    if name in COMBINATORS:
        raise UsageError(f"the op `{_path(cls)}` cannot be named `{name}`: that is a combinator")
    known = OPS.get(name)
    if known is not None and _path(known) != _path(cls) and not _may_be_hidden(name, known):
        raise UsageError(f"the op `{_path(cls)}` cannot be named `{name}`: that is {_path(known)}")
    if not (cls.__doc__ or "").strip() or cls.__doc__ == Op.__doc__:
        raise UsageError(f"the op `{name}` needs a docstring: editors show it")
    if cls.lower is Op.lower:
        raise UsageError(f"the op `{name}` needs `lower`, which names the module that computes it")
    if not isinstance(getattr(cls, "traits", None), (Traits, property)):
        raise UsageError(f"the op `{name}` needs `traits` that are `Traits`, or a property that gives some")
    _check_arguments(cls)
    OPS[name] = cls
    return cls


def _may_be_hidden(name: str, known: type[Op]) -> bool:
    """Whether what is known by a name joined the language later than a plugin may have taken it."""
    return name in LATER and known is later_op(name)


def _check_arguments(cls: type[Op]) -> None:
    for attribute, arguments in (("principal", [cls.principal]), ("references", cls.references)):
        for argument in arguments:
            if argument is not None and argument not in cls.model_fields:
                raise UsageError(f"the op `{cls.name}` has no argument `{argument}`, which its `{attribute}` names")


def _path(cls: type[Op]) -> str:
    return f"{cls.__module__}.{cls.__qualname__}"


def load_plugin(module: str) -> None:
    """Import a module that registers ops.

    Arguments:
        module: Its dotted name, that of a module which is installed or in a folder on `PYTHONPATH`.

    Raises `UsageError` where that fails.

        >>> import archspec
        >>> archspec.load_plugin("my_ops")  # doctest: +SKIP
    """
    if not isinstance(module, str):
        raise UsageError(f"a plugin is the dotted name of a module, found {module!r:.80}")
    try:
        import_module(module)
    except UsageError:
        raise
    except Exception as error:
        message = f"the plugin `{module}` cannot be imported: {type(error).__name__}: {error}"
        if isinstance(error, ModuleNotFoundError) and f"{module}.".startswith(f"{error.name}."):
            message += "; a plugin is the dotted name of a module that is installed, or in a folder on PYTHONPATH"
        raise UsageError(message) from error


def find_op(name: str, own: bool = True) -> type[Op] | None:
    """The op of a name: built in, registered, or declared by an installed package.

    What registers or declares one of the `LATER` ops hides it in the `own` nodes of a spec, not in what it includes.
    Raises `UsageError` where a package declares it and cannot be imported, or gives something else.
    """
    if not own and name in LATER:
        return later_op(name)
    found = OPS.get(name)
    if found is None or _may_be_hidden(name, found):
        for entry in _declared().get(name, ()):
            _load(entry)
        found = OPS.get(name)
    return found


def is_hidden(cls: type[Op]) -> bool:
    """Whether an op of the language cannot be named in a spec, because a plugin has one of that name."""
    return cls.name in LATER and find_op(cls.name) not in (cls, None)


def load_installed() -> None:
    """Load every op that installed packages declare: for lists and the schema, which show them all.

    Raises what `find_op` raises.
    """
    for name in _declared():
        find_op(name)


@cache
def _declared() -> dict[str, list[EntryPoint]]:
    """What installed packages declare, by the names of ops; read once, since that reads a file of every package."""
    from importlib.metadata import entry_points

    found: dict[str, list[EntryPoint]] = {}
    for entry in entry_points(group=GROUP):
        if re.fullmatch(NAME, entry.name):
            found.setdefault(entry.name, []).append(entry)
    return found


def _load(entry: EntryPoint) -> None:
    """Import what an entry point names, and register it."""
    package = f"the installed package `{entry.dist.name}`" if entry.dist is not None else "an installed package"
    declared = f"{package} declares the op `{entry.name}` as `{entry.value}`"
    try:
        found = entry.load()
    except UsageError:
        raise
    except Exception as error:
        raise UsageError(f"{declared}, which cannot be imported: {type(error).__name__}: {error}") from error
    # a module registers its ops itself, as it is imported
    if isinstance(found, type):
        op(found)
    known = OPS.get(entry.name)
    if known is None or _may_be_hidden(entry.name, known):
        name = getattr(found, "name", None)
        raise UsageError(f"{declared}, which is " + (f"named `{name}`" if isinstance(name, str) else "not an op"))
