"""What the models take, in words."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, get_args

from pydantic import BaseModel

from archspec.language.models import CODE, IDENTIFIER, PARAMETER
from archspec.types.figures import bound, figure


def keys(model: type[BaseModel]) -> list[str]:
    """The keys that a model takes."""
    return [field.alias or name for name, field in model.model_fields.items()]


def purpose(model: type[BaseModel]) -> str:
    """The first sentence about a model."""
    return (model.__doc__ or "").strip().split("\n")[0].rstrip(".")


def describe(model: type[BaseModel], key: str) -> str:
    """The description of a key."""
    for name, field in model.model_fields.items():
        if key in (name, field.alias):
            return (field.description or "").rstrip(".")
    return ""


def expected(model: type[BaseModel], key: str) -> str:
    """What a key takes, in words."""
    words = words_of(property_of(model, key)) or "of another type"
    # what is a string to the model names a value
    return words.replace("a string", "a reference") if key in getattr(model, "references", ()) else words


def part_of(model: type[BaseModel], key: str) -> type[BaseModel] | None:
    """The model of a key that takes a mapping with keys of its own, such as `scaling` of `rope`."""
    field = model.model_fields.get(key)
    options = (field.annotation, *get_args(field.annotation)) if field is not None else ()
    return next((one for one in options if isinstance(one, type) and issubclass(one, BaseModel)), None)


def property_of(model: type[BaseModel], key: str) -> dict[str, Any]:
    """The JSON Schema of a key; empty for one that is not known."""
    schema = _schema(model)
    found = schema.get("properties", {}).get(key) or schema.get("additionalProperties") or {}
    return found if isinstance(found, dict) else {}


@cache
def _schema(model: type[BaseModel]) -> dict[str, Any]:
    return model.model_json_schema()


def choices(schema: dict[str, Any]) -> list[str]:
    """The texts among which a schema lets choose."""
    found = list(schema.get("enum", [])) + ([schema["const"]] if "const" in schema else [])
    for part in schema.get("anyOf", []):
        found += choices(part)
    return [value for value in found if isinstance(value, str)]


def words_of(schema: dict[str, Any]) -> str:
    """What a schema wants."""
    if "anyOf" in schema:
        parts = [words_of(part) for part in schema["anyOf"] if part.get("type") != "null"]
        return " or ".join(dict.fromkeys(part for part in parts if part))
    if "enum" in schema:
        return "one of " + ", ".join(f"`{value}`" for value in schema["enum"])
    if "const" in schema:
        return f"`{schema['const']}`"
    if "$ref" in schema:
        return "a mapping"
    kind = schema.get("type")
    if kind == "array":
        items = schema.get("items") or (schema.get("prefixItems") or [{}])[0]
        pattern = PATTERNS.get(items.get("pattern"))
        most = schema.get("maxItems", _FAR)
        some = f" of {most}" if "prefixItems" in schema else f" of at most {most}" if most < _FEW else " of"
        if "anyOf" in items:
            pattern = words_of(items)
        many = "pairs" if "prefixItems" in items else _MANY.get(str(items.get("type")), "")
        return f"a list, each {pattern}" if pattern else f"a list{some} {_bounds(many, items)}" if many else "a list"
    of = schema.get("additionalProperties")
    if kind == "object" and isinstance(of, dict) and of.get("type") in _MANY:
        return f"a mapping to {_bounds(_MANY[of['type']], of)}"
    base = {"integer": "an integer", "number": "a number", "boolean": "true or false", "string": "a string"}
    return _bounds(base.get(str(kind), "a mapping" if kind == "object" else ""), schema)


_MANY = {"integer": "integers", "number": "numbers", "string": "strings"}
_FEW = 10
"""Fewer entries than these are what a list is to have; more are a limit for the machine's sake."""
PATTERNS = {
    IDENTIFIER: "a name of lowercase letters, digits and _",
    PARAMETER: "a name of letters, digits and _",
    CODE: "a code such as A701",
}


_FAR = 2**24
"""A bound this far is there for the machine's sake: only who exceeds it needs to know."""


def _bounds(words: str, schema: dict[str, Any]) -> str:
    low = schema.get("minimum", schema.get("exclusiveMinimum"))
    high = schema.get("maximum", schema.get("exclusiveMaximum"))
    if low is not None and high is not None and high < _FAR:
        if "exclusiveMinimum" in schema:
            return f"{words} above {bound(low)} and at most {bound(high)}"
        return f"{words} from {bound(low)} to {bound(high)}"
    if low is not None and low > -_FAR:
        return f"{words} above {bound(low)}" if "exclusiveMinimum" in schema else f"{words} of at least {bound(low)}"
    if "pattern" in schema:
        return PATTERNS.get(schema["pattern"], words)
    return words


def shown(value: Any) -> str:
    """A value for a message, short."""
    if isinstance(value, bool) or value is None:
        return {None: "nothing", True: "`true`", False: "`false`"}[value]
    text = _written(value)
    return text if len(text) <= 60 else text[:57] + "…"


def _written(value: Any) -> str:
    """A value as in YAML, and strings in quotes."""
    if isinstance(value, (tuple, list)):
        return f"[{', '.join(map(_written, value))}]"
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{key}: {_written(item)}' for key, item in value.items())}}}"
    if isinstance(value, bool) or value is None:
        return {None: "null", True: "true", False: "false"}[value]
    return f"'{value}'" if isinstance(value, str) else _figure(value) if isinstance(value, float) else str(value)


def _figure(value: float) -> str:
    """A number rounded, unless that makes it a whole one, which it is not."""
    text = figure(value)
    return text if float(text).is_integer() == value.is_integer() else str(value)
