"""Entries of the table, and how arguments are written in one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from archspec.importer.mapper import Mapper
from archspec.importer.trace import Step

Handler: TypeAlias = Callable[[Mapper, Step], Any]

TABLE: dict[str, Handler] = {}
"""What maps each operation of torch, by its name and overload."""


def entry(*names: str) -> Callable[[Handler], Handler]:
    """Enter what maps some operations."""

    def entered(handler: Handler) -> Handler:
        TABLE.update(dict.fromkeys(names, handler))
        return handler

    return entered


def one(value: Any) -> Any:
    """One number for equal ones, as a spec has it."""
    if isinstance(value, (list, tuple)):
        return value[0] if len({*value}) == 1 else [*value]
    return value


def given(**arguments: tuple[Any, Any]) -> dict[str, Any]:
    """The arguments that are not their defaults, of which each comes as the second of a pair."""
    return {name: value for name, (value, default) in arguments.items() if value != default}
