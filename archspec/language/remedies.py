"""Remedies for what a spec says and what cannot be: a node or a key that is not there, a text that should be none."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from typing import Any, get_args

from pydantic import BaseModel

from archspec.diagnostics import Span, did_you_mean, guess
from archspec.diagnostics.foreign import elsewhere, needless, way
from archspec.language.bundled_files import bundled_blocks, bundled_specs
from archspec.language.combinators import Combinator
from archspec.language.models import IDENTIFIER
from archspec.language.phrases import PATTERNS, choices, describe, expected, keys, part_of, property_of, words_of
from archspec.ops import Op, find_op
from archspec.types.sizes import Dim

_WRITTEN = re.compile(r"(\w+)\s*[:=]\s*(\S+)")
_UNSPACED = re.compile(r"(\w+)(?::?\s*\{|:(?=\S)| (?=[\w$]))\s*")
_NUMBER = re.compile(r"[-+]?\d+(\.\d+)?")
_PERCENT = re.compile(r"(\d{1,9}(?:\.\d{1,9})?) ?%")
_SIZE = re.compile(r"(\d{1,9}(?:\.\d{1,9})?) ?([kKMGB])")
_UNITS = {"K": 10**3, "M": 10**6, "G": 10**9, "B": 10**9}
_ARITHMETIC = re.compile(r"[\w)] *[-+*/]{1,2} *[\w($]")


def node_help(name: str, known: Iterable[str]) -> str:
    """What to write for a node that is neither an op nor a block."""
    from archspec.ops import Act, Norm

    if " - " in name:
        return "indent the next line less: put each `-` of a list in one column"
    if re.match(r"\w+: +\S", name):
        return f"leave out the quotes: `{name}`"
    if match := _UNSPACED.match(name):
        rest = name[match.end() :]
        whole = f"{{{rest}: …}}" if name[match.end() - 1] == "{" else rest
        return f"put a `:` and a space after the op: `{match[1]}: {whole}`"
    if name in bundled_specs():
        return f"`{name}` is a whole network: a file starts from it with `extends: {name}`"
    for op, model in (("act", Act), ("norm", Norm)):
        types = get_args(model.model_fields["type"].annotation)
        if (meant := elsewhere(name, types)) is not None and meant not in known:
            return f"write `{op}: {meant}`"
    return did_you_mean(name, known, "node") or "`archspec list` shows the blocks"


def key_help(key: str, known: Collection[str], given: Collection[str], kind: str = "argument") -> str:
    """What to write for a key that is not known, where others are `given`; empty where nothing is near."""
    if joined := _joined(key, known):
        return joined
    # what is there already is not what was meant
    free = [other for other in known if other not in given or other == key]
    said = elsewhere(key, free, kind) or way(key, kind)
    return (needless(key) if not said else "") or str(guess(key, free, kind))


def _joined(text: str, known: Collection[str]) -> str:
    """The remedy for a key and its value without a space between them; empty for any other text."""
    match = _WRITTEN.fullmatch(text)
    return f"a key ends with `:` and a space: `{match[1]}: {match[2]}`" if match and match[1] in known else ""


def takes(model: type[BaseModel], key: str, given: Collection[str]) -> str:
    """What a model takes, or where in it a misplaced key belongs."""
    principal = getattr(model, "principal", None)
    if principal is not None and key in choices(property_of(model, principal)):
        return f"write `{principal}: {key}`"
    if find_op(key) is not None and issubclass(model, Op):
        return f"`{key}` is a node of its own: write it after this one"
    lists = [name for name in model.lists() if name not in given] if issubclass(model, Combinator) else []
    if lists and (find_op(key) is not None or key in bundled_blocks()):
        return f"put nodes in a list, `{lists[0]}: [{key}: …]`"
    more = " and the sizes of axes in the pattern" if model.model_config.get("extra") == "allow" else ""
    return f"it takes {', '.join(f'`{name}`' for name in keys(model)) or 'no arguments'}{more}"


def value_help(model: type[BaseModel], key: str, value: Any, at: Span) -> str:
    """What to write instead."""
    schema = property_of(model, key)
    words = words_of(schema)
    if any(isinstance(item, Dim) for item in (value if isinstance(value, tuple) else (value,))):
        return "the input leaves this size open: give it a number for that dimension"
    if "const" in schema:
        return f"write `{schema['const']}`"
    is_truth = isinstance(value, str) and value in BOOLEANS and "true or false" in words
    if (part := part_of(model, key)) is not None and not is_truth:
        return f"as in {getattr(part, 'example', '`{…}`')}"
    if re.fullmatch("true or false( or a (reference|mapping))?", expected(model, key)):
        return truth_help(value)
    if isinstance(value, float) and "an integer" in words:
        if "$" not in at.text:
            return f"write `{round(value)}`"
        if "/" in at.text:
            return "write `//` for a division that gives an integer"
        return "compute it from integers, with `//` to divide or `round` to round"
    help = _uneven(key, value, "pairs" in words)
    if isinstance(value, str):
        help = (
            _joined(value, keys(model))
            or did_you_mean(value, choices(schema), kind_of(model, key))
            or _name_help(value, schema)
            or text_help(value, words)
        )
    # the sizes of axes in a pattern have no description
    told = ": ".join(
        filter(None, [f"write for example `{key}: {_example(schema, isinstance(value, tuple))}`", describe(model, key)])
    )
    return help or told


def _uneven(key: str, value: Any, takes_pairs: bool) -> str:
    """The pairs of sides that stand as torch's `pad` has them, or the node that pads them where the op takes no pairs;
    empty for any other value."""
    if key != "padding" or not isinstance(value, tuple):
        return ""
    pairs = all(isinstance(item, tuple) and len(item) == 2 for item in value)
    # pairs stand in the order of the dimensions, the numbers of `pad` from the last one
    sides = tuple(side for pair in reversed(value) for side in pair) if pairs else value
    if len(sides) not in (2, 4, 6) or not all(type(side) is int and side >= 0 for side in sides):
        return ""
    if takes_pairs and not pairs:
        uneven = [list(sides[at : at + 2]) for at in reversed(range(0, len(sides), 2))]
        return f"write pairs, the first dimension first: `{key}: {uneven}`"
    return f"pad the sides in a node before this one, `- pad: {list(sides)}`, and write `padding: 0` here"


def kind_of(model: type[BaseModel], key: str) -> str:
    """The place where a value stands: `padding`, or the op whose type it is."""
    return str(getattr(model, "name", key)) if key == "type" else key


def _example(schema: dict[str, Any], as_list: bool = False) -> str:
    """A value that fits a schema, as it is written; `as_list` where a list fits."""
    if parts := [part for part in schema.get("anyOf", ()) if part.get("type") != "null"]:
        lists = [part for part in parts if as_list and part.get("type") == "array"]
        return _example((lists or parts)[0])
    if "enum" in schema:
        return str(schema["enum"][0])
    kind = schema.get("type")
    if kind == "array":
        items = schema.get("items") or (schema.get("prefixItems") or [{}])[0]
        # a number rather than a word that stands for one
        return f"[{', '.join(2 * [_example((items.get('anyOf') or [items])[-1])])}]"
    if kind in ("integer", "number"):
        usual, low, high = (3, 1, schema.get("maximum", 3)) if kind == "integer" else (0.1, 0, schema.get("maximum", 1))
        return str(usual if schema.get("minimum", low) <= usual <= high else schema.get("minimum", low))
    return {"boolean": "true", "string": "text", "object": "{…}"}.get(str(kind), "…")


def truth_help(value: Any) -> str:
    """What to write where true or false is wanted."""
    if isinstance(value, str) and value in BOOLEANS:
        return f"`{value}` is a string in YAML 1.2; write `{BOOLEANS[value]}`"
    return f"write `{'true' if value else 'false'}`" if value in (0, 1) else "write `true` or `false`"


def unquoted(value: Any, at: Span) -> str:
    """The remedy for a dotted name that YAML reads as a number, such as `1.0`; empty for others."""
    is_number = isinstance(value, float) and re.fullmatch(r"\d+\.\d+", at.text)
    return f'YAML reads it as a number: write `"{at.text}"`' if is_number else ""


def _name_help(value: str, schema: dict[str, Any]) -> str:
    """The name that is nearest to a text, where small letters, digits and _ are wanted."""
    name = re.sub(r"[^a-z0-9_]+", "_", value.lower()).strip("_")
    is_name = words_of(schema) == PATTERNS[IDENTIFIER] and re.fullmatch(IDENTIFIER, name)
    return f"write `{name}`" if is_name else ""


def text_help(value: str, words: str) -> str:
    """What to write in place of a text where a number or a list is wanted; empty if that is unclear."""
    if len(value) > 60:
        return ""
    if words.startswith("a list"):
        return f"write a list: `[{value}]`"
    if not ("a number" in words or "an integer" in words):
        return ""
    if percent := _PERCENT.fullmatch(value):
        return f"write `{float(percent[1]) / 100:g}`"
    if size := _SIZE.fullmatch(value):
        return f"write the whole number: `{round(float(size[1]) * _UNITS[size[2].upper()])}`"
    if _NUMBER.fullmatch(number := value.replace("_", "")):
        return f"write the number without quotes and `_`: `{number}`"
    if value.startswith("(") and "a list" in words:
        return "write a list in square brackets, as in `[3, 5]`"
    return "write the whole expression in `$( … )`" if _ARITHMETIC.search(value) else ""


BOOLEANS = {
    **dict.fromkeys(("yes", "Yes", "YES", "on", "On", "ON", "y", "True", "TRUE"), "true"),
    **dict.fromkeys(("no", "No", "NO", "off", "Off", "OFF", "n", "False", "FALSE"), "false"),
}
