"""What the JSON Schema rejects, in the words of the language."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from jsonschema import ValidationError
from jsonschema.exceptions import best_match

from archspec.diagnostics import did_you_mean, listed
from archspec.language.phrases import choices, shown, words_of

_EXPRESSION = ("string", r"\$")
"""What may stand in place of nearly every value, and is none of the things that a message lists."""


_NUMBERS = ("integer", "number")
_OF_NUMBERS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")


def told(error: ValidationError) -> tuple[ValidationError, str, str]:
    """The closest cause of a rejection, what is wrong with it, and what to write."""
    cause = best_match([error]) or error
    if cause.validator in ("additionalProperties", "required"):
        return cause, *_key(cause)
    while cause.parent is not None and cause.parent.instance is cause.instance:
        cause = cause.parent
    schema = _without_expressions(cause.schema)
    words = words_of(schema)
    near = did_you_mean(cause.instance, choices(schema)) if isinstance(cause.instance, str) else ""
    place = cause.absolute_path[-1] if cause.absolute_path else 0
    what = f"`{place}`" if isinstance(place, str) else "this"
    message = f"{what} must be {words}" if words else f"{what} does not fit"
    return cause, f"{message}, found {shown(cause.instance)}", near or "`archspec validate` says more"


def _key(error: ValidationError) -> tuple[str, str]:
    """What is wrong with the keys of a mapping."""
    instance: Any = error.instance
    known = error.schema.get("properties", {}) if isinstance(error.schema, dict) else {}
    if error.validator == "required":
        missing = [key for key in _texts(error.validator_value) if key not in instance]
        return f"{listed(missing)} must be given", f"add `{missing[0]}: …`"
    unknown = [str(key) for key in instance if key not in known]
    what = (
        f"there is no key {listed(unknown)} here" if len(unknown) == 1 else f"there are no keys {listed(unknown)} here"
    )
    return what, did_you_mean(unknown[0], known) or f"known here: {listed(known)}"


def _texts(values: Any) -> Iterable[str]:
    return [str(value) for value in values] if isinstance(values, list) else []


def _without_expressions(schema: Any) -> dict[str, Any]:
    """A schema without what every value may be: an expression."""
    found = dict(schema) if isinstance(schema, dict) else {}
    if isinstance(found.get("type"), list):
        numbers = {key: found.pop(key) for key in _OF_NUMBERS if key in found}
        kinds = [{**found, "type": k, **(numbers if k in _NUMBERS else {})} for k in found.pop("type")]
        return _without_expressions({"anyOf": kinds})
    parts = [_without_expressions(part) for key in ("anyOf", "oneOf") for part in found.pop(key, ())]
    if parts:
        found["anyOf"] = [part for part in parts if (part.get("type"), part.get("pattern")) != _EXPRESSION]
    return found
