"""Outside of ops/, what an op is like is asked of the op: nobody compares its name, its class or its arguments."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from math import prod
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from torch import Tensor

from archspec.ops import JOINS, OPS, Op, ShapeError, Traits
from archspec.torch_backend.build import imported
from archspec.types import TensorType
from tests.ops.strategies.cases import CASES
from tests.ops.test_laws import example, inferred

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


SILENT = {
    "contiguous": {
        "linear", "flatten", "sdpa", "position_bias", "position", "class_token", "embedding", "select", "layer", "rms",
        "reduce", "unfold", "fold", "grid_sample", "einsum", "lstm", "gru", "lstm_cell", "gru_cell",
    },
    "enlarges": {
        "conv", "adaptive_pool", "rearrange", "pad", "class_token",  # by the way, or only with certain arguments
        "unfold",  # by the padding
        "grid_sample",  # by points, of which there may be more
        "relative_position", "position_bias",  # queries × keys
        "select", "argmax",  # by ids, of which there may be more
        "add", "mul", "concat", "sub", "div", "einsum", "sdpa",  # what they are called with is as large
    },
    "keeps_variance": {"softmax", "grid_sample", "sinusoidal", "select", "sdpa", "norm", "drop_path"},
}  # fmt: skip
"""Ops, and types of ops, that may be like this and do not say so: nothing is assumed of them."""


def called(op: Op, inputs: tuple[TensorType, ...], *each: list[Tensor]) -> Iterator[Tensor]:
    """What torch makes of the lowering, in evaluation, for each of some lists of values."""
    call = op.lower(*inputs)
    if call.is_module:
        module = imported(call.target)(**call.arguments).eval()
        found = (module(*values) for values in each)
    else:
        weights = [torch.randn(weight.shape) for weight in op.weights(*inputs)]
        found = (imported(call.target)(*values, *weights, **call.arguments) for values in each)
    # what an op gives besides comes after its output
    yield from (output[0] if isinstance(output, tuple) else output for output in found)


def in_order(value: Tensor) -> bool:
    """Whether a value lies in memory in the order of its axes."""
    strides = [stride for stride, size in zip(value.stride(), value.shape, strict=True) if size > 1]
    return strides == sorted(strides, reverse=True)


def depends(one: Tensor, two: Tensor) -> bool:
    """Whether the variance of one value is another than that of another, in more than the digits that are lost."""
    a, b = (value.double().var(correction=0) for value in (one, two))
    return bool((a - b).abs() > 1e-3 * torch.maximum(a, b))


def in_front(result: Tensor, value: Tensor) -> int:
    """How many positions a sequence has in front of what it was before, if it has that."""
    count = result.shape[1] - value.shape[1] if result.dim() == value.dim() == 3 else 0
    return count if count > 0 and torch.equal(result[:, count:], value) else 0


def seen(op: Op, inputs: tuple[TensorType, ...], output: TensorType) -> dict[str, tuple[bool, bool]]:
    """For each trait that can be seen: whether the op says so, and whether it is so."""
    traits = op.traits
    values = [example(kind, "cpu") for kind in inputs]
    if not values:
        return {}
    floating = all(value.is_floating_point() for value in values)
    result, larger = called(op, inputs, values, [value * 1000 if floating else value for value in values])
    known = traits.layer or traits.norm or traits.join or traits.scales or traits.dropout or traits.part
    weightless = not (op.weights(*inputs) or known)
    equal = result.shape == values[0].shape and torch.equal(result, values[0])
    found = {
        "contiguous": (traits.contiguous, in_order(result)),
        "enlarges": (traits.enlarges, prod(output.size) > prod(inputs[0].size)),
    }
    if not op.weights(*inputs):  # new ones may be such that nothing changes
        found["passes"] = (traits.passes, equal)
    elif not known:
        assert traits.tokens == in_front(result, values[0])
    if floating and weightless:
        found["keeps_variance"] = (traits.keeps_variance, depends(result, larger))
    return found


@pytest.mark.parametrize("name", CASES)
def test_an_op_is_what_it_says(name: str) -> None:
    """What never moves axes says `contiguous`, what may do so does not, and so on."""
    found: dict[tuple[object, str], set[tuple[bool, bool]]] = defaultdict(set)

    # each type must be seen, with values of both signs
    @settings(max_examples=400 if name == "act" else 100, derandomize=True, database=None)
    @given(case=CASES[name])
    def look(case: tuple[Op, tuple[TensorType, ...]]) -> None:
        op, inputs = case
        output = inferred(op, inputs)
        if not isinstance(output, ShapeError):
            for trait, pair in seen(op, inputs, output).items():
                found[getattr(op, "type", None), trait].add(pair)

    look()
    for (kind, trait), pairs in found.items():
        says, is_so = {said for said, _ in pairs}, {true for _, true in pairs}
        what, silent = (name, kind, trait), not {name, kind}.isdisjoint(SILENT.get(trait, ()))
        if trait in ("contiguous", "passes"):
            assert (True, False) not in pairs, what
            assert True in says or False in is_so or silent, what
        else:
            assert True not in says or True in is_so, what
            assert (False, True) not in pairs or silent, what
