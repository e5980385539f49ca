"""What formats cannot hold is known beforehand: exporters refuse just what `validate` finds when asked for them."""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import archspec
from archspec.errors import ExportError
from archspec.export import export
from archspec.formats import EXPORTS, TRACED
from archspec.ops import JOINS, Op, ShapeError
from archspec.types import TensorType
from tests.ops.strategies.cases import CASES

INSERTED = {"chunk", "drop_path"}
"""Ops that a combinator inserts."""


def plain(value: Any) -> Any:
    """Arguments as a file has them."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, (list, tuple)) else value


def spec_of(op: Op, types: tuple[TensorType, ...], is_open: bool) -> dict[str, Any]:
    """A spec with this op alone, of inputs of these types; sizes are names where it `is_open`, one for equal ones."""
    inputs: dict[str, Any] = {}
    layers: list[dict[str, Any]] = []
    names = [f"x{number}" for number in range(len(types))]
    for name, kind in zip(names, types, strict=True):
        sizes = [f"S{n}" if is_open and n != 1 else n for n in kind.size]
        if kind.batch:
            ids = {"vocab": kind.vocab, "length": sizes[0] if sizes else 1}
            inputs[name] = ids if kind.vocab else {"channels": kind.channels, "size": sizes, "layout": kind.layout}
        else:
            layers.append(
                {"parameter": {"name": name, "shape": [*kind.shape], "init": "normal", "layout": kind.layout}}
            )
    arguments = plain(op.model_dump(exclude_unset=True))
    if op.name in JOINS:
        arguments["from"] = names
    else:
        values = names[len(names) - len(op.referred) :]
        arguments |= dict(zip(op.referred, values, strict=True))
        arguments |= {"from": names[0]} if len(values) < len(names) else {}
    layers.append({op.name: {**arguments, "name": "made"}})
    inputs = inputs or {"unused": [2]}
    return {"archspec": 1, "name": "alone", "inputs": inputs, "layers": layers, "outputs": {"y": "made"}}


def refused(graph: archspec.Graph, format: str) -> tuple[str, bool]:
    """What an exporter has against a network, and whether the file takes fewer sizes than that does."""
    with TemporaryDirectory() as folder:
        try:
            manifest = export(graph, archspec.build(graph, seed=0), Path(folder) / "out", [format])
        except ExportError as error:
            return str(error), False
    return "", bool(manifest.files[0].refused)


def check(spec: Any, format: str) -> bool:
    """Whether a format can hold a network, as `validate` says and as its exporter finds, told or not."""
    graph = archspec.compile(spec)
    found = [d for d in archspec.validate(spec, exports=[format]) if d.severity == "error"]
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(sys.modules[export.__module__], "beyond", lambda *_: ())
        error, fewer = refused(graph, format)
    assert found or not error, f"unforeseen in {format}: {error}\n{spec}"
    assert not found or error or fewer, f"{format} holds it: {found}\n{spec}"
    if found:
        told, _ = refused(graph, format)
        assert told.endswith(f"which {format} cannot hold; {found[0].help}")
        assert f"({found[0].span})" in told
    return not found


def drawn(name: str, data: st.DataObject, formats: tuple[str, ...]) -> None:
    op, types = data.draw(CASES[name])
    try:
        op.infer(*types)
    except ShapeError:
        assume(False)
    spec = spec_of(op, types, data.draw(st.booleans()))
    try:
        archspec.compile(spec)
    except archspec.SpecError:
        assume(False)
    for format in formats:
        check(spec, format)


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(CASES.keys() - INSERTED))
@settings(max_examples=12, suppress_health_check=[*HealthCheck])
@given(data=st.data())
def test_every_op_in_every_format(name: str, data: st.DataObject) -> None:
    drawn(name, data, tuple(EXPORTS))


@pytest.mark.parametrize("name", ["upsample", "gru"])
@settings(max_examples=1, suppress_health_check=[*HealthCheck])
@given(data=st.data())
def test_some_ops_where_they_are_traced(name: str, data: st.DataObject) -> None:
    drawn(name, data, TRACED)


SIZES = {
    "[4, 6]": "S",
    "[4, 6, 8]": "H, W",
    "[4, 6, 8, 4]": "D, H, W",
}
"""Inputs with one, two and three sizes, and names for them."""

GAPS = {
    "adaptive_pool: 1": "",
    "adaptive_pool: {size: 1, type: max}": "",
    "adaptive_pool: 4": "onnx open, onnx 3",
    "adaptive_pool: 2": "onnx open, onnx 3",
    "adaptive_pool: {size: 2, type: max}": "onnx open",
    "adaptive_pool: {size: 5, type: max}": "onnx",
    "upsample: {scale: 2, mode: area}": "open 1, onnx 3",
    "upsample: {scale: 0.5, mode: area}": "open 1, onnx open, onnx 3",
    "upsample: {size: 1, mode: area}": "",
    "upsample: {size: 3, mode: area}": "onnx open, onnx 3",
    "upsample: 2": "",
}
"""What cannot be held of a node: in which formats, if not in both; of which sizes, open or by their number."""


def holds(gaps: str, format: str, is_open: bool, sizes: int) -> bool:
    """Whether none of those gaps, each the words that must all be true, is met."""
    facts = {format, str(sizes), "open" if is_open else "known"}
    return not any(facts >= set(gap.split()) for gap in gaps.split(", ") if gap)


@pytest.mark.parametrize("node", GAPS)
def test_gaps_by_size(node: str) -> None:
    """Without torch; that exporters agree is tested for some of them."""
    for known, names in SIZES.items():
        for is_open in (False, True):
            size = f"[4, {names}]" if is_open else known
            text = f"archspec: 1\nname: a\ninput: {size}\nlayers:\n  - {node}\n"
            for format in EXPORTS:
                found = [d for d in archspec.validate(text, exports=[format]) if d.severity == "error"]
                expected = format not in TRACED or holds(GAPS[node], format, is_open, known.count(","))
                assert (not found) == expected, (node, size, format)
                assert [(d.code, d.span and d.span.line) for d in found] == [("A407" if is_open else "A502", 5)] * len(
                    found
                )


@pytest.mark.parametrize(
    ("size", "node", "format"),
    [
        ("S", "upsample: {scale: 2, mode: area}", "pt2"),
        ("S", "upsample: {size: 3, mode: area}", "pt2"),
        ("H, W", "upsample: {scale: 2, mode: area}", "onnx"),
        ("H, W", "adaptive_pool: 2", "onnx"),
    ],
)
def test_what_is_open_where_torch_differs(size: str, node: str, format: str) -> None:
    text = f"archspec: 1\nname: a\ninput: [4, {size}]\nlayers:\n  - {node}\n"
    assert check(text, format) == holds(GAPS[node], format, True, size.count(",") + 1)


@pytest.mark.parametrize(
    ("spec", "format", "code"),
    [
        ("input: [4]\nlayers: [linear: {name: fc, features: 2}]\noutputs: {fc: fc, input: input}", "onnx", "A502"),
        ("input: [4]\nlayers: [linear: {name: graph.fc, features: 2}]", "pt2", "A311"),
        ("input: {channels: 4, size: [L], layout: channels_last}\nlayers: [lstm: {features: 2}]", "pt2", "A407"),
        ("input: [4]\nlayers: [linear: {features: 30000}, linear: 30000]", "onnx", "A502"),
    ],
)
def test_what_a_whole_network_has(spec: str, format: str, code: str) -> None:
    text = f"archspec: 1\nname: a\n{spec}\n"
    assert [d.code for d in archspec.validate(text, exports=[format]) if d.severity == "error"] == [code]
    assert [d.code for d in archspec.validate(text, exports=["all"]) if d.severity == "error"] == [code]
    assert not [d for d in archspec.validate(text, exports=["safetensors", "python"]) if d.severity == "error"]
