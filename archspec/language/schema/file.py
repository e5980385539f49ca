"""The JSON Schema of a file: its keys, what goes with what, and the definitions of everything in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from archspec.language.combinators import COMBINATORS
from archspec.language.definitions import RESERVED
from archspec.language.expressions.expression import FIXED
from archspec.language.models import (
    NODE,
    OF_BLOCKS,
    PARAMETER,
    SECTIONS,
    TYPES,
    Block,
    Budget,
    File,
    Input,
    Lint,
    Parameter,
    Weights,
)
from archspec.language.nodes import COMMON
from archspec.language.phrases import keys
from archspec.language.schema.needs import needs, without_defaults
from archspec.language.schema.nodes import Vocabulary, definitions
from archspec.language.schema.parts import fields, mapping, named, properties, weights
from archspec.language.schema.snippets import VALUES, with_snippet
from archspec.language.schema.terms import (
    EXPRESSION,
    NAME,
    NULL,
    TEXT,
    Schema,
    alternatives,
    convert,
    documented,
    keyed,
    ref,
    union,
)
from archspec.limits import ARGUMENT, PARTS, PATTERN_LENGTH, PATTERNS

_NAMED: Schema = {"pattern": PARAMETER}


def file_schema(words: Vocabulary, defaults: Mapping[str, Any]) -> Schema:
    """The schema of a file with this vocabulary; `defaults` are those of the spec, where it is known."""
    nodes = definitions(words)
    complete: Schema = ref("needs_of_file")
    if words.open:
        left_out = keyed({"defaults": without_defaults(words)})
        complete = {"if": {"allOf": [{"not": _EXTENDS}, left_out]}, "then": complete}
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "archspec",
        **documented({}, "A neural network in the archspec language, or blocks to include in one."),
        "type": "object",
        "properties": _properties(words),
        "required": ["archspec"],
        "additionalProperties": False,
        "dependencies": {
            "inputs": {"properties": {"input": False}},
            "layers": {"properties": dict.fromkeys(SECTIONS, False)},
        },
        "allOf": [{"if": _EXTENDS, "else": _WHOLE}, complete],
        "definitions": {**_sections(words, nodes), **nodes, **needs(words, defaults)},
    }


_LISTS = ("layers", "stem", "head")
_EXTENDS: Schema = {**keyed({"extends": TEXT}), "required": ["extends"]}
_WHOLE: Schema = {
    "if": {"propertyNames": {"enum": list(OF_BLOCKS)}},
    "else": {
        **keyed({**{key: {"not": {"type": "object"}} for key in _LISTS}, "stages": {"type": "array"}}),
        "allOf": [
            keyed({key: {"additionalProperties": {"not": NULL}} for key in ("inputs", "outputs")}),
            {"anyOf": [{"required": ["input"]}, {"required": ["inputs"]}]},
            {"anyOf": [{"required": [key]} for key in ("layers", *SECTIONS)]},
        ],
    },
}
"""What a file that extends none must have: that of a network an input and nodes; that of blocks has nothing else."""


def _properties(words: Vocabulary) -> dict[str, Schema]:
    """The keys of a file."""
    found = fields(File, False)
    names = {**_NAMED, "not": {"enum": [*COMBINATORS, *words.ops]}}
    reference = documented(NAME, "A reference.")
    removed = union(NAME, NULL)
    outputs = {"type": "object", "additionalProperties": {**reference, **removed}, "propertyNames": {"pattern": NODE}}
    listed = {"type": "array", "items": {"type": ["string", "integer"], "pattern": NODE}}
    special = {
        "params": {"type": ["object", "null"], "additionalProperties": ref("value"), "propertyNames": _names()},
        "input": ref("input"),
        "inputs": {
            "type": "object",
            "additionalProperties": _or_null("input"),
            "propertyNames": _NAMED,
            "minProperties": 1,
        },
        "defaults": ref("defaults"),
        "init": ref("init"),
        "blocks": {"type": ["object", "null"], "additionalProperties": _or_null("block"), "propertyNames": names},
        "stages": ref("stages"),
        "outputs": union(outputs, listed, NULL),
        "budget": {**mapping(fields(Budget, True)), "type": ["object", "null"]},
        "lint": mapping(fields(Lint, False)),
        "weights": _weights(),
        **dict.fromkeys(_LISTS, _CHANGES_OR_NODES),
    }
    texts = properties(File)
    return {**found, **{key: documented(schema, texts[key]["description"]) for key, schema in special.items()}}


_CHANGES_OR_NODES: Schema = {
    "if": {"type": "object"},
    "then": {
        "additionalProperties": {
            "type": ["object", "array", "null"],
            "if": {"type": "array"},
            "then": ref("nodes"),
        }
    },
    "else": ref("nodes"),
}
"""A list of nodes or, over a base, a mapping from their names to what changes."""


def _or_null(name: str) -> Schema:
    """A definition, or the null that removes an entry of the base."""
    return {"if": NULL, "else": ref(name)}


def _weights() -> Schema:
    """The section `weights`: patterns, which JSON Schema cannot check further, and their replacements."""
    pattern: Schema = {"type": "string", "minLength": 1, "maxLength": PATTERN_LENGTH}
    text = documented({"type": "string", "maxLength": PATTERN_LENGTH}, "Replacement for each match.")
    number = {"type": "number", "minimum": -ARGUMENT, "maximum": ARGUMENT}
    parts = {"type": "array", "items": text, "minItems": 1, "maxItems": PARTS}
    listed = {"type": "array", "items": pattern, "maxItems": PATTERNS}
    mapped = {
        "type": "object",
        "propertyNames": {"minLength": 1, "maxLength": PATTERN_LENGTH},
        "maxProperties": PATTERNS,
    }
    values = {"rename": text, "add": documented(number, "Number to add."), "split": parts, "concat": parts}
    own = {
        key: documented({**mapped, "additionalProperties": values[key]} if key in values else listed, of["description"])
        for key, of in fields(Weights, False).items()
    }
    return mapping(own)


def _names(*more: str) -> Schema:
    """The names that a parameter may have."""
    return {**_NAMED, "not": {"enum": sorted({*FIXED, *more})}}


def _sections(words: Vocabulary, nodes: Mapping[str, Schema]) -> dict[str, Schema]:
    """The definitions of what stands at the top level and nowhere else."""
    values = fields(Parameter, False)
    of_spec = {
        **values,
        "type": documented(
            union({"enum": [kind for kind in TYPES if kind not in ("layers", "ref", "refs")]}, NULL),
            values["type"]["description"],
        ),
    }
    block = fields(Block, False)
    params = {"type": ["object", "null"], "additionalProperties": ref("parameter"), "propertyNames": _names(*RESERVED)}
    block["params"] = documented(params, block["params"]["description"])
    of_nodes = {"if": named("type", "layers"), "then": keyed({"default": ref("nodes")})}
    changes = {
        "type": "object",
        "additionalProperties": {"if": NULL, "else": {"allOf": [ref("node_stage")], "type": "object"}},
    }
    stage = with_snippet({"allOf": [ref("node_stage")], "type": "object"}, "stage", VALUES["stage"])
    stages = union({"type": "array", "items": stage}, changes)
    kinds = "`int`, `float`, `bool`, `str` or `list`"
    text = "`[3, 224, 224]`, `[784]`, or in full; `{vocab: …, length: …}` for token ids."
    return {
        "value": documented(_open(of_spec), f"A default value, a type ({kinds}), or `{{type: …}}` in full."),
        "parameter": documented(
            {**_open(values), **of_nodes},
            f"A default value, a type ({kinds}, `layers`, `ref` or `refs`), or `{{type: …}}` in full.",
        ),
        "block": documented(mapping(block, required=["layers"]), "The definition of a block."),
        "stages": documented(stages, "Stages; over a base, also a mapping from stage names to the keys that change."),
        "input": with_snippet(documented(_input(), text), "input", [3, 224, 224]),
        "defaults": _defaults(words, nodes),
        "init": _init(words),
    }


def _open(full: dict[str, Schema]) -> Schema:
    """Anything, but a mapping only with these keys."""
    return {key: value for key, value in mapping(full).items() if key != "type"}


def _input() -> Schema:
    raw = properties(Input)
    own = fields(Input, True)
    number = alternatives(raw["channels"]["anyOf"][0], True)
    size = convert(raw["size"]["anyOf"][0]["items"], True)
    listed = {"type": "array", "items": [union(*number)], "additionalItems": size, "minItems": 1, "maxItems": 4}
    absent = union(NULL, EXPRESSION)
    tokens = {
        "required": ["length"],
        **keyed(
            {
                "length": {"not": NULL},
                "channels": absent,
                "size": union({"type": "array", "maxItems": 0}, EXPRESSION),
                "layout": absent,
                "dtype": union({"type": "string", "enum": ["int64"]}, NULL, EXPRESSION),
            }
        ),
    }
    tensor = {
        "required": ["channels"],
        **keyed({"channels": {"not": NULL}, "length": absent, "dtype": {"not": {"enum": ["int64"]}}}),
    }
    flat = keyed({"layout": {"enum": [None, "channels_first"]}})
    rules = [
        {"if": {"required": ["vocab"], **keyed({"vocab": {"not": NULL}})}, "then": tokens, "else": tensor},
        {"if": flat, "then": keyed({"size": {"maxItems": 3}})},
    ]
    return union(mapping(own, allOf=rules), listed, EXPRESSION)


def _defaults(words: Vocabulary, nodes: Mapping[str, Schema]) -> Schema:
    """The arguments of each op, combinator and block, none of them required."""
    found = {}
    for name in words.names:
        node = nodes[f"node_{name}"]
        model = COMBINATORS.get(name)
        own = keys(model) if model else ()
        own_keys = (key for key in node["properties"] if key not in COMMON or key in own)
        places = {key: ref(f"node_{name}/properties/{key}") for key in own_keys}
        more = node.get("additionalProperties", False)
        found[name] = documented(
            {**mapping(places, additionalProperties=more), "type": ["object", "null"]}, f"Defaults of `{name}`."
        )
    others: Any = {"type": ["object", "null"]} if words.open else False
    schema = {**mapping(found, additionalProperties=others), "type": ["object", "null"]}
    return documented(schema, "Arguments that the nodes of an op or block leave out.")


def _init(words: Vocabulary) -> Schema:
    found = {name: weights(op) for name, op in words.ops.items() if op.weight_names()}
    schema = {**mapping(found), "type": ["object", "null"]}
    return documented(schema, "Initialization of the weights of ops.")
