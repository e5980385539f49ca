"""What editors insert for a node: what it needs, with values that stand to be replaced."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count
from typing import Any

from archspec.language.schema.terms import Schema

VALUES: Mapping[str, Any] = {
    "seq": ["identity"],
    "repeat": {"times": 2, "layers": ["identity"]},
    "residual": ["identity"],
    "parallel": {"branches": {"a": ["identity"], "b": ["identity"]}},
    "add": [".", "input"],
    "mul": [".", "input"],
    "concat": [".", "input"],
    "sub": [".", "input"],
    "div": [".", "input"],
    "einsum": {"from": [".", "."], "pattern": "n c h w, n c h w -> n c h w"},
    "slot": "attention",
    "stage": {"block": "basic", "depth": 2, "channels": 64},
    "reuse": "conv1",
    "split": ["a", "b"],
    "within": {"pattern": "n c (a p) (b q) -> (n a b) c p q", "p": 4, "q": 4, "layers": ["identity"]},
    "fold": {"kernel": 2, "stride": 2, "size": [16, 16]},
}
"""Arguments of combinators, whose nodes no schema can make up, and of ops that need one of several."""


def with_snippet(schema: Schema, name: str, body: Any) -> Schema:
    """The schema of a value with the snippet that editors insert for it."""
    numbers = count(1)

    def fill(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: fill(item) for key, item in value.items()}
        if isinstance(value, list):
            return [fill(item) for item in value]
        text = str(value).lower() if isinstance(value, bool) else str(value)
        for special in "\\$}":
            text = text.replace(special, f"\\{special}")
        return f"${{{next(numbers)}:{text}}}"

    return {**schema, "defaultSnippets": [{"label": name, "body": fill(body)}]}


def arguments(needed: Mapping[str, Schema], principal: str | None) -> Any:
    """The values of the arguments that a node needs: the value alone where that is the principal one."""
    found = {key: example(schema) for key, schema in needed.items()}
    return next(iter(found.values())) if list(found) == [principal] else found


def example(schema: Schema) -> Any:
    """A value that a schema of pydantic's allows: its example, its default, or the least."""
    if schema.get("examples"):
        return schema["examples"][0]
    if schema.get("default") is not None:
        default = schema["default"]
        return default["name"] if isinstance(default, dict) else default
    for part in schema.get("anyOf", [schema]):
        if "enum" in part or "const" in part:
            return part.get("enum", [part.get("const")])[0]
        if part.get("type") in ("integer", "number"):
            return max(part.get("minimum", 1), 1)
        if part.get("type") == "boolean":
            return True
        if part.get("type") == "array":
            return [example(part.get("items", {}))] * max(part.get("minItems", 1), 1)
    return "x"
