"""Laws: the schema rejects nothing that archspec accepts, and what the models reject in a constant, it rejects, too.

What JSON Schema cannot tell apart is left out: `8.0` from `8`, and what an expression gives.
"""

from __future__ import annotations

import copy
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import assume, event, given
from hypothesis import strategies as st
from jsonschema import Draft7Validator
from pydantic import BaseModel, ValidationError

from archspec.compiler import analyze
from archspec.diagnostics import Collector, Diagnostic
from archspec.language import bundled_specs, read_source
from archspec.language.combinators import COMBINATORS, Combinator, Shortcut
from archspec.language.models import Budget, File, Input, Lint, Parameter
from archspec.language.schema.schema import json_schema
from archspec.ops import OPS, Op
from archspec.ops.initializers import INITIALIZERS, Init
from archspec.source import read_file
from archspec.source.tree import plain
from tests.language.rejections import rejections

SCHEMA = json_schema()


@cache
def validator(*path: str) -> Draft7Validator:
    """The validator of one part of the schema."""
    found: Any = SCHEMA
    for step in path:
        found = found[step]
    return Draft7Validator({**found, "definitions": SCHEMA["definitions"]})


# --- one argument --------------------------------------------------------------------------------------------------

OPAQUE = {"init", "shortcut", "branches", "layers", "body", "after", "norm", "act", "default", "from"}
"""What no model checks; the mutated files below do."""

MODELS: dict[str, tuple[type[BaseModel], tuple[str, ...]]] = {
    **{name: (op, ("definitions", f"node_{name}")) for name, op in OPS.items() if op.model_fields},
    **{name: (COMBINATORS[name], ("definitions", f"node_{name}")) for name in ("repeat", "residual", "parallel")},
    "shortcut": (Shortcut, ("definitions", "shortcut")),
    "parameter": (Parameter, ("definitions", "parameter")),
    "budget": (Budget, ("properties", "budget")),
    "lint": (Lint, ("properties", "lint")),
    "file": (File, ()),
}


def keys(name: str) -> list[str]:
    """The arguments whose values the model checks itself."""
    if name == "file":
        return ["archspec", "name", "description", "extends", "include"]
    found = [field.alias or key for key, field in MODELS[name][0].model_fields.items()]
    own = {"init"} if name in ("act", "scale") else set()
    return [key for key in found if key not in OPAQUE - own]


def strings(schema: Any) -> set[str]:
    """All strings that the schema enumerates."""
    if isinstance(schema, list):
        return {word for item in schema for word in strings(item)}
    if not isinstance(schema, dict):
        return set()
    own = {word for word in schema.get("enum", ()) if isinstance(word, str)}
    return own.union(*(strings(part) for part in schema.values()))


NUMBERS = st.integers(-3, 5) | st.sampled_from([-(2**31) - 1, 2**31, 2**31 + 1, 2**63, 2**63 + 1, 4096, 4097])
FLOATS = st.floats(-2, 5000).filter(lambda number: number != int(number))
WORDS = st.sampled_from(sorted(strings(SCHEMA["definitions"]))) | st.sampled_from(
    ["", "A1", "A403", "i", "2x", "x" * 1001]
)
SCALARS = st.none() | st.booleans() | NUMBERS | FLOATS | WORDS
VALUES = SCALARS | st.lists(SCALARS, max_size=4) | st.dictionaries(WORDS, SCALARS, max_size=2)
MISFIT = "value_error"
"""What pydantic says of a whole model, rather than of one value."""


def tuples(value: Any) -> Any:
    return tuple(tuples(item) for item in value) if isinstance(value, list) else value


@pytest.mark.parametrize("name", [name for name in MODELS if keys(name)])
@given(data=st.data())
def test_an_argument_is_what_its_model_says(name: str, data: st.DataObject) -> None:
    model, path = MODELS[name]
    key, value = data.draw(st.sampled_from(keys(name))), data.draw(VALUES)
    wrong = False
    try:
        model.model_validate({key: tuples(value)})
    except ValidationError as error:
        wrong = any(item["loc"][:1] == (key,) and item["type"] != MISFIT for item in error.errors())
    if value is None and issubclass(model, (Op, Combinator)):
        # null leaves an argument out
        wrong = wrong and key in model.model_json_schema().get("required", ()) and name not in ("norm", "act")
    errors = validator(*path).iter_errors({key: value})
    assert any(error.absolute_path and error.absolute_path[0] == key for error in errors) == wrong


SIZES = st.sampled_from([1, 0, "H", "a b", [], ["a b"], [8], [8, "W"], [8, 0], [1, 1, 1], [1, 1, 1, 1]])
INPUTS = st.fixed_dictionaries(
    {},
    optional={
        "channels": st.sampled_from([3, 3, 0, None]),
        "size": SIZES,
        "layout": st.sampled_from(["channels_first", "channels_last", "other", None]),
        "dtype": st.sampled_from(["float32", "int64", None]),
        "vocab": st.sampled_from([10, None]),
        "length": st.sampled_from([8, "T", "a b", 0, None]),
    },
)
SHORTCUTS = st.fixed_dictionaries(
    {},
    optional={
        "policy": st.sampled_from(["auto", "pool", "pad", "always", "none", None]),
        "side": st.sampled_from(["after", "both"]),
        "layers": st.just([]),
        "name": st.sampled_from(["down", ""]),
    },
)


@given(st.tuples(st.just(Input), INPUTS) | st.tuples(st.just(Shortcut), SHORTCUTS))
def test_what_goes_together_is_what_the_model_says(found: tuple[type[BaseModel], dict[str, Any]]) -> None:
    model, value = found
    try:
        model.model_validate({key: tuples(item) for key, item in value.items()})
        # only with channels last, an input may have more than three dimensions
        many = isinstance(value.get("size"), list) and len(value["size"]) > 3
        wrong = many and value.get("layout") != "channels_last"
    except ValidationError:
        wrong = True
    assert (not validator("definitions", model.__name__.lower()).is_valid(value)) == wrong


@given(st.sampled_from(sorted(INITIALIZERS)), st.data())
def test_an_initializer_is_what_its_rule_says(name: str, data: st.DataObject) -> None:
    keys = st.sampled_from(["std", "mean", "a", "b", "gain", "mode", "val", "groups", "sparsity", "nonlinearity"])
    values = st.sampled_from([0, 1, 0.5, True, "fan_in", "relu", None])
    full = st.none() | st.dictionaries(keys, values, max_size=2) | values
    value = data.draw(st.just(name) | full.map(lambda arguments: {name: arguments}))
    try:
        Init.parse(value)
        wrong = False
    except ValueError as error:
        # how two arguments go together, and their ranges, are no matter of the schema
        assume(not any(words in str(error) for words in ("is above", "is not between", "out of range")))
        wrong = True
    assert (not validator("definitions", "initializer").is_valid(value)) == wrong


# --- mutated files -------------------------------------------------------------------------------------------------


@cache
def bundled(name: str) -> dict[str, Any]:
    _, tree = read_file(bundled_specs()[name], Collector())
    assert tree is not None
    found: dict[str, Any] = plain(tree)
    return found


Path_ = tuple[Any, ...]


def places(tree: Any, path: Path_ = ()) -> list[Path_]:
    """The ways to all values but the whole."""
    inner = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    return [found for key, value in inner for found in ((*path, key), *places(value, (*path, key)))]


def value_at(tree: Any, path: Path_) -> Any:
    for key in path:
        tree = tree[key]
    return tree


JUNK = st.sampled_from(
    ["zzz", 17, -1, 0, 1.5, True, None, "", [], ["zzz"], [1, 2], [[1]], [None], {}, {"zzz": 1}, 10**12]
)


@st.composite
def mutated(draw: st.DrawFn) -> tuple[Path, dict[str, Any]]:
    """A bundled spec in which one thing is changed, and the folder of its file."""
    name = draw(st.sampled_from(sorted(bundled_specs())))
    tree = copy.deepcopy(bundled(name))
    ways = places(tree)
    path = draw(st.sampled_from(ways))
    parent, key = value_at(tree, path[:-1]), path[-1]
    old = parent[key]
    kinds = ["drop", "junk", "wrap", "swap"]
    kinds += ["rename"] if isinstance(parent, dict) else []
    kinds += ["extra"] if isinstance(old, dict) else []
    kinds += ["number"] if isinstance(old, (int, float)) and not isinstance(old, bool) else []
    kind = draw(st.sampled_from(kinds))
    event(kind)
    if kind == "drop":
        del parent[key]
    elif kind == "rename":
        new = draw(st.sampled_from([f"{key}x", key[1:], f"{key[:-1]}zz"]))
        items = [(new if name == key else name, value) for name, value in parent.items()]
        parent.clear()
        parent.update(items)
    elif kind == "extra":
        old["zzz"] = draw(JUNK)
    elif kind == "wrap":
        parent[key] = [old]
    elif kind == "number":
        parent[key] = draw(st.sampled_from([-old, old + 0.5, old * 10**10]))
    else:
        parent[key] = (
            draw(JUNK) if kind == "junk" else copy.deepcopy(value_at(bundled(name), draw(st.sampled_from(ways))))
        )
    assume(tree != bundled(name))
    return bundled_specs()[name].parent, tree


def findings(tree: dict[str, Any], folder: Path) -> tuple[list[Diagnostic], list[Diagnostic]]:
    """The errors of reading, and all errors."""
    text = yaml.safe_dump(tree, sort_keys=False, allow_unicode=True, width=2**20)
    spec = read_source(text, "x.yaml", Collector(), folder)
    reading = spec.collector.errors
    _, collector = analyze(spec)
    return reading, collector.errors


def whole_floats(tree: Any) -> bool:
    if isinstance(tree, (dict, list)):
        return any(map(whole_floats, tree.values() if isinstance(tree, dict) else tree))
    return isinstance(tree, float) and tree == int(tree)


STRUCTURE = {"A201", "A203", "A205", "A206", "A207", "A208"}


@given(mutated())
def test_what_the_schema_rejects_is_rejected(found: tuple[Path, dict[str, Any]]) -> None:
    folder, tree = found
    told = rejections(tree, SCHEMA)
    assert (not told) == validator().is_valid(tree)
    if told:
        event("rejected")
        assert findings(tree, folder)[1]
    for path in told:
        assert value_at(tree, path[:-1]) is not None
        assert not path or path[-1] in value_at(tree, path[:-1]) or isinstance(path[-1], int)


@given(mutated())
def test_what_the_models_reject_is_rejected(found: tuple[Path, dict[str, Any]]) -> None:
    folder, tree = found
    reading, errors = findings(tree, folder)
    wrong = [error for error in reading if error.code in STRUCTURE]
    if not {"extends", "defaults"} & set(tree):
        # what a node or the file needs: what a block needs, only the spec's own schema knows, and what a spec needs,
        # whoever builds it may give
        wrong += [error for error in errors if error.code == "A202" and not re.match("the (block|spec)", error.message)]
    if wrong and not whole_floats(tree):
        event("rejected")
        assert not validator().is_valid(tree), wrong[0]


@given(mutated())
def test_the_schema_of_a_spec_agrees_with_it(found: tuple[Path, dict[str, Any]]) -> None:
    folder, tree = found
    text = yaml.safe_dump(tree, sort_keys=False, allow_unicode=True, width=2**20)
    spec = read_source(text, "x.yaml", Collector(), folder)
    valid = Draft7Validator(json_schema(spec)).is_valid(tree)
    _, collector = analyze(spec)
    errors = collector.errors
    if not valid:
        event("rejected")
        assert errors
    elif "extends" not in tree and not whole_floats(tree):
        # with the blocks known, unknown names and what a call lacks are rejected as well
        wrong = [error for error in spec.collector.errors if error.code in {*STRUCTURE, "A301", "A303"}]
        wrong += [error for error in errors if error.code == "A202" and re.match("the block|`", error.message)]
        assert not [error for error in wrong if error.span is not None and error.span.source.name == "x.yaml"]


HEAD = "archspec: 1\ninput: [3, 8, 8]\nnorm: batch\nact: relu\n"


@pytest.mark.parametrize(
    "text",
    [
        "extends: resnet18\n",
        "archspec: 1\nextends: resnet18\ninclude: 5\n",
    ],
)
def test_what_a_file_needs_it_needs_itself(text: str) -> None:
    assert not validator().is_valid(yaml.safe_load(text))
    assert analyze(read_source(text, "x.yaml", Collector()))[1].errors
