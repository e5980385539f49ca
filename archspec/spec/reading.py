"""Validation by pydantic models, with the findings at the places in the file."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import cache
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from archspec.diagnostics import Collector, Related, Span, did_you_mean
from archspec.spec.models import CODE, IDENTIFIER, PARAMETER

M = TypeVar("M", bound=BaseModel)

Place = Callable[[str], tuple[Span, Span]]
"""The spans of a key and of its value."""


def check(
    model: type[M],
    values: Mapping[str, Any],
    place: Place,
    whole: Span,
    what: str,
    collector: Collector,
    related: tuple[Related, ...] = (),
) -> M | None:
    """The validated model, or None after a report of everything that is wrong with it.

    `what` names the thing in messages; `whole` is where it stands, for keys that are missing.
    """
    try:
        return model.model_validate(values)
    except ValidationError as error:
        for code, message, span, help in problems(model, error, values, place, whole, what):
            collector.error(code, message, span, help, related)
        return None


def problems(
    model: type[BaseModel],
    error: ValidationError,
    values: Mapping[str, Any],
    place: Place,
    whole: Span,
    what: str,
    left_out: Collection[str] = (),
) -> list[tuple[str, str, Span, str]]:
    """What pydantic found, one finding a key: code, message, place and remedy.

    `left_out` are pydantic's error types that say nothing yet, where some values are still to be computed.
    """
    found: dict[str, tuple[str, str, Span, str]] = {}
    items = error.errors(include_url=False)
    mistyped = any(item["type"] == "extra_forbidden" for item in items)
    for item in items:
        key = str(item["loc"][0]) if item["loc"] else ""
        if key in found:
            continue
        kind = item["type"]
        if kind in left_out:
            continue
        if kind == "missing" and mistyped:
            # what is missing stands there under a wrong name
            continue
        if kind == "missing":
            found[key] = ("A202", f"{what} needs `{key}`", whole, f"give it `{key}: …`, {_lower(describe(model, key))}")
        elif kind == "extra_forbidden":
            known = keys(model)
            hint = did_you_mean(key, known) or f"it takes {', '.join(f'`{name}`' for name in known) or 'no arguments'}"
            kind = "argument" if what.startswith("`") else "key"
            found[key] = ("A201", f"{what} has no {kind} `{key}`", place(key)[0], hint)
        elif kind == "value_error":
            reason = item["ctx"]["error"]
            blamed = key or getattr(reason, "argument", "")
            at = place(blamed)[0 if not key else 1] if blamed else whole
            found[key] = ("A204", f"{what}: {reason}", at, describe(model, blamed) or _purpose(model))
        else:
            message = f"`{key}` of {what} must be {expected(model, key)}, got {shown(values.get(key, item['input']))}"
            found[key] = ("A203", message, place(key)[1], _remedy(model, key, values.get(key)))
    return list(found.values())


def keys(model: type[BaseModel]) -> list[str]:
    """The keys that a model takes."""
    return [field.alias or name for name, field in model.model_fields.items()]


def _remedy(model: type[BaseModel], key: str, value: Any) -> str:
    """What to write instead."""
    schema = _property(model, key)
    if isinstance(value, float) and value == int(value):
        return "write `//` for a division that gives an integer"
    if isinstance(value, str) and value in _BOOLEANS and "true or false" in _words(schema):
        return f"`{value}` is a string in YAML 1.2; write `{_BOOLEANS[value]}`"
    choices = _choices(schema)
    return (did_you_mean(value, choices) if isinstance(value, str) else "") or describe(model, key) or _purpose(model)


_BOOLEANS = {
    **dict.fromkeys(("yes", "Yes", "YES", "on", "On", "ON", "y", "True", "TRUE"), "true"),
    **dict.fromkeys(("no", "No", "NO", "off", "Off", "OFF", "n", "False", "FALSE"), "false"),
}


def _purpose(model: type[BaseModel]) -> str:
    """The first sentence about a model."""
    return (model.__doc__ or "").strip().split("\n")[0].rstrip(".")


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def describe(model: type[BaseModel], key: str) -> str:
    """The description of a key."""
    for name, field in model.model_fields.items():
        if key in (name, field.alias):
            return (field.description or "").rstrip(".")
    return ""


def expected(model: type[BaseModel], key: str) -> str:
    """What a key takes, in words."""
    return _words(_property(model, key)) or "of another type"


def _property(model: type[BaseModel], key: str) -> dict[str, Any]:
    schema = _schema(model)
    found = schema.get("properties", {}).get(key) or schema.get("additionalProperties") or {}
    return found if isinstance(found, dict) else {}


@cache
def _schema(model: type[BaseModel]) -> dict[str, Any]:
    return model.model_json_schema()


def _choices(schema: dict[str, Any]) -> list[str]:
    found = list(schema.get("enum", [])) + ([schema["const"]] if "const" in schema else [])
    for part in schema.get("anyOf", []):
        found += _choices(part)
    return [value for value in found if isinstance(value, str)]


def _words(schema: dict[str, Any]) -> str:
    if "anyOf" in schema:
        parts = [_words(part) for part in schema["anyOf"] if part.get("type") != "null"]
        return " or ".join(dict.fromkeys(part for part in parts if part))
    if "enum" in schema:
        return "one of " + ", ".join(f"`{value}`" for value in schema["enum"])
    if "const" in schema:
        return f"`{schema['const']}`"
    kind = schema.get("type")
    if kind == "array":
        return "a list" + _MANY.get(str(schema.get("items", {}).get("type")), "")
    base = {"integer": "an integer", "number": "a number", "boolean": "true or false", "string": "a string"}
    return _bounds(base.get(str(kind), "a mapping" if kind == "object" else ""), schema)


_MANY = {"integer": " of integers", "number": " of numbers", "string": " of strings"}
_PATTERNS = {
    IDENTIFIER: "a name of small letters, digits and _",
    PARAMETER: "a name of letters, digits and _",
    CODE: "a code such as A701",
}


def _bounds(words: str, schema: dict[str, Any]) -> str:
    low = schema.get("minimum", schema.get("exclusiveMinimum"))
    high = schema.get("maximum", schema.get("exclusiveMaximum"))
    if low is not None and high is not None and high < 2**31:
        return f"{words} from {low:g} to {high:g}"
    if low is not None:
        return f"{words} above {low:g}" if "exclusiveMinimum" in schema else f"{words} of at least {low:g}"
    if "pattern" in schema:
        return _PATTERNS.get(schema["pattern"], words)
    return words


def shown(value: Any) -> str:
    """A value for a message, short."""
    if isinstance(value, bool) or value is None:
        return {None: "nothing", True: "`true`", False: "`false`"}[value]
    if isinstance(value, tuple):
        value = list(value)
    text = repr(value) if not isinstance(value, str) else f"'{value}'"
    return text if len(text) <= 60 else text[:57] + "…"
