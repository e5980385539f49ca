"""A source that does anything but build modules is refused; text of a spec stays text."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

import archspec
from archspec.errors import ExportError
from archspec.export.source import check_source, source
from archspec.source import forbidden

HOSTILE = [
    '"""',
    "'''",
    '"',
    "\\",
    "\\N{DASH}",
    "{x}",
    "#",
    "\n",
    "\t",
    "  ",
    "a" * 200,
    ";__import__('os')",
    "é",
    "\xa0",
]


def network(reference: str) -> archspec.Graph:
    spec = {"archspec": 1, "name": "n", "reference": reference, "input": [4], "layers": [{"linear": 2}]}
    return archspec.compile(spec)


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("return ", "return __import__('os').system('x') or "),
        ("return ", "return open('x') or "),
        ("return ", "return (lambda: 1)() or "),
        ("class N", "import os\nclass N"),
        ("class N", "x = 1\nclass N"),
        ("class N(nn.Module)", "class N(nn.Module, metaclass=print)"),
        ("nn.Linear(", "torch.hub.load("),
        ("nn.Linear(", "nn.Linear.__init__.__globals__("),
        ("nn.Linear(", "nn.modules.module.torch.hub("),
        ("super().__init__()", "super().__init__(); eval('1')"),
        ("x: Tensor)", "x: Tensor = print(1))"),
    ],
)
def test_what_no_network_needs_is_refused(right: str, wrong: str) -> None:
    graph = network("a")
    _, text = source(graph)
    check_source(text, graph)
    assert right in text
    with pytest.raises(ExportError, match="holds what no network needs"):
        check_source(text.replace(right, wrong, 1), graph)


@given(text=st.lists(st.sampled_from(HOSTILE) | st.characters(codec="utf-8"), max_size=30).map("".join))
def test_the_docstring_holds_the_reference_letter_for_letter(text: str) -> None:
    try:
        graph = network(text)
    except archspec.SpecError:
        assert forbidden(text)
        return
    _, written = source(graph)
    check_source(written, graph)
    about = ast.parse(written).body[0]
    assert isinstance(about, ast.Expr)
    assert isinstance(about.value, ast.Constant)
    assert graph.reference == text
    assert text in about.value.value
    assert max(map(len, written.split("\n"))) <= 120
