"""What the JSON Schema of a spec lets stand at a path: keys of mappings, and values."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from archspec.editor.spot import Step

Schema = dict[str, Any]
_DEPTH = 12


class Place(NamedTuple):
    """The schemas of a value, one for each alternative, without references; `names` are those of the definitions."""

    schemas: tuple[Schema, ...]
    names: frozenset[str]

    @property
    def keys(self) -> dict[str, Schema]:
        """The keys that its schemas know."""
        found: dict[str, Schema] = {}
        for schema in self.schemas:
            for key, value in schema.get("properties", {}).items():
                if isinstance(value, dict):
                    found.setdefault(key, value)
        return found

    @property
    def values(self) -> list[Any]:
        """The values among which a scalar is to be."""
        found = [value for schema in self.schemas for value in schema.get("enum", ())]
        booleans = any("boolean" in types_of(one) or isinstance(one.get("default"), bool) for one in self.schemas)
        return list(dict.fromkeys([*(v for v in found if v is not None), *(["true", "false"] if booleans else [])]))

    @property
    def types(self) -> set[str]:
        """The types that a value may have; none at all where it may have any."""
        return {kind for schema in self.schemas for kind in types_of(schema)}


def types_of(schema: Schema) -> list[str]:
    """The types that a schema names."""
    kind = schema.get("type", [])
    return [kind] if isinstance(kind, str) else list(kind)


def place(root: Schema, path: tuple[Step, ...], around: tuple[Mapping[str, str | None], ...]) -> list[Place]:
    """What stands at each step of a path, from the whole file to its end; `around` are the keys beside each step."""
    found = [_place(root, [root], around[0], path[:1])]
    for number, step in enumerate(path):
        inner = [one for schema in found[-1].schemas for one in _inside(schema, step)]
        found.append(_place(root, inner, around[number + 1], path[number + 1 : number + 2]))
    return found


def _inside(schema: Schema, step: Step) -> Iterator[Schema]:
    if isinstance(step, int):
        items = schema.get("items")
        yield from (items if isinstance(items, list) else [items] if isinstance(items, dict) else [])
        return
    known = schema.get("properties", {}).get(step)
    more = schema.get("additionalProperties")
    if isinstance(known, dict):
        yield known
    elif isinstance(more, dict):
        yield more


def _place(root: Schema, schemas: list[Schema], given: Mapping[str, str | None], own: tuple[Step, ...]) -> Place:
    names: set[str] = set()
    known = {**given, **{step: None for step in own if isinstance(step, str)}}
    flat = [one for schema in schemas for one in _flat(root, schema, known, names, 0)]
    return Place(tuple(flat), frozenset(names))


def _flat(
    root: Schema, schema: Schema, given: Mapping[str, str | None], names: set[str], depth: int
) -> Iterator[Schema]:
    if depth > _DEPTH or not isinstance(schema, dict):
        return
    yield schema
    inner: list[Schema] = (
        [*schema.get("allOf", ()), *schema.get("anyOf", ())] if depth or "$schema" not in schema else []
    )
    if "$ref" in schema:
        target: Any = root
        for part in schema["$ref"].split("/")[1:]:
            target = target[part]
        if schema["$ref"].count("/") == 2:
            names.add(schema["$ref"].rpartition("/")[2])
        inner.append(target)
    if "if" in schema and ("then" in schema or "else" in schema):
        holds = _holds(schema["if"], given)
        inner += [
            schema[key]
            for key, wanted in (("then", True), ("else", False))
            if key in schema and holds is not (not wanted)
        ]
    for one in inner:
        yield from _flat(root, one, given, names, depth + 1)


def _holds(condition: Schema, given: Mapping[str, str | None]) -> bool | None:
    """Whether a condition holds for a mapping with these keys; None where that cannot be told."""
    if "required" in condition:
        if not all(key in given for key in condition["required"]):
            return False
        for pattern, schema in condition.get("patternProperties", {}).items():
            for key, value in given.items():
                if "enum" in schema and re.search(pattern, key):
                    return value in schema["enum"]
        return True if "patternProperties" not in condition else None
    return None


def fitting_keys(found: Place, given: Mapping[str, str | None]) -> dict[str, Schema]:
    """The keys that can be added to a mapping that has those that are given."""
    keys = {key: schema for key, schema in found.keys.items() if key not in given}
    for schema in found.schemas:
        if given and schema.get("maxProperties") == 1:
            return {}
        names = schema.get("propertyNames", {})
        if "enum" in names:
            keys = {key: value for key, value in keys.items() if key in names["enum"]}
        for key, rule in schema.get("dependencies", {}).items():
            refused = {name for name, value in rule.get("properties", {}).items() if value is False}
            among = rule.get("propertyNames", {}).get("enum")
            if key in given:
                keys = {k: v for k, v in keys.items() if k not in refused and (among is None or k in among)}
            elif refused & given.keys() or (among is not None and given.keys() - {*among}):
                keys.pop(key, None)
    return keys
