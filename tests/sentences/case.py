"""A sentence of docs/language.md, and a spec that shows it or breaks it.

A text may be short: without `archspec:` it is put below a header (`input: [4, 8, 8]`, batch norm, relu, as far as it
does not set them itself), and if it is a list, that list is the network's `layers`.

What is wrong in a spec is marked at the end of its line, `#! A302: part of the message`. A spec passes if it has the
marked errors and warnings and no others (advice on a sound network, A7xx, is left out), each with a remedy. One without
such marks must build, run, and give what is inferred. `#= 8 × 4 × 4` marks the type of its output, `#> conv norm` the
modules with weights in order, `#w conv.weight 8 4 1 1, conv.bias 8` the shapes of some weights, `#~` a line of the
printed graph, `#-` what is not in it, and `#y x.flip(2)` what torch makes of the inputs and, as `w["conv.weight"]`, the weights.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
import torch
from torch import nn

import archspec
from archspec.diagnostics import Diagnostic
from archspec.graph import Graph
from archspec.types import TensorType
from archspec.types.sizes import evaluate, symbols

_BREAK = {"-": "\n", "[": " "}
_WHOLE = re.compile(r":(\s*#.*)?\Z|^(===|---|>>> .*)$", re.MULTILINE)
_HEADER = {"input": "input: [4, 8, 8]", "norm": "norm: batch", "act": "act: relu"}
_INPUT = ("input:", "inputs:")
_MARK = re.compile(r"#! (A\d{3})(?:: (.*?))?(?=$| +#[!=>w~y-] )", re.MULTILINE)
_EXPECTED = re.compile(r"#([=>w~y-]) (.*?)(?=$| +#[!=>w~y-] )", re.MULTILINE)
_WEIGHTS = {
    "weight", "bias", "running_mean", "running_var", "num_batches_tracked", "alpha", "beta", "in_proj_weight",
    "in_proj_bias",
}  # fmt: skip


@dataclass(frozen=True)
class Case:
    """One sentence and what shows it.

    `graph` are the printed nodes of the network; `same` is another spec that gives the same. `files` are written beside
    the spec, which is then read from a file.
    """

    says: str
    spec: str
    graph: str | None = None
    same: str = ""
    files: Mapping[str, str] = field(default_factory=dict)
    params: Mapping[str, Any] = field(default_factory=dict)

    def check(self, folder: Path) -> None:
        """Fail unless the spec is what the case says."""
        text = full(self.spec)
        files = {name: full(content, bare=True) for name, content in self.files.items()}
        wanted = marks("spec.yaml" if files else "<text>", text)
        for name, content in files.items():
            wanted += marks(name, content)
        if wanted:
            refused(place(text, files, folder), sorted(wanted))
            return
        source = place(text, files, folder)
        found = sound(archspec.validate(source, self.params))
        assert not found, "\n\n".join(map(str, found))
        graph = archspec.compile(source, self.params)
        shapes = built(graph)
        for kind, expected in _EXPECTED.findall(text):
            as_marked(graph, shapes, kind, expected.strip())
        if self.graph is not None:
            assert body(graph) == dedent(self.graph).strip()
        if self.same:
            assert body(archspec.compile(full(self.same))) == body(graph)

    def __str__(self) -> str:
        return re.sub(r"\s+", " ", self.says)[:70]


def cases(*found: Case | str, head: str = "", files: Mapping[str, str] | None = None) -> pytest.MarkDecorator:
    """Parametrize a test by cases and tables of cases; `head` stands above every spec, an input above those without."""
    flat = [case for part in found for case in (table(part, head, files or {}) if isinstance(part, str) else [part])]
    return pytest.mark.parametrize("case", [pytest.param(case, id=str(case)) for case in flat])


def table(text: str, head: str, files: Mapping[str, str]) -> list[Case]:
    """Cases, in paragraphs: a sentence behind `# `, unless it is that of the paragraph before, and a spec.

    A spec may be followed by files, each below a line `>>> name.yaml`, and by `---` and the printed nodes of its
    graph, or by `===` and another spec that gives the same. Lines that each begin with `-` or `[` are as many specs,
    which have these nodes as layers and all lines before them in common; below `layers:` they are one list.
    """
    found: list[Case] = []
    says = ""
    for paragraph in re.split(r"\n\s*\n", dedent(text).strip("\n")):
        lines = paragraph.splitlines()
        sentence = [line[2:] for line in takewhile(lambda line: line.startswith("# "), lines)]
        says = " ".join(sentence) or says
        lines = lines[len(sentence) :]
        above = [*takewhile(lambda line: not line.startswith(("- ", "[")), lines)]
        nodes = lines[len(above) :]
        has_own = head.startswith(_INPUT) and any(line.startswith(_INPUT) for line in lines)
        top = "" if has_own else head
        if all(line.startswith(("- ", "[")) for line in nodes) and not _WHOLE.search("\n".join(above)) and nodes:
            shared = top + "".join(f"{line}\n" for line in above)
            found += [Case(says, f"{shared}layers:{_BREAK[line[0]]}{line}", files=files) for line in nodes]
        else:
            found.append(whole(says, top, "\n".join(lines), files))
    return found


def whole(says: str, head: str, text: str, files: Mapping[str, str]) -> Case:
    """The case of a paragraph that is one spec, with what follows it."""
    text, *graph = re.split(r"\n---(?:\n|\Z)", text)
    text, *same = text.split("\n===\n")
    spec, *more = re.split(r"^>>> (.*)\n", text, flags=re.MULTILINE)
    beside = {**files, **dict(zip(more[::2], more[1::2], strict=True))}
    return Case(says, head + spec, graph[0] if graph else None, "".join(head + other for other in same), beside)


def as_marked(graph: Graph, shapes: Mapping[str, tuple[int, ...]], kind: str, expected: str) -> None:
    """Fail unless a network is as a mark in its spec says."""
    printed = str(graph)
    if kind == "=":
        assert output(graph) == expected
    elif kind == ">":
        assert modules(shapes) == expected.split()
    elif kind == "~":
        assert expected in (line.strip() for line in printed.splitlines()), printed
    elif kind == "-":
        assert expected not in printed, printed
    elif kind == "y":
        computes(graph, expected)
    else:
        for part in expected.split(","):
            key, *shape = part.split()
            assert shapes.get(key) == tuple(map(int, shape)), f"{key} of {list(shapes)}"


def computes(graph: Graph, expected: str) -> None:
    """Fail unless a network computes what an expression of torch does, whose names are `x`, those of the inputs, and `w`."""
    module, inputs = archspec.build(graph, seed=0), examples(graph, 2)
    names = {"torch": torch, "F": torch.nn.functional, "inf": math.inf, "pi": math.pi, "w": module.state_dict()}
    wanted = eval(expected, {**names, **inputs, "x": next(iter(inputs.values()))})
    torch.testing.assert_close(run(module, inputs), wanted)


def full(text: str, bare: bool = False) -> str:
    """A whole file; `bare` ones get no header but the version."""
    text = dedent(text).strip("\n") + "\n"
    if text.startswith("- "):
        text = "layers:\n" + text
    if re.search(r"^\W*archspec:", text, re.MULTILINE):
        return text
    given = set(re.findall(r"^(\w+):", text, re.MULTILINE))
    leave = bare or "extends" in given or "inputs" in given
    head = [line for key, line in _HEADER.items() if key not in given and not (leave and (bare or key == "input"))]
    return "\n".join(["archspec: 1", *([] if "extends" in given else head), text])


def place(text: str, files: Mapping[str, str], folder: Path) -> str | Path:
    """The text itself, or the path of a file with it, where other files stand beside it."""
    if not files:
        return text
    for name, content in {**files, "spec.yaml": text}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    return folder / "spec.yaml"


def marks(name: str, text: str) -> list[tuple[str, int, str, str]]:
    """The marked findings: file, line, code, and a part of the message."""
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        for code, message in _MARK.findall(line):
            found.append((name, number, code, message.strip()))
    return found


def sound(found: list[archspec.Diagnostic]) -> list[archspec.Diagnostic]:
    """The findings without advice (A7xx), which has tests of its own."""
    return [d for d in found if not d.code.startswith("A7")]


def findings(source: str | Path, params: Mapping[str, Any] | None = None) -> list[Diagnostic]:
    """What is wrong with a spec: errors and warnings, without advice."""
    return [d for d in archspec.validate(source, params) if not d.code.startswith("A7")]


def refused(source: str | Path, wanted: Iterable[tuple[str, int, str, str]]) -> None:
    """Fail unless a spec has exactly these findings."""
    found = sound(archspec.validate(source))
    shown = "\n\n".join(map(str, found)) or "no finding"
    places = [
        (Path(d.span.source.name).name if d.span else "", d.span.line if d.span else 0, d.code, d.message)
        for d in found
    ]
    wanted = [(Path(name).name, line, code, message) for name, line, code, message in wanted]
    assert sorted(p[:3] for p in places) == sorted(w[:3] for w in wanted), shown
    for (*_, message), (*_, part) in zip(sorted(places), sorted(wanted), strict=True):
        assert part in message, shown
    for diagnostic in found:
        assert diagnostic.help, f"no remedy:\n{diagnostic}"
        assert str(diagnostic).isprintable() or "\n" in str(diagnostic)
    if any(d.severity == "error" and not d.code.startswith("A6") for d in found):
        with pytest.raises(archspec.SpecError):
            archspec.compile(source)


def built(graph: Graph) -> dict[str, tuple[int, ...]]:
    """The shapes of the built module's state; fails unless it runs, and gives what was inferred."""
    module = archspec.build(graph, seed=0)
    shapes = {key: tuple(value.shape) for key, value in module.state_dict().items()}
    inferred = [(key, weight.shape) for key, weight in graph.weights()]
    assert list(shapes.items()) == inferred
    for inputs in (examples(graph, 2), examples(graph, 3)):
        found = run(module, inputs)
        results = [found] if graph.single else list(found.values())
        for result, value in zip(results, graph.outputs.values(), strict=True):
            assert value.type is not None
            assert tuple(result.shape) == (next(iter(inputs.values())).shape[0], *sizes_of(value.type))
        if not graph.single:
            assert list(found) == list(graph.outputs)
    return shapes


def run(module: nn.Module, inputs: Mapping[str, torch.Tensor]) -> Any:
    """What a module computes for inference."""
    module.eval()
    with torch.no_grad():
        return module(*inputs.values())


def examples(graph: Graph, batch: int) -> dict[str, torch.Tensor]:
    """Inputs for a network, always the same."""
    generator = torch.Generator().manual_seed(batch)
    return {name: example(value.type, batch, generator) for name, value in graph.inputs.items()}


def example(kind: TensorType | None, batch: int, generator: torch.Generator) -> torch.Tensor:
    """A value of a type."""
    assert kind is not None
    shape = (batch, *sizes_of(kind))
    return (
        torch.randn(shape, generator=generator)
        if kind.vocab is None
        else torch.randint(kind.vocab, shape, generator=generator)
    )


def sizes_of(kind: TensorType) -> tuple[int, ...]:
    """The shape of a value, where every open size is 8."""
    return tuple(evaluate(n, dict.fromkeys(symbols(n), 8)) for n in kind.shape)


def module_of(text: str, **params: Any) -> nn.Module:
    """The built module of a (short) spec."""
    return archspec.build(full(text), params, seed=0)


def graph_of(text: str, **params: Any) -> Graph:
    """The graph of a (short) spec."""
    return archspec.compile(full(text), params)


def modules(keys: Iterable[str]) -> list[str]:
    """The paths of the modules with weights; a parameter that has no module of its own stands for itself."""
    found = []
    for key in keys:
        home, _, last = key.rpartition(".")
        found.append(home if last in _WEIGHTS else key)
    return list(dict.fromkeys(found))


def output(graph: Graph) -> str:
    """The types of the outputs, as they are printed."""
    return ", ".join(str(value.type) for value in graph.outputs.values())


def body(graph: Graph) -> str:
    """The printed nodes of a graph: all but its name, parameters, inputs and outputs."""
    lines = str(graph).splitlines()
    return "\n".join(lines[1 + len(graph.inputs) : len(lines) - len(graph.outputs)])
