"""Validation by pydantic models, with the findings at the places in the file."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from functools import cache
from typing import Any, NamedTuple, TypeVar

from pydantic import BaseModel, ValidationError

from archspec import source
from archspec.diagnostics import Collector, Fix, Span, correction, did_you_mean, renames, replacement
from archspec.diagnostics.collector import MOST
from archspec.diagnostics.fix import anchored
from archspec.graph.dims import Dim
from archspec.ops import Op
from archspec.source import plain
from archspec.spec.models import CODE, IDENTIFIER, PARAMETER, Combinator
from archspec.spec.nodes import COMMON, Argument, arguments_in

M = TypeVar("M", bound=BaseModel)


def check(
    model: type[M],
    values: Mapping[str, Any],
    given: Mapping[str, Argument],
    whole: Span,
    what: str,
    collector: Collector,
) -> M | None:
    """The validated model, or None after a report of everything that is wrong with it.

    `given` are the arguments that the values were computed from; `what` names the thing in messages, and `whole` is
    where it stands, for keys that are missing.
    """
    try:
        return model.model_validate(values)
    except ValidationError as error:
        for found in problems(model, error, values, given, (whole, whole), what):
            collector.error(found.code, found.message, found.span, found.help, fix=found.fix)
        return None


def check_plain(model: type[M], tree: source.Mapping, whole: Span, what: str, collector: Collector) -> M | None:
    """As `check`, of a mapping whose values stand for themselves."""
    values = {key: tuple(v) if isinstance(v := plain(item), list) else v for key, item in tree.entries.items()}
    return check(model, values, arguments_in(tree, collector), whole, what, collector)


def section(model: type[M], tree: source.Mapping, key: str, collector: Collector) -> M:
    """A section of a file whose values stand for themselves; as by default where it is missing or wrong."""
    value = tree.get(key)
    if value is None:
        return model()
    if not isinstance(value, source.Mapping):
        known = ", ".join(f"`{name}`" for name in keys(model))
        collector.error("A203", f"`{key}` must be a mapping", value.span, f"it takes {known}")
        return model()
    return check_plain(model, value, value.span, f"`{key}`", collector) or model()


class Problem(NamedTuple):
    """What is wrong with one key of a model."""

    code: str
    message: str
    span: Span
    help: str
    fix: Fix | None = None
    key: str = ""


def problems(
    model: type[BaseModel],
    error: ValidationError,
    values: Mapping[str, Any],
    given: Mapping[str, Argument],
    whole: tuple[Span, Span],
    what: str,
    left_out: Collection[str] = (),
) -> list[Problem]:
    """What pydantic found, one finding a key.

    `given` are the arguments that the values were computed from; `whole` is the place of all of them: of its key, and
    of its value. `left_out` are pydantic's error types that say nothing yet, where some values are still to be
    computed.
    """

    def place(key: str) -> tuple[Span, Span]:
        return (given[key].key, given[key].tree.span) if key in given else whole

    found: dict[str, Problem] = {}
    items = error.errors(include_url=False)
    mistyped = [str(item["loc"][0]) for item in items if item["type"] == "extra_forbidden"][:MOST]
    node_keys = COMMON if issubclass(model, (Op, Combinator)) else ()
    known = [*keys(model), *node_keys]
    meant = renames(mistyped, known, {*values, *given})
    strange = any(item["loc"] and item["type"] != "missing" and item["loc"][0] not in known for item in items)
    for item in items:
        key = str(item["loc"][0]) if item["loc"] else ""
        kind = item["type"]
        # what is missing may stand there under a wrong name
        if key in found or kind in left_out or (kind == "missing" and strange):
            continue
        if len(found) >= MOST:
            break
        if kind == "missing":
            help = f"give it `{key}: …`, {_lower(describe(model, key))}"
            found[key] = Problem("A202", f"{what} needs `{key}`", whole[1], help)
        elif kind == "extra_forbidden":
            found[key] = _unknown_key(model, key, known, meant, place(key)[0], what)
        elif kind == "value_error":
            reason = item["ctx"]["error"]
            # a validator of the whole model may blame an argument
            blamed = key or getattr(reason, "argument", "")
            at = place(blamed)[0 if not key else 1] if blamed else whole[1]
            help = describe(model, blamed) or _purpose(model)
            found[key] = Problem("A204", f"{what}: {reason}", at, help, key=blamed)
        else:
            value, at = values.get(key), place(key)[1]
            message = f"`{key}` of {what} must be {expected(model, key)}, got {shown(values.get(key, item['input']))}"
            found[key] = Problem("A203", message, at, _remedy(model, key, value), _mended(model, key, value, at), key)
    return list(found.values())


def _unknown_key(
    model: type[BaseModel], key: str, known: Collection[str], meant: Mapping[str, str], at: Span, what: str
) -> Problem:
    """A key that the model does not have."""
    takes = ", ".join(f"`{name}`" for name in keys(model)) or "no arguments"
    hint = did_you_mean(key, known) or f"it takes {takes}"
    kind = "argument" if what.startswith("`") else "key"
    fix = replacement(at, key, meant[key]) if key in meant else None
    return Problem("A201", f"{what} has no {kind} `{key}`", at, hint, fix)


def keys(model: type[BaseModel]) -> list[str]:
    """The keys that a model takes."""
    return [field.alias or name for name, field in model.model_fields.items()]


def _remedy(model: type[BaseModel], key: str, value: Any) -> str:
    """What to write instead."""
    schema = _property(model, key)
    if any(isinstance(item, Dim) for item in (value if isinstance(value, tuple) else (value,))):
        return "the input leaves this size open: give it a number for that dimension"
    if isinstance(value, float) and value == int(value):
        return "write `//` for a division that gives an integer"
    if isinstance(value, str) and value in BOOLEANS and "true or false" in _words(schema):
        return f"`{value}` is a string in YAML 1.2; write `{BOOLEANS[value]}`"
    choices = _choices(schema)
    return (did_you_mean(value, choices) if isinstance(value, str) else "") or describe(model, key) or _purpose(model)


def _mended(model: type[BaseModel], key: str, value: Any, at: Span) -> Fix | None:
    """What can only be meant: a boolean in words of YAML 1.1, a choice misspelt, a whole number as a float."""
    schema = _property(model, key)
    if isinstance(value, str) and "true or false" in _words(schema):
        return boolean(value, at)
    if isinstance(value, str):
        return correction(value, _choices(schema), at)
    if isinstance(value, float) and value == int(value) and "an integer" in _words(schema):
        return replacement(at, at.text, str(int(value))) if _FLOAT.fullmatch(at.text) else None
    return None


def boolean(value: str, at: Span) -> Fix | None:
    """`true` or `false` for a word that was one in YAML 1.1; the quotes around it go, too."""
    is_written = at.text.strip("\"'") == value and not anchored(at)
    return Fix(at, BOOLEANS[value]) if value in BOOLEANS and is_written else None


_FLOAT = re.compile(r"[-+]?\d+\.0*")

BOOLEANS = {
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
        items = schema.get("items", {})
        pattern = _PATTERNS.get(items.get("pattern"))
        return f"a list, each {pattern}" if pattern else "a list" + _MANY.get(str(items.get("type")), "")
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
    if low is not None and high is not None and high < 2**31 - 1:
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
    text = str(value) if isinstance(value, Dim) else f"'{value}'" if isinstance(value, str) else repr(value)
    return text if len(text) <= 60 else text[:57] + "…"
