"""Specs as YAML text: a line for each node, and lines of its own for whatever holds nodes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from archspec.escape import escaped
from archspec.source.scalars import plain_value

_BARE = re.compile(r"[A-Za-z0-9_.($][A-Za-z0-9_ ./()>*+-]*")


class Nodes(list[Any]):
    """A list of nodes."""


def spec_text(comment: str, spec: Mapping[str, Any]) -> str:
    """A whole spec, below a comment."""
    return "\n".join([f"# {comment}", *_mapping(spec, "")]) + "\n"


def _mapping(value: Mapping[str, Any], indent: str) -> Iterator[str]:
    for key, item in value.items():
        if not _has_nodes(item):
            yield f"{indent}{flow(key)}: {flow(item)}"
            continue
        yield f"{indent}{flow(key)}:"
        yield from _mapping(item, indent + "  ") if isinstance(item, dict) else _items(item, indent + "  ")


def _items(value: list[Any], indent: str) -> Iterator[str]:
    """A list of nodes, or of lists of nodes."""
    for item in value:
        if not _has_nodes(item):
            yield f"{indent}- {_node(item) if isinstance(value, Nodes) else flow(item)}"
            continue
        inner = indent + "  "
        lines = _items(item, inner) if isinstance(item, list) else _mapping(item, inner)
        first = next(lines)
        yield f"{indent}- {first.removeprefix(inner)}"
        yield from lines


def _node(node: str | Mapping[str, Any]) -> str:
    if isinstance(node, str):
        return flow(node)
    ((op, arguments),) = node.items()
    return f"{flow(op)}: {flow(arguments)}"


def _has_nodes(value: Any) -> bool:
    """Whether there is a node somewhere inside."""
    if isinstance(value, dict):
        return any(map(_has_nodes, value.values()))
    return isinstance(value, list) and (bool(isinstance(value, Nodes) and value) or any(map(_has_nodes, value)))


def flow(value: Any) -> str:
    """A value in one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{flow(key)}: {flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(flow, value)) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    return _string(value) if isinstance(value, str) else str(value)


def _string(text: str) -> str:
    """Quoted only where it must be: to be no number, or for what YAML would take for its own."""
    if _BARE.fullmatch(text) and plain_value(text) == text and text[-1] != " " and text != "...":
        return text
    return escaped(json.dumps(text, ensure_ascii=False))
