"""The methods of dataclasses as closures, where Python below 3.13 compiles a source for each: half of their time."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Any

_Field = dataclasses.Field[Any]
_Values = Callable[[Any], tuple[Any, ...]]

_compare_by_source = getattr(dataclasses, "_cmp_fn", None)


def install() -> None:
    """Let dataclasses that are defined from now on have them. Below 3.13, the names have been these since 3.7."""
    if _compare_by_source is None:
        return
    for name, make in (
        ("_cmp_fn", _compare),
        ("_hash_fn", _hash),
        ("_repr_fn", _represent),
        ("_frozen_get_del_attr", _freeze),
    ):
        setattr(dataclasses, name, make)


def _values(names: Sequence[str]) -> _Values:
    if len(names) > 1:
        return attrgetter(*names)
    return (lambda self: (getattr(self, names[0]),)) if names else (lambda self: ())


def _compare(name: str, op: str, self_tuple: str, other_tuple: str, globals: dict[str, Any]) -> Any:
    if name != "__eq__":
        assert _compare_by_source is not None
        return _compare_by_source(name, op, self_tuple, other_tuple, globals)
    values = _values([part.removeprefix("self.") for part in self_tuple[1:-1].split(",") if part])

    def __eq__(self: Any, other: Any) -> bool:
        return values(self) == values(other) if other.__class__ is self.__class__ else NotImplemented

    return __eq__


def _hash(fields: Sequence[_Field], globals: dict[str, Any]) -> Any:
    values = _values([field.name for field in fields])

    def __hash__(self: Any) -> int:
        return hash(values(self))

    return __hash__


def _represent(fields: Sequence[_Field], globals: dict[str, Any]) -> Any:
    from reprlib import recursive_repr

    names = [field.name for field in fields]

    def __repr__(self: Any) -> str:
        values = ", ".join(f"{name}={getattr(self, name)!r}" for name in names)
        return f"{self.__class__.__qualname__}({values})"

    return recursive_repr()(__repr__)


def _freeze(cls: Any, fields: Sequence[_Field], globals: dict[str, Any]) -> tuple[Any, Any]:
    names = frozenset(field.name for field in fields)

    def refuse(self: Any, name: str, verb: str) -> None:
        if type(self) is cls or name in names:
            raise dataclasses.FrozenInstanceError(f"cannot {verb} field {name!r}")

    def __setattr__(self: Any, name: str, value: Any) -> None:
        refuse(self, name, "assign to")
        super(cls, self).__setattr__(name, value)

    def __delattr__(self: Any, name: str) -> None:
        refuse(self, name, "delete")
        super(cls, self).__delattr__(name)

    return __setattr__, __delattr__
