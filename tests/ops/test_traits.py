"""Outside of ops/, what an op is like is asked of the op: nobody compares its name, its class or its arguments."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from archspec.ops import OPS, Traits
from archspec.ops.join import JOINS

PACKAGE = Path(__file__).resolve().parents[2] / "archspec"
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if path.relative_to(PACKAGE).parts[0] != "ops")


def of_an_op(expression: ast.expr) -> bool:
    """Whether an expression tells which op it is: `node.op.name`, `op.name`, `node.op.type`, or the label of a node."""
    if not isinstance(expression, ast.Attribute):
        return False
    owner = re.fullmatch(r"(.*\.)?(op|cls)|type\(.*\bop\)", ast.unparse(expression.value))
    return expression.attr == "label" or (expression.attr in ("name", "type") and owner is not None)


def is_fixed(expression: ast.expr) -> bool:
    """Whether an expression is a text, texts, or a constant that may hold some."""
    if isinstance(expression, (ast.Tuple, ast.List, ast.Set)):
        return any(map(is_fixed, expression.elts))
    if isinstance(expression, (ast.Name, ast.Attribute)):
        return ast.unparse(expression).rpartition(".")[2].lstrip("_").isupper()
    return isinstance(expression, ast.Constant) and isinstance(expression.value, str)


def named(tree: ast.AST) -> Iterator[int]:
    """The lines on which an op is told from others by its name, class or a text among its arguments."""
    for node in ast.walk(tree):
        match node:
            case ast.Compare(left, _, others):
                sides = [left, *others]
                wrong = any(map(of_an_op, sides)) and any(map(is_fixed, sides))
            case ast.Call(ast.Name("isinstance"), [what, classes]):
                # `op` of Python's own trees is another matter
                wrong = ast.unparse(what).endswith(".op") and not ast.unparse(classes).startswith("ast.")
            case ast.Match(subject):
                wrong = of_an_op(subject)
            case ast.Call(ast.Attribute(text, "startswith" | "endswith")):
                wrong = of_an_op(text)
            case _:
                wrong = False
        if wrong:
            yield node.lineno  # type: ignore[attr-defined]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_no_name_is_compared(path: Path) -> None:
    found = list(named(ast.parse(path.read_text(encoding="utf-8"))))
    assert not found, f"{path.relative_to(PACKAGE)}: lines {found}: give `Traits` what they ask for"


@pytest.mark.parametrize(
    "text",
    [
        'node.op.name == "conv"', 'node.op.name in ("act", "norm")', "node.op.name not in _JOINS", 'op.name != "add"',
        'node.label == "conv"', 'node.op.type == "batch"', "isinstance(node.op, Norm)", 'cls.name in ("act", "norm")',
        'type(node.op).name == "conv"', 'node.op.name.startswith("conv")', "item.node.op.name in OPS",
    ],
)  # fmt: skip
def test_a_comparison_is_found(text: str) -> None:
    assert list(named(ast.parse(text))) == [1]


@pytest.mark.parametrize("text", ["op is None", "first.op == second.op", "node.traits.join == 'sum'", "x in JOINS"])
def test_others_are_not(text: str) -> None:
    assert not list(named(ast.parse(text)))


@pytest.mark.parametrize("name", [*OPS, *JOINS])
def test_every_op_has_traits_that_agree(name: str) -> None:
    cls = OPS[name] if name in OPS else JOINS[name]
    if isinstance(cls.traits, Traits):
        traits = cls.traits
        assert not traits.final or traits.activation
        assert traits.output_axis is None or traits.layer
        assert traits.dropout == 0
