"""Parts of JSON Schema in draft-07: pydantic's schemas brought into it, alternatives made one, documentation added."""

from __future__ import annotations

from typing import Any, TypeAlias

from archspec.language.models import REF

Schema: TypeAlias = dict[str, Any]

EXPRESSION: Schema = {"type": "string", "pattern": r"\$"}
NULL: Schema = {"type": "null"}
TEXT: Schema = {"type": "string"}
NAME: Schema = {"type": ["string", "integer"]}

_NUMBER = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf")
_KEYWORDS = {
    "string": ("pattern", "minLength", "maxLength"),
    "integer": _NUMBER,
    "number": _NUMBER,
    "array": ("items", "additionalItems", "minItems", "maxItems", "uniqueItems"),
    "object": (
        "properties", "patternProperties", "additionalProperties", "propertyNames", "required", "minProperties",
        "maxProperties", "dependencies", "allOf",
    ),
    "boolean": (),
    "null": (),
}  # fmt: skip
_TYPES = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array", type(None): "null"}


def ref(name: str) -> Schema:
    """A reference to a definition."""
    return {"$ref": f"#/definitions/{name}"}


def documented(schema: Schema, text: str, default: Any = None, markdown: str = "") -> Schema:
    """The schema with a description for every editor. Beside a `$ref`, validators ignore it and editors show it."""
    head: Schema = {"description": text.replace("`", ""), "markdownDescription": markdown or text}
    tail = {} if default is None else {"default": default}
    return {**head, **schema, **tail}


def keyed(keys: dict[str, Schema]) -> Schema:
    """What holds for some keys; as patterns, since editors offer every key among `properties`, and its type at once."""
    return {"patternProperties": {f"^{key}$": schema for key, schema in keys.items()}}


def union(*alternatives: Schema) -> Schema:
    """One schema for all alternatives, each of which has a `type` or an `enum`; an empty one allows everything.

    Keywords say something of one type each, so those of different types stand side by side: then a mistake is told for
    what it is, not as "none of the alternatives". Only alternatives of one type need `anyOf`.
    """
    if len(alternatives) == 1 or not all(alternatives):
        return alternatives[0] if len(alternatives) == 1 else {}
    parts = [part for alternative in alternatives for part in _split(alternative)]
    if TEXT in parts:
        parts = [part for part in parts if _types(part) != ["string"] or part == TEXT]
    parts = [part for i, part in enumerate(parts) if part not in parts[:i]]
    kinds = [kind for part in parts for kind in _types(part)]
    shared = {kind for part in parts for kind in _types(part) if "enum" in part or kinds.count(kind) > 1}
    if {"integer", "number"} <= {*kinds}:
        shared |= {"integer", "number"}  # the keywords of both are the same
    apart = [part for part in parts if shared.intersection(_types(part))]
    if len(parts) == 1:
        return parts[0]
    merged = {key: value for part in parts if part not in apart for key, value in part.items()}
    others = [kind for kind in dict.fromkeys(kinds) if kind not in shared]
    choices = [*apart, *([{"type": _one(others)}] if others else [])]
    return {**merged, "type": _one(list(dict.fromkeys(kinds))), **({"anyOf": choices} if apart else {})}


def _split(schema: Schema) -> list[Schema]:
    """The alternatives of one type each that a schema of several types stands for."""
    if "enum" in schema or isinstance(schema["type"], str):
        return [schema]
    return [{"type": kind, **{k: schema[k] for k in _KEYWORDS[kind] if k in schema}} for kind in schema["type"]]


def _types(part: Schema) -> list[str]:
    return list(dict.fromkeys(_TYPES[type(value)] for value in part["enum"])) if "enum" in part else [part["type"]]


def _one(types: list[str]) -> Any:
    return types[0] if len(types) == 1 else types


def convert(schema: Schema, expressions: bool) -> Schema:
    """What pydantic says of a field, in draft-07; with `expressions`, each value in it may also be computed."""
    return ref(schema[REF]) if REF in schema else union(*alternatives(schema, expressions))


def alternatives(schema: Schema, expressions: bool) -> list[Schema]:
    """The alternatives that a field of pydantic's leaves open, an expression among them."""
    found = [_alternative(part, expressions) for part in _parts(schema)]
    return [*found, EXPRESSION] if expressions else found


def _parts(schema: Schema) -> list[Schema]:
    return [part for choice in schema["anyOf"] for part in _parts(choice)] if "anyOf" in schema else [schema]


def _alternative(schema: Schema, expressions: bool) -> Schema:
    if "const" in schema or "enum" in schema:
        values = schema.get("enum", [schema.get("const")])
        kinds = _types({"enum": values})
        return {**({"type": kinds[0]} if len(kinds) == 1 else {}), "enum": values}
    if "type" not in schema:
        return {}
    found = {key: value for key, value in schema.items() if key not in ("title", "description", "default", "examples")}
    if not found.get("required", True):
        del found["required"]
    if "prefixItems" in found:
        found["items"] = [convert(item, expressions) for item in found.pop("prefixItems")]
    elif "items" in found:
        found["items"] = convert(found["items"], expressions)
    if "properties" in found:
        found["properties"] = {key: _property(value, expressions) for key, value in found["properties"].items()}
    if found.get("additionalProperties"):
        found["additionalProperties"] = convert(found["additionalProperties"], expressions)
    return found


def _property(schema: Schema, expressions: bool) -> Schema:
    """A key of a mapping inside a field."""
    found = convert(schema, expressions)
    return documented(found, schema["description"]) if "description" in schema else found


def inlined(schema: Schema) -> Schema:
    """A schema of pydantic's without `$defs`: a model inside a model stands where it is used."""
    definitions = schema.get("$defs", {})

    def walk(part: Any) -> Any:
        if isinstance(part, list):
            return [walk(item) for item in part]
        if not isinstance(part, dict):
            return part
        own = {key: walk(value) for key, value in part.items() if key not in ("$defs", "$ref")}
        return {**walk(definitions[part["$ref"].rpartition("/")[2]]), **own} if "$ref" in part else own

    found: Schema = walk(schema)
    return found
