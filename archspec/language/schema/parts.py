"""The JSON Schema of what stands inside nodes: initializers, default norms, shortcuts, branches, keys of every node."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache
from typing import Any

from pydantic import BaseModel, TypeAdapter

from archspec.language.combinators import Shortcut
from archspec.language.models import REF
from archspec.language.schema.snippets import example, with_snippet
from archspec.language.schema.terms import (
    EXPRESSION,
    NAME,
    NULL,
    Schema,
    alternatives,
    convert,
    documented,
    inlined,
    keyed,
    ref,
    union,
)
from archspec.ops.base import Op
from archspec.ops.initializers import Initializer

NODES: Schema = {"type": "array", "items": ref("node")}
BRANCHES: Schema = {"type": "array", "items": ref("branch"), "minItems": 1}
_INITIALIZER: Schema = TypeAdapter(Initializer).json_schema()


def mapping(properties: dict[str, Schema], **more: Any) -> Schema:
    """A mapping with these keys, and no others unless `additionalProperties` says so."""
    return {"type": "object", "properties": properties, "additionalProperties": False, **more}


def or_null(schema: Schema) -> Schema:
    """A documented reference, or null."""
    return {
        **{key: value for key, value in schema.items() if key != "$ref"},
        "if": NULL,
        "else": {"$ref": schema["$ref"]},
    }


def arguments_of(model: type[BaseModel], needed: Collection[str]) -> dict[str, Schema]:
    """The arguments of a node, documented: one that need not be given may be null, which leaves it out."""
    found = fields(model, True)
    for key, value in properties(model).items():
        if key in needed or REF in value:
            continue
        if "$ref" in found[key]:
            found[key] = or_null(found[key])
        elif "type" in found[key]:
            usual = {name: found[key][name] for name in ("default",) if name in found[key]}
            schema = union(*alternatives(value, True), NULL)
            found[key] = {**documented(schema, found[key]["markdownDescription"]), **usual}
    return found


def fields(model: type[BaseModel], expressions: bool) -> dict[str, Schema]:
    """The properties of a model, documented."""
    found = {}
    for key, value in properties(model).items():
        text, default = value.get("description") or f"The argument `{key}`.", value.get("default")
        if value.get("anyOf") == _INITIALIZER["anyOf"]:
            found[key] = documented(ref("initializer"), text, default and default["name"])
        elif value.get("anyOf") == [*_INITIALIZER["anyOf"], NULL]:
            found[key] = documented({"if": NULL, "else": ref("initializer")}, text)
        else:
            found[key] = documented(convert(value, expressions), text, default)
    return found


def properties(model: type[BaseModel]) -> dict[str, Schema]:
    """The properties of a model as pydantic gives them."""
    found: dict[str, Schema] = raw(model)["properties"]
    return found


@cache
def raw(model: type[BaseModel]) -> Schema:
    """The JSON Schema of a model as pydantic gives it; not to be changed."""
    return inlined(model.model_json_schema())


def parts(ops: dict[str, type[Op]]) -> dict[str, Schema]:
    """The definitions of this file."""
    return {**_common(), **_in_force(ops), "initializer": _initializer(), **_shortcut(ops["norm"]), **_branches()}


def _common() -> dict[str, Schema]:
    """The keys of every node."""
    where = "Reference to the value to receive instead of the previous node's; `.` is the current value."
    when = union({"type": ["boolean", "number"]}, EXPRESSION, NULL)
    return {
        "name": documented(union(NAME, NULL), "Name of the module, part of its keys in `state_dict`."),
        "from": documented(union(NAME, NULL), where),
        "when": documented(when, "Condition for including the node."),
        "tie": documented(union(NAME, NULL), "An earlier node or block whose parameters of the same name these are."),
    }


def _in_force(ops: dict[str, type[Op]]) -> dict[str, Schema]:
    """`norm` and `act` of a spec, a stage or a call: a type, or `{type: …}` with arguments."""
    found = {}
    for name, text in (("norm", "The default normalization"), ("act", "The default activation")):
        kinds = alternatives(properties(ops[name])["type"], True)
        full = mapping(fields(ops[name], True), required=["type"])
        schema = documented(union(full, *kinds), f"{text}, used by every `{name}` without a type.")
        found[name] = with_snippet(schema, name, example(properties(ops[name])["type"]))
    return found


def weights(cls: type[Op]) -> Schema:
    """`init` of an op: an initializer for each of its weights, or for the one that bears the node's own name."""
    if cls.weight_names() == ("",):
        return documented(ref("initializer"), f"Initialization of the parameter of `{cls.name}`.")
    names = {
        key: documented(ref("initializer"), f"Initialization of `{key}` of `{cls.name}`.") for key in cls.weight_names()
    }
    text = f"Initialization of the weights of `{cls.name}`. Default: as in torch."
    return documented(union(mapping(names), EXPRESSION), text)


def _initializer() -> Schema:
    found = convert(_INITIALIZER, True)
    for name, schema in found["properties"].items():
        for key, argument in schema.get("properties", {}).items():
            schema["properties"][key] = documented(argument, f"The argument `{key}` of `torch.nn.init.{name}_`.")
        found["properties"][name] = documented(schema, f"As `torch.nn.init.{name}_`.")
    return documented(found, "An initializer of `torch.nn.init`: its name, or `{name: arguments}`.")


def _shortcut(norm: type[Op]) -> dict[str, Schema]:
    own = fields(Shortcut, True)
    own["norm"] = documented(ref("norm_of_shortcut"), own["norm"]["description"])
    rules = [
        {"if": named("policy", "always"), "then": {"required": ["layers"]}},
        {"if": {"required": ["layers"]}, "then": keyed({"policy": _only("auto", "always")})},
        {"if": named("side", "both"), "then": {"required": ["policy"], **keyed({"policy": _only("pad")})}},
    ]
    policy = alternatives(properties(Shortcut)["policy"], True)
    text = "Path of the input: a policy, a list of nodes, or `{policy: …}` in full."
    kinds = alternatives(properties(norm)["type"], True)
    # a projection's norm takes from the default one what it leaves out
    partial = union(mapping(fields(norm, True)), NULL, *kinds)
    return {
        "shortcut": documented(union(mapping(own, allOf=rules), NULL, NODES, *policy), text),
        "norm_of_shortcut": documented(partial, "The normalization of a projection; by default the one in force."),
    }


def named(key: str, value: str) -> Schema:
    """What holds where a key has a value."""
    return {**keyed({key: {"enum": [value]}}), "required": [key]}


def _only(*values: str) -> Schema:
    return union({"type": "string", "enum": list(values)}, EXPRESSION)


def _branches() -> dict[str, Schema]:
    inside = {"when": ref("when"), "layers": documented(ref("nodes"), "The nodes of the branch.")}
    branch = union(NODES, mapping(inside))
    named: Schema = {"type": "object", "additionalProperties": ref("branch"), "minProperties": 1}
    return {
        "branch": documented(branch, "The nodes of a branch, or `{when: …, layers: […]}`."),
        "branches": documented(union(named, BRANCHES), "The branches: a mapping gives them names, a list does not."),
    }
