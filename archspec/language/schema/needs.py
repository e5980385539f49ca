"""The JSON Schema of what a node cannot do without.

Arguments that `defaults` give may be left out, so what is required is said apart, and holds only where no defaults can
be at work: a second, small set of definitions that runs along the nodes of a file.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from archspec.language.combinators import COMBINATORS
from archspec.language.models import Kind
from archspec.language.schema.nodes import Vocabulary
from archspec.language.schema.parts import named
from archspec.language.schema.terms import NULL, Schema, keyed, ref

NODE = ref("needs_of_node")
NODES: Schema = {"items": NODE}
SOMETHING = ["object", "array", "string", "number", "boolean"]


_BRANCH = ref("needs_of_branch")
_RECORDS: dict[Kind, Schema] = {
    "nodes": NODES,
    "shortcut": {**NODES, **keyed({"layers": NODES})},
    "branches": {"items": _BRANCH, "additionalProperties": _BRANCH},
}
"""Where nodes stand in what a key of a combinator holds."""


def needs(words: Vocabulary, given: Mapping[str, Collection[str]]) -> dict[str, Schema]:
    """The definitions; `given` are the arguments that defaults give, by op or block."""
    nodes: dict[str, Schema] = {}
    needing: list[str] = []
    for name in words.names:
        missing = [key for key in words.required(name) if key not in given.get(name, ())]
        schema = _inside(words, name)
        if missing:
            needing.append(name)
            alone = missing == [_principal(words, name)]
            schema = {"type": SOMETHING if alone else "object", **_required(words, name, missing), **schema}
        if name == "stage" and not {"block", "layers"} & set(given.get(name, ())):
            needing.append(name)
            either = [{"required": ["block"]}, {"required": ["layers"]}]
            schema = {"type": "object", "anyOf": either, **schema, "allOf": _of_blocks(words, given)}
        if schema:
            nodes[name] = schema
    branch = {**NODES, "required": ["layers"], **keyed({"layers": NODES})}
    sections = {**dict.fromkeys(("stem", "head", "layers"), NODES), "stages": {"items": nodes["stage"]}}
    return {
        "needs_of_node": {"not": {"enum": needing}, **keyed(nodes)},
        "needs_of_branch": branch,
        "needs_of_block": keyed({"params": {"additionalProperties": _DEFAULT}, "layers": NODES}),
        "needs_of_file": keyed({**sections, "blocks": {"additionalProperties": ref("needs_of_block")}}),
    }


def _required(words: Vocabulary, name: str, missing: list[str]) -> Schema:
    """What must be given, or what may be in its stead."""
    instead = words.ops[name].instead if name in words.ops else ()
    if not instead:
        return _given(missing) if name in words.ops else {"required": missing}
    return {"anyOf": [_given(missing), *[_given([key]) for key in instead]]}


def _given(keys: list[str]) -> Schema:
    """Arguments that are there, and not null, which would leave them out."""
    return {"required": keys, **keyed({key: {"not": NULL} for key in keys})}


def _of_blocks(words: Vocabulary, given: Mapping[str, Collection[str]]) -> list[Schema]:
    """What a stage gives the block that it calls; `first` may do it, too."""
    found = []
    for name in words.blocks:
        if missing := [key for key in words.required(name) if key not in given.get(name, ())]:
            called = {"allOf": [named("block", name), {"not": {"required": ["first"]}}]}
            found.append({"if": called, "then": {"required": missing}})
    return found


_DEFAULT: Schema = {
    "if": named("type", "layers"),
    "then": keyed({"default": NODES}),
}


def without_defaults(words: Vocabulary) -> Schema:
    """What `defaults` must be like for nothing required to be left out."""
    given: dict[str, list[str]] = {**{name: words.required(name) for name in words.names}, "stage": ["block", "layers"]}
    return keyed({name: keyed({key: {"not": {}} for key in keys}) for name, keys in given.items() if keys})


def _principal(words: Vocabulary, name: str) -> str | None:
    """The argument that a bare value stands for."""
    if name in COMBINATORS:
        return COMBINATORS[name].principal
    return words.blocks[name].principal if name in words.blocks else words.ops[name].principal


def _inside(words: Vocabulary, name: str) -> Schema:
    """Where there are nodes in a node."""
    if name in COMBINATORS:
        model = COMBINATORS[name]
        places = {key: _RECORDS[kind] for key, kind in model.kinds().items() if kind in _RECORDS}
        bare = places.get(model.principal or "", {})
        # a mapping that stands for itself is the node's arguments
        bare = {key: value for key, value in bare.items() if key == "items"}
        return {**bare, **keyed(places)} if places else {}
    if name in words.blocks:
        parameters = list(words.blocks[name].parameters.values())
        places = {p.name: NODES for p in parameters if p.type == "layers"}
        bare = NODES if parameters and parameters[0].type == "layers" else {}
        return {**bare, **keyed(places)} if places else {}
    return {}
