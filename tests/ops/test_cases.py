"""One case for each op: a spec, and what its nodes are: shapes, weights, multiply-adds and the modules behind them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import archspec
from archspec.graph import Graph, Node
from archspec.ops import OPS
from tests.ops.strategies.cases import CASES as LAWS

CASES = Path(__file__).parent / "cases"
BUILT_IN = sorted(name for name in LAWS if name not in OPS or OPS[name].__module__.startswith("archspec."))


@pytest.mark.parametrize("name", BUILT_IN)
def test_case(name: str, golden: Callable[[Path, str], None]) -> None:
    file = CASES / f"{name}.yaml"
    assert file.is_file(), f"the op `{name}` has no case: write {file}"
    graph = archspec.compile(file)
    assert name in {node.op.name for _, node in graph.nodes()}
    golden(file.with_suffix(".txt"), described(graph))


def test_no_case_is_left_over() -> None:
    assert sorted(file.stem for file in CASES.glob("*.yaml")) == BUILT_IN


def described(graph: Graph) -> str:
    lines = [str(graph)]
    for path, node in graph.nodes():
        lines += [f"{path} = {call(node)}", *(f"  {weight}" for weight in weights(path, node))]
        if node.macs:
            lines.append(f"  {node.macs} MACs")
    return "\n".join(lines) + "\n"


def call(node: Node) -> str:
    arguments = ", ".join(f"{name}={value!r}" for name, value in node.call.arguments.items())
    return f"{node.call.target}({arguments})"


def weights(path: str, node: Node) -> list[str]:
    found = []
    for weight in node.weights:
        init = node.init.get(weight.name) or weight.init
        kind = "" if weight.trainable else f" {weight.dtype} buffer"
        name = f"{path}.{weight.name}" if weight.name else path
        found.append(f"{name} {list(weight.shape)}{kind}" + (f" ~ {init.name}{init.arguments}" if init else ""))
    return found
