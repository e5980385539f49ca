"""The JSON Schema of nodes: ops, combinators and calls of blocks, each with its arguments."""

from __future__ import annotations

from inspect import cleandoc

from pydantic import BaseModel

from archspec.language.combinators import COMBINATORS, Combinator
from archspec.language.models import PARAMETER
from archspec.language.nodes import COMMON
from archspec.language.schema import snippets
from archspec.language.schema.parts import (
    BRANCHES,
    NODES,
    arguments_of,
    mapping,
    named,
    or_null,
    parts,
    properties,
    raw,
    weights,
)
from archspec.language.schema.snippets import with_snippet
from archspec.language.schema.terms import (
    EXPRESSION,
    NULL,
    TEXT,
    Schema,
    alternatives,
    documented,
    ref,
    union,
)
from archspec.language.schema.uses import Use, uses
from archspec.language.spec import BlockSpec, ParameterSpec
from archspec.ops import Op
from archspec.records import record
from archspec.source.tree import plain

_TYPES = {"int": "integer", "float": "number", "bool": "boolean", "str": "string", "list": "array", "ref": "string"}


@record
class Vocabulary:
    """What a node may be. `open` says that there may be further blocks, which are not known."""

    ops: dict[str, type[Op]]
    blocks: dict[str, BlockSpec]
    open: bool

    @property
    def names(self) -> list[str]:
        """All names, in the order in which they are looked for."""
        return list(dict.fromkeys([*COMBINATORS, *self.blocks, *self.ops]))

    def required(self, name: str) -> list[str]:
        """The arguments that a node needs."""
        if name in self.blocks and name not in COMBINATORS:
            parameters = self.blocks[name].parameters.values()
            return [p.name for p in parameters if p.default is None and p.type != "layers"]
        return _needed(COMBINATORS.get(name) or self.ops[name])


def _needed(model: type[BaseModel]) -> list[str]:
    """The arguments that a node of an op or a combinator needs."""
    if getattr(model, "name", "") in ("norm", "act"):
        return []  # without a type, they are the default ones
    found: list[str] = raw(model).get("required", [])
    return found


def definitions(words: Vocabulary) -> dict[str, Schema]:
    """The definitions of nodes and of what stands in them."""
    found = {"nodes": documented(NODES, "A list of nodes."), "node": _node(words)}
    for name in words.names:
        if name in COMBINATORS:
            schema = _stage(words) if name == "stage" else _combinator(name, COMBINATORS[name])
        else:
            schema = _block(words.blocks[name], words) if name in words.blocks else _op(words.ops[name])
        found[f"node_{name}"] = schema
    if words.open:
        known = {"properties": {**_refs(*COMMON, "norm", "act", "tie")}}
        found["call"] = documented(known, "A call of a block: its arguments, or only the principal one.")
    return {**found, **parts(words.ops)}


def _node(words: Vocabulary) -> Schema:
    """A name, or a mapping with one key: its op, combinator or block."""
    body = {
        "properties": {name: ref(f"node_{name}") for name in words.names},
        "additionalProperties": ref("call") if words.open else False,
        "minProperties": 1,
        "maxProperties": 1,
    }
    if words.open:
        # the enumeration only tells editors what to offer: names that stand alone
        alone = {"enum": [name for name in words.names if not words.required(name) and name != "stage"]}
        shape = {"type": ["string", "object"], "anyOf": [alone, {"pattern": PARAMETER}]}
        body["propertyNames"] = {"pattern": PARAMETER}
    else:
        shape = {"type": ["string", "object"], "anyOf": [{"enum": words.names}, {"type": "object"}]}
    return documented({**shape, **body}, "An op, a combinator or a block: its name, or `{name: arguments}`.")


def _refs(*keys: str) -> dict[str, Schema]:
    return {key: ref(key) for key in keys}


def _value(arguments: Schema, bare: list[Schema]) -> Schema:
    """What stands behind the name of a node: arguments, nothing, or the principal argument, which is no mapping."""
    return union(arguments, NULL, *(part for part in bare if part.get("type") != "object"))


def _others(model: type[BaseModel]) -> Schema | bool:
    """What stands behind the keys that a model does not name: sizes of axes, or nothing."""
    more = raw(model).get("additionalProperties", False)
    return union(*alternatives(more, True), NULL) if isinstance(more, dict) else bool(more)


def _op(cls: type[Op]) -> Schema:
    own = {**arguments_of(cls, _needed(cls)), **_refs(*COMMON)}
    if cls.weight_names() and "init" not in own:
        own["init"] = _or_null(weights(cls))
    if cls.weight_names():
        own.setdefault("tie", ref("tie"))
    arguments = mapping(own, additionalProperties=_others(cls))
    bare = alternatives(properties(cls)[cls.principal], True) if cls.principal else []
    text = cleandoc(cls.__doc__ or "")
    schema = documented(_value(arguments, bare), text.partition("\n")[0], markdown=text)
    needed = raw(cls).get("required", []) or ([cls.principal] if cls.principal else [])
    made_up = snippets.arguments({key: properties(cls)[key] for key in needed}, cls.principal)
    values = snippets.VALUES.get(cls.name, made_up)
    if cls.beside:
        values = {"name": cls.name, **(values if isinstance(values, dict) else {cls.principal: values})}
    return with_snippet(schema, cls.name, values) if needed else schema


def _or_null(schema: Schema) -> Schema:
    """The initializers of a node, or null, which leaves them out."""
    return or_null(schema) if "$ref" in schema else {**schema, "type": [*schema["type"], "null"]}


def _combinator(name: str, model: type[Combinator]) -> Schema:
    common = [key for key in COMMON if name != "slot" or key != "name"]
    arguments = mapping({**_refs(*common), **arguments_of(model, _needed(model))}, additionalProperties=_others(model))
    bare: list[Schema] = []
    if model.principal in model.lists():
        bare = [NODES]
    elif model.principal is not None:
        bare = [BRANCHES] if name == "parallel" else alternatives(properties(model)[model.principal], True)
    schema = documented(_value(arguments, bare), cleandoc(model.__doc__ or "").partition("\n")[0])
    return with_snippet(schema, name, snippets.VALUES[name])


def _stage(words: Vocabulary) -> Schema:
    """Its own keys, and the arguments of its block: any, unless the block is a known one."""
    model = COMBINATORS["stage"]
    own_keys = properties(model)
    own = {**_refs(*COMMON), **arguments_of(model, _needed(model))}
    known: Schema = {"type": "string", "enum": list(words.blocks)}
    other = own_keys["block"]["anyOf"][0] if words.open else EXPRESSION
    block = {"type": "string", "anyOf": [known, other]}
    for key, schema in (("block", block), ("first", {"type": "object"}), ("names", TEXT)):
        own[key] = documented(schema, own_keys[key]["description"])
    beside = {"propertyNames": {"enum": [*COMMON, "layers", "norm", "act"]}}
    rules = [{"if": named("block", name), "then": _arguments(words.blocks[name], list(own))} for name in words.blocks]
    arguments = mapping(own, additionalProperties=True, dependencies={"layers": beside}, allOf=rules)
    schema = documented(_value(arguments, []), cleandoc(model.__doc__ or "").partition("\n")[0])
    return with_snippet(schema, "stage", snippets.VALUES["stage"])


def _arguments(block: BlockSpec, others: list[str]) -> Schema:
    """The arguments of a stage that calls a block: those of the block, beside the stage's own."""
    found = {name: ref(f"node_{block.name}/properties/{name}") for name in block.parameters}
    first = {"properties": found, "propertyNames": {"enum": [*found, *COMMON, "norm", "act", "tie"]}}
    return {
        "properties": {**found, "first": first},
        "propertyNames": {"enum": [*(key for key in others if key != "stride"), *found]},
    }


def _block(block: BlockSpec, words: Vocabulary) -> Schema:
    known = uses(block, words.blocks, words.ops)
    own = {name: _parameter(found, known.get(name)) for name, found in block.parameters.items()}
    arguments = mapping({**_refs("tie"), **own, **_refs(*COMMON, "norm", "act")})
    text = block.description or f"The block `{block.name}`."
    if not block.parameters:
        return documented(_value(arguments, []), text)
    principal = next(iter(block.parameters.values()))
    first = parameter(principal, known.get(principal.name))
    anything = {key: value for key, value in arguments.items() if key != "type"}
    schema = documented(_value(arguments, first) if first else anything, text)
    needed = [p for p in block.parameters.values() if p.name in words.required(block.name)]
    values = {p.name: snippets.example(_pattern(p, known.get(p.name))) for p in needed}
    alone = list(values) == [block.principal]
    return with_snippet(schema, block.name, values[principal.name] if alone else values) if values else schema


def _pattern(found: ParameterSpec, use: Use | None) -> Schema:
    """What values of a parameter are like: what it is used for, or as it is declared."""
    used = {} if use is None else properties(use.model)[use.key]
    if found.choices is not None or found.least is not None or found.type in ("list", "ref") or not used:
        return {**parameter(found, None)[0]} if parameter(found, None) else {}
    return used


def _parameter(found: ParameterSpec, use: Use | None) -> Schema:
    default = None if found.default is None else plain(found.default.tree)
    allowed = parameter(found, use)
    if allowed and found.default is not None:
        allowed = [*allowed, NULL]
    of_use = "" if use is None else properties(use.model)[use.key].get("description", "")
    text = found.description or of_use or f"The parameter `{found.name}`."
    return documented(union(*allowed) if allowed else {}, text, default)


def parameter(found: ParameterSpec, use: Use | None) -> list[Schema]:
    """The alternatives for the value of a parameter of a block; none at all if it takes anything. What it is used for
    says what its declaration leaves open."""
    bounds = {"minimum": found.least, "maximum": found.most}
    limits = {key: int(n) if n == int(n) else n for key, n in bounds.items() if n is not None}
    if found.type == "layers":
        return [NODES, EXPRESSION]
    if found.type == "refs":
        one = ["string", "integer", "null"]
        items = {"type": [*one, "array"], "items": {"type": one}}
        return [{"type": "array", "items": items}, {"type": "string"}, EXPRESSION]
    if found.choices is not None:
        return [{"enum": [list(c) if isinstance(c, tuple) else c for c in found.choices]}, EXPRESSION]
    used = [] if use is None else alternatives(properties(use.model)[use.key], True)
    if found.type is None:
        return [{"type": "number", **limits}, EXPRESSION] if limits else used
    kind = _TYPES[found.type]
    open_ = (part for part in used if part.get("type") == kind and "enum" not in part and part != EXPRESSION)
    same = next(open_, {})
    return [{**same, "type": kind, **limits}, EXPRESSION]
