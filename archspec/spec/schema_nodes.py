"""The JSON Schema of nodes: ops, combinators and calls of blocks, each with its arguments."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from inspect import cleandoc
from typing import Any

from pydantic import BaseModel, TypeAdapter

from archspec.ops.base import Op
from archspec.ops.initializers import Initializer
from archspec.source import tree as trees
from archspec.spec.models import COMBINATORS, PARAMETER, Combinator, Shortcut
from archspec.spec.nodes import COMMON
from archspec.spec.schema_terms import (
    EXPRESSION,
    NULL,
    TEXT,
    Schema,
    alternatives,
    convert,
    documented,
    inlined,
    ref,
    union,
)
from archspec.spec.spec import BlockSpec, ParameterSpec

_OBJECT: Schema = {"type": "object"}
_KINDS = {"int": "integer", "float": "number", "bool": "boolean", "str": "string", "list": "array", "ref": "string"}
_INITIALIZER: Schema = TypeAdapter(Initializer).json_schema()


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What a node may be. `open` says that there may be further blocks, which are not known."""

    ops: Mapping[str, type[Op]]
    blocks: Mapping[str, BlockSpec]
    open: bool

    @property
    def names(self) -> list[str]:
        """All names, in the order in which they are looked for."""
        return list(dict.fromkeys([*COMBINATORS, *self.blocks, *self.ops]))


def definitions(words: Vocabulary) -> dict[str, Schema]:
    """The definitions of nodes and of what stands in them."""
    found = {"nodes": documented({"type": "array", "items": ref("node")}, "A list of nodes."), "node": _node(words)}
    for name in words.names:
        if name in COMBINATORS:
            found[f"node_{name}"] = _combinator(name, COMBINATORS[name], words)
        elif name in words.blocks:
            found[f"node_{name}"] = _block(words.blocks[name])
        else:
            found[f"node_{name}"] = _op(words.ops[name])
    if words.open:
        call = {"properties": {**_common(COMMON), "norm": ref("norm"), "act": ref("act")}}
        found["call"] = documented(call, "The call of a block: its arguments, or its principal one alone.")
    return {**found, **_common_definitions(), **_defaults_in_force(words), **_inside(), "initializer": _initializer()}


def _node(words: Vocabulary) -> Schema:
    """A name, or a mapping with one key: its op, combinator or block."""
    rest: Schema = {"type": ["string", "object"], "pattern": PARAMETER} if words.open else _OBJECT
    return {
        **documented({}, "An op, a combinator or a block: its name, or `{name: arguments}`."),
        "type": ["string", "object"],
        "anyOf": [{"enum": words.names}, rest],
        "properties": {name: ref(f"node_{name}") for name in words.names},
        "additionalProperties": ref("call") if words.open else False,
        **({"propertyNames": {"pattern": PARAMETER}} if words.open else {}),
        "minProperties": 1,
        "maxProperties": 1,
    }


def fields(model: type[BaseModel], expressions: bool) -> dict[str, Schema]:
    """The properties of a model, documented."""
    raw = inlined(model.model_json_schema())["properties"]
    found = {}
    for key, value in raw.items():
        same = {k: v for k, v in value.items() if k in ("anyOf", "type")} == _INITIALIZER
        schema = ref("initializer") if same else convert(value, expressions)
        found[key] = documented(schema, value.get("description") or f"The argument `{key}`.", value.get("default"))
    return found


def _common(keys: Iterable[str]) -> dict[str, Schema]:
    return {key: ref(key) for key in COMMON if key in keys}


def _common_definitions() -> dict[str, Schema]:
    where = "The reference whose value it receives, instead of the previous node's; `.` is the current value."
    return {
        "name": documented({"type": ["string", "integer"]}, "The name of the module: a part of its keys in state_dict."),
        "from": documented(TEXT, where),
        "when": documented(
            union({"type": ["boolean", "number"]}, EXPRESSION), "The condition under which the node stands.", True
        ),
    }


def _op(cls: type[Op]) -> Schema:
    raw = inlined(cls.model_json_schema())
    properties = {**fields(cls, True), **_common(COMMON)}
    if cls.weight_names() and "init" not in properties:
        properties["init"] = weights(cls)
    more = raw.get("additionalProperties", False)
    arguments = {
        **_OBJECT,
        "properties": properties,
        "additionalProperties": convert(more, True) if isinstance(more, dict) else more,
    }
    bare = alternatives(raw["properties"][cls.principal], True) if cls.principal else []
    markdown = cleandoc(cls.__doc__ or "")
    return documented(_value(arguments, bare), markdown.partition("\n")[0], markdown=markdown)


def _value(arguments: Schema, bare: list[Schema]) -> Schema:
    """What stands behind the name of a node: arguments, nothing, or the principal argument, which is no mapping."""
    return union(arguments, NULL, *(part for part in bare if part.get("type") != "object"))


def weights(cls: type[Op]) -> Schema:
    """`init` of an op: an initializer for each of its weights."""
    properties = {
        name: documented(ref("initializer"), f"How `{name}` of `{cls.name}` starts.") for name in cls.weight_names()
    }
    found = {**_OBJECT, "properties": properties, "additionalProperties": False}
    return documented(union(found, EXPRESSION), f"How the weights of `{cls.name}` start; by default as in torch.")


def _initializer() -> Schema:
    found = convert(_INITIALIZER, True)
    for name, schema in found["properties"].items():
        for key, argument in schema.get("properties", {}).items():
            schema["properties"][key] = documented(argument, f"The argument `{key}` of `torch.nn.init.{name}_`.")
        found["properties"][name] = documented(schema, f"As `torch.nn.init.{name}_`.")
    return documented(found, "An initializer of `torch.nn.init`: its name, or `{name: arguments}`.")


def _combinator(name: str, model: type[Combinator], words: Vocabulary) -> Schema:
    keys = [key for key in COMMON if name != "slot" or key != "name"]
    properties = {**_common(keys), **fields(model, True)}
    arguments: Schema = {**_OBJECT, "properties": properties, "additionalProperties": False}
    if name == "stage":
        block = union({"enum": [b for b in words.blocks]}, TEXT if words.open else EXPRESSION)
        properties["block"] = documented(block, "The block.")
        properties["names"] = documented(TEXT, properties["names"]["description"])
        del arguments["additionalProperties"]
        alone = {"enum": [*COMMON, "layers", "norm", "act"]}
        arguments["dependencies"] = {"layers": {"propertyNames": alone}}
    bare: list[Schema] = []
    if model.principal is not None:
        own = model.model_json_schema()["properties"][model.principal]
        bare = {"layers": [_LIST], "body": [_LIST], "branches": [_BRANCHES]}.get(model.principal) or alternatives(
            own, True
        )
    return documented(_value(arguments, bare), cleandoc(model.__doc__ or "").partition("\n")[0])


_LIST: Schema = {"type": "array", "items": ref("node")}
_BRANCHES: Schema = {"type": "array", "items": ref("branch"), "minItems": 1}


def _block(block: BlockSpec) -> Schema:
    properties = {name: _documented_parameter(p) for name, p in block.parameters.items()}
    taken = {**properties, **_common(COMMON), "norm": ref("norm"), "act": ref("act")}
    arguments = {**_OBJECT, "properties": taken, "additionalProperties": False}
    text = block.description or f"The block `{block.name}`."
    first = next(iter(block.parameters.values()), None)
    if first is None:
        return documented(_value(arguments, []), text)
    bare = parameter(first)
    if not bare:
        return documented({key: value for key, value in arguments.items() if key != "type"}, text)
    return documented(_value(arguments, bare), text)


def parameter(found: ParameterSpec) -> list[Schema]:
    """The values that a parameter of a block may have; none at all if it takes any."""
    bounds = {"minimum": found.least, "maximum": found.most}
    limits = {key: _whole(value) for key, value in bounds.items() if value is not None}
    if found.type == "layers":
        return [_LIST, EXPRESSION]
    if found.choices is not None:
        return [{"enum": [list(c) if isinstance(c, tuple) else c for c in found.choices]}, EXPRESSION]
    if found.type is None:
        return [{"type": "number", **limits}, EXPRESSION] if limits else []
    return [{"type": _KINDS[found.type], **limits}, EXPRESSION]


def _documented_parameter(found: ParameterSpec) -> Schema:
    default = None if found.default is None else trees.plain(found.default.tree)
    allowed = parameter(found)
    text = found.description or f"The parameter `{found.name}`."
    return documented(union(*allowed) if allowed else {}, text, default)


def _whole(number: float) -> float:
    return int(number) if number == int(number) else number


def _defaults_in_force(words: Vocabulary) -> dict[str, Schema]:
    """`norm` and `act` of a spec, a stage or a call: the type, or `{type: …}` with arguments."""
    found = {}
    for name, text in (("norm", "The default normalization"), ("act", "The default activation")):
        cls = words.ops[name]
        kinds = alternatives(cls.model_json_schema()["properties"]["type"], True)
        full = {**_OBJECT, "properties": fields(cls, True), "required": ["type"], "additionalProperties": False}
        found[name] = documented(union(full, *kinds), f"{text}, used by every `{name}` that names no type.")
    changes = {**full, "properties": fields(words.ops["norm"], True)}
    del changes["required"]
    kinds = alternatives(words.ops["norm"].model_json_schema()["properties"]["type"], True)
    return {**found, "norm_of_shortcut": union(changes, NULL, *kinds)}


def _inside() -> dict[str, Schema]:
    """Shortcuts and branches."""
    full: dict[str, Any] = {**_OBJECT, "properties": fields(Shortcut, True), "additionalProperties": False}
    full["properties"]["norm"] = documented(ref("norm_of_shortcut"), full["properties"]["norm"]["description"])
    policy = alternatives(Shortcut.model_json_schema()["properties"]["policy"], True)
    layers = documented(ref("nodes"), "The nodes of the branch.")
    branch = {**_OBJECT, "properties": {"when": ref("when"), "layers": layers}, "additionalProperties": False}
    branches = {**_OBJECT, "additionalProperties": ref("branch"), "minProperties": 1}
    return {
        "shortcut": documented(union(full, NULL, _LIST, *policy), "A policy, a list of nodes, or both in full."),
        "branch": documented(union(_LIST, branch), "A list of nodes, or `{when: …, layers: […]}`."),
        "branches": documented(union(branches, _BRANCHES), "The branches: a mapping gives them names."),
    }
