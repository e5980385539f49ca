"""Frozen dataclasses that are quick to define.

Python compiles six methods for each frozen dataclass: for those of a validation, an eighth of the time that it takes.
A record compiles one, `__init__`, and has the others in common with all records.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import MISSING, Field, FrozenInstanceError, dataclass, field, fields
from operator import attrgetter
from typing import Any, NoReturn, TypeVar, overload

if sys.version_info >= (3, 11):
    from typing import dataclass_transform
else:
    from typing_extensions import dataclass_transform

T = TypeVar("T")


@overload
def record(cls: type[T], /) -> type[T]: ...
@overload
def record(*, eq: bool = True, repr: bool = True) -> Callable[[type[T]], type[T]]: ...
@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def record(cls: type[Any] | None = None, /, *, eq: bool = True, repr: bool = True) -> Any:
    """What `dataclass(frozen=True, slots=True)` makes of a class; without `eq`, each instance equals itself alone."""
    if cls is None:
        return lambda cls: _made(cls, eq, repr)
    return _made(cls, eq, repr)


def _made(cls: type[Any], eq: bool, repr: bool) -> type[Any]:
    own = vars(cls)
    made = dataclass(init=False, repr=False, eq=False, slots=True)(cls)
    methods: dict[str, Any] = {
        "__init__": _init(made, "__post_init__" in own),
        "__setattr__": _frozen,
        "__delattr__": _frozen,
        "__getstate__": _getstate,
        "__setstate__": _setstate,
    }
    if repr:
        methods["__repr__"] = _repr
    if eq:
        methods |= _comparison(made)
    for name, method in methods.items():
        if name not in own:
            setattr(made, name, method)
    return made


def _init(made: type[Any], then: bool) -> Callable[..., None]:
    """The one method that is compiled: it sets each slot by itself, as only it may."""
    head, body, scope = [], [], {}
    for one in fields(made):
        name = one.name
        scope[f"set_{name}"] = getattr(made, name).__set__
        value = name
        if one.default is not MISSING:
            scope[f"of_{name}"] = one.default
            default = f"=of_{name}"
        elif one.default_factory is not MISSING:
            scope[f"of_{name}"], scope["MISSING"] = one.default_factory, MISSING
            default, value = "=MISSING", f"of_{name}() if {name} is MISSING else {name}"
        else:
            default = ""
        head.append(f"{name}{default}")
        body.append(f" set_{name}(self, {value})\n")
    exec(f"def __init__(self, {', '.join(head)}):\n{''.join(body)}{' self.__post_init__()' if then else ''}", scope)
    init: Callable[..., None] = scope["__init__"]
    init.__annotations__ = {**{one.name: one.type for one in fields(made)}, "return": None}
    return init


def _comparison(made: type[Any]) -> dict[str, Any]:
    names = [one.name for one in fields(made) if one.compare]
    values = attrgetter(*names)

    def equal(self: Any, other: object) -> bool:
        return values(self) == values(other) if other.__class__ is self.__class__ else NotImplemented

    def hashed(self: Any) -> int:
        return hash(values(self))

    return {"__eq__": equal, "__hash__": hashed}


def _frozen(self: object, name: str, *_: object) -> NoReturn:
    raise FrozenInstanceError(f"cannot change `{name}` of a {type(self).__name__}")


def _getstate(self: Any) -> list[Any]:
    return [getattr(self, one.name) for one in fields(self)]


def _setstate(self: Any, state: list[Any]) -> None:
    for one, value in zip(fields(self), state, strict=True):
        object.__setattr__(self, one.name, value)


def _repr(self: Any) -> str:
    shown: list[Field[Any]] = [one for one in fields(self) if one.repr]
    return f"{type(self).__qualname__}({', '.join(f'{one.name}={getattr(self, one.name)!r}' for one in shown)})"


__all__ = ["record"]
