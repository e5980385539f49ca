"""The arguments of an op as a spec would have them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pydantic import BaseModel

from archspec.ops.base import Op


def explicit_arguments(op: Op) -> dict[str, Any]:
    """The arguments of an op that are given and are not its defaults."""
    fields = type(op).model_fields
    given = {name: value for name, value in op if value is not None}
    return {name: value for name, value in given.items() if name not in fields or value != fields[name].default}


def literal(value: Any, written: Callable[[float], str] = str) -> str:
    """A value as a spec would have it: an argument or an initializer; `written` writes its floats."""
    if isinstance(value, BaseModel):
        return f"{{{', '.join(f'{name}: {literal(item, written)}' for name, item in value if item is not None)}}}"
    if hasattr(value, "arguments"):
        arguments = ", ".join(f"{name}: {literal(item, written)}" for name, item in value.arguments)
        return f"{value.name}({arguments})" if arguments else str(value.name)
    if isinstance(value, tuple):
        return "[" + ", ".join(literal(item, written) for item in value) + "]"
    if isinstance(value, float):
        return written(value)
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)


def plain(value: Any) -> Any:
    """A value for JSON: numbers, texts and lists as they are; symbolic sizes and initializers as texts."""
    if isinstance(value, dict):
        return {name: plain(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value if value is None or isinstance(value, (bool, int, float, str)) else literal(value)
