"""Names that are names in the language and mean something in Python, or differ in what no variable tells apart."""

from __future__ import annotations

import re

import pytest

import archspec
from tests.export.source.written import check_bits

NAMES = [
    "init",
    "shape",
    "pattern",
    "split",
    "order",
    "merge",
    "inplace",
    "p",
    "groups",
    "_",
    "self",
    "forward",
    "training",
    "int",
    "range",
    "super",
    "getattr",
    "torch",
    "nn",
    "F",
    "Tensor",
    "OrderedDict",
    "state_dict",
    "parameters",
    "_modules",
    "add_module",
    "i",
    "layer",
    "x",
    "y",
    "X",
    "Any",
    "None",
    "lambda",
    "class",
    "match",
    "T_destination",
    "NCToCN",
    "a_b",
    "a-b",
    "A_B",
    "type",
    "Conv",
    "Linear",
    "Module",
    "Sequential",
    "__x",
    "__class__",
    "__init__",
    "input",
    "index",
    "name",
    "contiguous",
    "path",
    "has_torch_function",
    "True",
    "import",
    "print",
    "eval",
    "numpy",
    "data",
    "weight",
    "bias",
    "dict",
    "list",
    "float",
]
KEYWORDS = {"None", "True", "lambda", "class", "import"}
PARAMETERS = {"None", "True", "int", "a-b", "input"}
CHILDREN = {
    *("forward", "training", "state_dict", "parameters", "_modules", "add_module", "T_destination", "type", "__x"),
    *("__class__", "__init__", "eval", "float"),
}
STAGED = "blocks: {b: {params: {c: int}, layers: [linear: $c, add: [., input]]}}"
ROLES = {
    "spec parameter": ("params: {NAME: 4}\ninput: [4]\nlayers: [linear: $NAME, linear: 4]", PARAMETERS),
    "block parameter": (
        "input: [4]\nblocks: {b: {params: {NAME: int, w: 3}, layers: [linear: $NAME, linear: {name: q, features: $w}, "
        "multiply: $NAME, linear: 4]}}\nlayers: [b: {NAME: 5}, b: {NAME: 6, w: 4}]",
        {*PARAMETERS, "name"},
    ),
    "reference": (
        "input: [4]\nblocks: {b: {params: {NAME: ref}, layers: [linear: 4, add: [., $NAME]]}}\n"
        "layers: [linear: {name: l, features: 4}, linear: 4, b: {NAME: l}]",
        {*PARAMETERS, "name"},
    ),
    "input": (
        "inputs: {NAME: [4], xx: [4], XX: [4]}\nlayers: [add: [NAME, xx, XX], linear: 2]",
        {*KEYWORDS, "self", "a-b", "input"},
    ),
    "size": ("input: [4, NAME]\nlayers: [conv: {kernel: 3}, global_pool, linear: 3]", {"a-b"}),
    "node": (
        "input: [4]\nlayers: [linear: {name: NAME, features: 4}, act: relu, linear: 4, add: [., NAME]]",
        CHILDREN,
    ),
    "scope": (
        "input: [4]\nlayers: [seq: {name: NAME, layers: [linear: 4, act: relu]}, linear: 4, add: [., NAME]]",
        CHILDREN,
    ),
    "weight": ("input: [4]\nlayers: [scale: {name: NAME}, linear: 4, add: [., NAME]]", CHILDREN),
    "block": (
        "input: [4]\nblocks: {NAME: {layers: [linear: 4, add: [., input]]}}\nlayers: [NAME, NAME]",
        {*CHILDREN, "_", "a-b"},
    ),
    "stage": (f"input: [4]\n{STAGED}\nstages: [{{name: NAME, block: b, depth: 2, c: 4}}]", CHILDREN),
    "output": (
        "input: [4]\nlayers: [linear: {name: l, features: 4}]\noutputs: {NAME: l, zz: input}",
        set[str](),
    ),
}
"""A spec for each role of a name, and the names that are refused in it."""

PAIRS = [
    *(("x", "X"), ("a-b", "a_b"), ("A-B", "a_b"), ("a_b", "A_B"), ("aB", "a_b"), ("nn", "NN"), ("f", "F")),
    *(("class", "class_"), ("self", "self_"), ("x", "x_2"), ("x1", "x_1"), ("a__b", "a_b"), ("basic", "Basic")),
]
HYPHENS = {("a-b", "a_b"), ("A-B", "a_b")}
IDENTIFIERS = {*HYPHENS, ("class", "class_")}
BOTH = {
    "inputs": (
        "inputs: {ONE: [4], TWO: [4]}\nlayers: [linear: {from: ONE, features: 4}, add: [., TWO]]",
        {*IDENTIFIERS, ("self", "self_")},
    ),
    "nodes": (
        "input: [4]\nlayers: [linear: {name: ONE, features: 4}, linear: {name: TWO, features: 4}, act: relu, "
        "linear: 4, mul: [., ONE], add: [., TWO]]",
        set[tuple[str, str]](),
    ),
    "blocks": (
        "input: [4]\nblocks: {ONE: {layers: [linear: 4, add: [., input]]}, TWO: {layers: [linear: 4, mul: [., input]]}}"
        "\nlayers: [ONE, TWO, TWO, ONE]",
        HYPHENS,
    ),
    "parameters": (
        "input: [4]\nblocks: {k: {params: {ONE: int, TWO: int}, layers: [linear: $ONE, linear: $TWO, linear: 4]}}\n"
        "layers: [k: {ONE: 5, TWO: 6}, k: {ONE: 6, TWO: 8}]",
        HYPHENS,
    ),
    "references": (
        "input: [4]\nblocks: {k: {params: {ONE: ref, TWO: ref}, layers: [linear: 4, mul: [., $ONE], add: [., $TWO]]}}\n"
        "layers: [linear: {name: p, features: 4}, linear: {name: q, features: 4}, k: {ONE: p, TWO: q}, "
        "k: {ONE: q, TWO: p}]",
        HYPHENS,
    ),
    "stages": (
        f"input: [4]\n{STAGED}\n"
        "stages: [{name: ONE, block: b, depth: 2, c: 4}, {name: TWO, block: b, depth: 2, c: 4}]",
        set[tuple[str, str]](),
    ),
    "outputs": (
        "input: [4]\nlayers: [linear: {name: l, features: 4}]\noutputs: {ONE: l, TWO: input}",
        set[tuple[str, str]](),
    ),
    "sizes": (
        "inputs: {one: [4, ONE], two: [4, TWO]}\n"
        "layers: [conv: {from: one, channels: 4}, global_pool: {name: g}, global_pool: {from: two}, add: [., g]]",
        HYPHENS,
    ),
}
"""A spec for each role of two names, and the pairs that are refused in it."""


def is_refused(text: str) -> bool:
    """Whether a spec is; one that is not computes the same as the source that is written for it."""
    try:
        graph = archspec.compile(f"archspec: 1\nname: n\n{text}")
    except archspec.SpecError:
        return True
    check_bits(graph, dict.fromkeys(re.findall(r"\w+", text), 6))
    return False


@pytest.mark.parametrize("role", ROLES)
def test_a_name_works_or_is_a_finding(role: str) -> None:
    spec, refused = ROLES[role]
    assert {name for name in NAMES if is_refused(spec.replace("NAME", name))} == refused


@pytest.mark.parametrize("role", BOTH)
def test_names_that_are_much_alike_stay_apart(role: str) -> None:
    spec, refused = BOTH[role]
    assert {pair for pair in PAIRS if is_refused(spec.replace("ONE", pair[0]).replace("TWO", pair[1]))} == refused
