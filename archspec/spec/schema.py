"""The JSON Schema of a file, in draft-07, for editors and for everyone who checks files without archspec."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from archspec.diagnostics import did_you_mean
from archspec.ops import OPS
from archspec.spec.library import block_names, bundled_block, bundled_blocks, find_block
from archspec.spec.schema_file import file_schema
from archspec.spec.schema_needs import SOMETHING
from archspec.spec.schema_nodes import Vocabulary
from archspec.spec.schema_terms import EXPRESSION, Schema
from archspec.spec.spec import BlockSpec, Spec

if TYPE_CHECKING:
    from jsonschema import ValidationError


def json_schema(spec: Spec | None = None) -> Schema:
    """The JSON Schema of every file, or that of one spec, which knows the blocks that the spec has or includes."""
    return file_schema(Vocabulary(dict(OPS), _blocks(spec), spec is None), spec.defaults if spec else {})


def schema_text() -> str:
    """The text of `schemas/archspec.schema.json`: the schema of every file, without ops of plugins."""
    own = {name: op for name, op in OPS.items() if op.__module__.startswith("archspec.ops.")}
    schema = file_schema(Vocabulary(own, _blocks(None), True), {})
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def _blocks(spec: Spec | None) -> dict[str, BlockSpec]:
    if spec is None:
        return {name: bundled_block(name) for name in bundled_blocks()}
    return {name: block for name in block_names(spec) if (block := find_block(spec, name)) is not None}


Path: TypeAlias = tuple[str | int, ...]


def check_against_schema(tree: Any, schema: Schema | None = None) -> list[tuple[Path, str]]:
    """What the schema rejects in a file given as plain data: where, as keys and positions, and why.

    Where a key is wrong, or too much, the path ends with it. `schema` is by default the one of every file.
    """
    from jsonschema import Draft7Validator

    root = json_schema() if schema is None else schema
    errors = Draft7Validator(root).iter_errors(tree)
    return list(dict.fromkeys(finding for error in errors for finding in _findings(error, root)))


def _findings(error: ValidationError, root: Schema) -> list[tuple[Path, str]]:
    path: Path = tuple(error.absolute_path)
    value: Any = error.instance
    rule, wanted = error.validator, cast(Any, error.validator_value)
    schema: Any = error.schema
    if "propertyNames" in error.absolute_schema_path and isinstance(value, str):
        known = wanted if rule == "enum" else ()
        return [((*path, value), f"`{value}` cannot stand here{_hint(value, known)}")]
    if schema is False:
        key = str(error.absolute_schema_path[1])
        others = root["dependencies"][key]["properties"]
        return [((key,), f"`{key}` cannot stand beside {_listed(others)}")]
    if rule == "additionalProperties":
        known = schema["properties"]
        return [((*path, key), f"there is no `{key}` here{_hint(key, known)}") for key in value if key not in known]
    if rule == "required":
        return [(path, f"`{key}` is missing") for key in wanted if f"'{key}'" in error.message]
    if rule == "not":
        is_node = bool(path) and isinstance(path[-1], int)
        return [
            (path, f"{_shown(value)} {'does not stand alone: it needs arguments' if is_node else 'cannot stand here'}")
        ]
    if rule == "type" and value is None and wanted == SOMETHING:
        return [(path, "nothing stands here, but arguments are needed")]
    if rule == "maxProperties":
        return [(path, "a node has one key: its op, combinator or block")]
    if rule == "minProperties":
        return [(path, "there is nothing in it")]
    if rule == "anyOf" and all("required" in part for part in wanted):
        return [(path, f"{_listed([key for part in wanted for key in part['required']])} is missing")]
    if rule in ("anyOf", "type", "enum", "const", "pattern"):
        choices = [choice for part in (schema, *schema.get("anyOf", ())) for choice in part.get("enum", ())]
        near = _hint(value, choices) if isinstance(value, str) else ""
        return [(path, f"expected {_expected(schema, choices)}, got {_shown(value)}{near}")]
    return [(path, error.message)]


def _hint(word: str, known: Iterable[Any]) -> str:
    near = did_you_mean(word, (name for name in known if isinstance(name, str)))
    return f"; {near}" if near else ""


_WORDS = {
    "object": "a mapping", "array": "a list", "string": "a string", "integer": "an integer", "number": "a number",
    "boolean": "true or false", "null": "nothing",
}  # fmt: skip


def _expected(schema: Schema, choices: list[Any]) -> str:
    """What a value may be, in words."""
    parts = [schema, *schema.get("anyOf", ())]
    patterns = [part["pattern"] for part in parts if "pattern" in part]
    kinds = schema.get("type", [])
    given = {"string"} if patterns else {_kind(choice) for choice in choices}
    words = [_WORDS[kind] for kind in ([kinds] if isinstance(kinds, str) else kinds) if kind not in given]
    if choices:
        few = ", ".join(map(_shown, choices)) if len(choices) <= 20 else f"{len(choices)} names"
        words.append(f"one of {few}" if len(choices) > 1 else few)
    words += ["an expression with `$`" if p == EXPRESSION["pattern"] else f"text like `{p}`" for p in patterns]
    return " or ".join(words)


def _kind(choice: Any) -> str:
    return {str: "string", int: "integer", bool: "boolean", float: "number"}.get(type(choice), "")


def _listed(words: Iterable[str]) -> str:
    quoted = [f"`{word}`" for word in words]
    return " or ".join([", ".join(quoted[:-1]), quoted[-1]] if len(quoted) > 1 else quoted)


def _shown(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return f"`{text if len(text) <= 60 else text[:57] + '…'}`"
