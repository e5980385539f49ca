"""What the JSON Schema rejects in a file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeAlias

from jsonschema import Draft7Validator, ValidationError

Path: TypeAlias = tuple[str | int, ...]


def rejections(tree: Any, schema: dict[str, Any]) -> list[Path]:
    """Where the schema rejects a file given as plain data: keys and positions. Where a key is wrong, or too much, the
    path ends with it."""
    errors = Draft7Validator(schema).iter_errors(tree)
    return list(dict.fromkeys(path for error in errors for path in _paths(error)))


def _paths(error: ValidationError) -> Iterator[Path]:
    path: Path = tuple(error.absolute_path)
    schema: Any = error.schema
    if "propertyNames" in error.absolute_schema_path and isinstance(error.instance, str):
        yield (*path, error.instance)
    elif schema is False:
        yield (str(error.absolute_schema_path[1]),)
    elif error.validator == "additionalProperties":
        yield from ((*path, key) for key in error.instance if key not in schema["properties"])
    else:
        yield path
