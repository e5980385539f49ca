"""The JSON Schema of a spec with its own blocks, and the snippets in it."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from archspec.editor.fits import Schema
from archspec.language import Spec
from archspec.language.schema import json_schema
from archspec.source import Mapping


def schema_of(spec: Spec) -> Schema:
    """The schema of a spec, made once for the same texts of its blocks."""
    tree = spec.tree if isinstance(spec.tree, Mapping) else None
    own = tree.get("blocks") if tree is not None else None
    texts = [own.span.text if own is not None else ""]
    texts += [block.span.source.text for block in spec.blocks.values() if block.span.source is not spec.source]
    return _made(tuple(dict.fromkeys(texts)), tuple(spec.blocks), _Same(spec))


class _Same:
    """A spec that is as good as any other with the same blocks."""

    def __init__(self, spec: Spec) -> None:
        self.spec = spec

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same)

    def __hash__(self) -> int:
        return 0


@lru_cache(maxsize=16)
def _made(texts: tuple[str, ...], names: tuple[str, ...], same: _Same) -> Schema:
    schema = json_schema(same.spec)
    del same.spec
    return schema


def written(body: Any) -> str:
    """The body of a snippet in flow style."""
    if isinstance(body, dict):
        return "{" + ", ".join(f"{key}: {written(value)}" for key, value in body.items()) + "}"
    if isinstance(body, list):
        return "[" + ", ".join(map(written, body)) + "]"
    return str(body)


def filled(body: str) -> str:
    """The body of a snippet with the values that stand to be replaced."""
    return re.sub(r"\$\{\d+:((?:\\.|[^}\\])*)\}", r"\1", body).replace("\\", "")
