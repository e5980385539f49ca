"""The arguments of a node as a spec has them."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ValidationError

from archspec.graph import Node
from archspec.ops import Init, Op


def written_arguments(node: Node, init: dict[str, Any]) -> dict[str, Any]:
    """All arguments of an op, those that were left to their defaults too; its references are left out.

    `init` gets the initializers that only the `init` of the whole spec can give, by op: that of `scale`, whose own is a
    number.
    """
    op = node.op.full(*node.types)
    fields = type(op).model_fields
    found: dict[str, Any] = {}
    for name, value in op:
        if value is not None and name not in (*op.referred, *op.implied):
            found[(name in fields and fields[name].alias) or name] = written(value)
    rules = {name: written(rule) for name, rule in node.init.items()}
    if "init" in fields:
        if "" in rules and _takes(op, node.init[""]):
            found["init"] = rules[""]
        elif "" in rules:
            init[op.name] = rules[""]
            del found["init"]
    elif rules:
        found["init"] = rules.get("", rules)
    return found


def _takes(op: Op, rule: Init) -> bool:
    try:
        type(op).model_validate({**dict(iter(op)), "init": rule})
    except ValidationError:
        return False
    return True


def written(value: Any) -> Any:
    """A value as a spec has it: plain, the same for equal ones, and no expression."""
    if isinstance(value, Init):
        given = {name: written(item) for name, item in value.full.arguments}
        return {value.name: given} if given else value.name
    if isinstance(value, BaseModel):
        return {name: written(item) for name, item in value if item is not None}
    if isinstance(value, dict):
        return {name: written(item) for name, item in value.items()}
    if isinstance(value, (tuple, list)):
        return [written(item) for item in value]
    if isinstance(value, str):
        return value.replace("$", "$$")
    # whether it was written as `2` or `2.0` makes no difference to an op
    return int(value) if isinstance(value, float) and value.is_integer() else value
