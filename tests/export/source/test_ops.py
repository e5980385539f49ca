"""Whatever an op may be, the file computes what the module does: alone, and as the part of a class that differs."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, note, settings
from hypothesis import strategies as st

import archspec
from archspec import limits
from archspec.export.source import source
from archspec.graph.graph import Graph
from archspec.graph.nodes import Node, Scope, Value
from archspec.ops import Op, ShapeError
from archspec.types import TensorType
from tests.export.source.written import check_bits
from tests.ops.strategies.cases import CASES
from tests.ops.strategies.drawn import Case


def network(cases: list[Case], in_blocks: bool) -> Graph:
    """The network in which each op has inputs and an output of its own; in blocks, each is a call of one block."""
    root = Scope("", "network", (Value(None, None),))
    # an op may make a value of its own: the network has an input all the same
    inputs = {} if all(kinds for _, kinds in cases) else {"unused": Value(TensorType(1), root)}
    root.inputs = tuple(inputs.values())
    outputs: dict[str, Value] = {}
    for number, (op, kinds) in enumerate(cases):
        given = tuple(Value(kind, root) for kind in kinds)
        inputs |= {f"input_{number}_{at}": value for at, value in enumerate(given)}
        home = Scope(f"b{number}", "block", given[:1] or root.inputs, root, block="b") if in_blocks else root
        node = Node("op" if in_blocks else f"op{number}", op, given, Value(op.infer(*kinds), home))
        home.body.append(node)
        if home is not root:
            home.captures |= {value: None for value in given if value is not given[0]}
            home.output = node.output
            root.body.append(home)
        outputs[f"out{number}"] = node.output
    root.inputs = tuple(inputs.values())
    root.output = next(iter(outputs.values()))
    return Graph("ops", root, inputs, outputs, False, {})


def is_sound(case: tuple[Op, tuple[Any, ...]]) -> bool:
    """Whether an op takes these values, and a network: its inputs have a batch."""
    op, kinds = case
    if not all(kind.batch for kind in kinds):
        return False
    try:
        op.infer(*kinds)
    except ShapeError:
        return False
    return True


@pytest.mark.parametrize("in_blocks", [False, True], ids=["alone", "in blocks"])
@pytest.mark.parametrize("name", CASES)
@settings(max_examples=8, suppress_health_check=[HealthCheck.filter_too_much])
@given(data=st.data())
def test_an_op_computes_the_same_bits(name: str, in_blocks: bool, data: st.DataObject) -> None:
    cases = data.draw(st.lists(CASES[name].filter(is_sound), min_size=1, max_size=3))
    assume(sum(len(kinds) for _, kinds in cases) < limits.INPUTS)
    assume(len({kind.dtype for _, kinds in cases for kind in kinds if kind.vocab is None}) < 2)
    graph = network(cases, in_blocks)
    note(source(graph)[1])
    check_bits(graph)


MENDED = {
    "an output without a batch, after a step that could take the input's variable": """
        input: [4]
        layers:
          - linear: {name: a, features: 3}
          - parameter: {name: p, shape: [5]}
          - linear: {from: p, features: 4}
          - act: relu
          - linear: {name: b, features: 2}
        outputs: {a: a, b: b}
    """,
    "a join that broadcasts": """
        inputs: {a: [2, 4, 4], b: [3, 1, 1], c: [1, 4, 1]}
        layers: [concat: [a, b], concat: [., c], conv: 2]
    """,
    "a block that needs nothing of what it receives": """
        input: [4]
        blocks: {b: {layers: [parameter: {name: p, shape: [5]}, linear: {from: p, features: 4}]}}
        layers: [linear: {name: a, features: 3}, b: {name: q}, linear: {name: c, features: 2}]
        outputs: {a: a, q: q, c: c}
    """,
    "a rearrangement of a product, and a parameter without axes": """
        input: [4, 2, 2]
        layers: [scale: {name: s}, rearrange: n c h w -> n (h w) c, parameter: {name: p, shape: []}, add: [., p]]
    """,
    "runs inside runs": """
        input: [4]
        layers:
          - seq:
              name: outer
              layers:
                - seq: {layers: [linear: 4, linear: 5, linear: 6, linear: 7]}
                - seq: {layers: [linear: 5, linear: 6, linear: 7, linear: 8]}
                - seq: {layers: [linear: 6, linear: 7, linear: 8, linear: 9]}
    """,
    "parameters that torch's modules have": """
        input: [4]
        blocks:
          b:
            params: {init: float, shape: int, inplace: 3, pattern: 2, p: 0.5}
            layers:
              - linear: $shape
              - scale: {init: $init}
              - linear: $inplace
              - multiply: $pattern
              - dropout: $p
              - linear: 4
        layers: [b: {init: 0.5, shape: 3}, b: {init: 1.0, shape: 4, inplace: 5}, b: {init: 2.0, shape: 5, p: 0.1}]
    """,
}


@pytest.mark.parametrize("layers", MENDED.values(), ids=MENDED)
def test_what_was_mistaken_computes_the_same_bits(layers: str) -> None:
    check_bits(archspec.compile(f"archspec: 1\nname: mended\n{layers}".replace("\n        ", "\n")))
