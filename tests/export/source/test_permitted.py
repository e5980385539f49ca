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
from tests.export.source.written import check_bits

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


RIGHT = """
archspec: 1
name: n
input: [4, 8, 8]
params: {a: 1.0}
blocks:
  b: {params: {c: int, d: 2.0, eval: 4}, layers: [linear: $c, multiply: $d, linear: $eval, scale, linear: 4]}
layers:
  - norm: {type: layer, name: numpy}
  - conv: {name: a-b, channels: 4, stride: 2}
  - global_pool
  - b: {name: gi_frame, c: 4}
  - b: {name: tofile, c: 5, d: 3.0, eval: 7}
  - seq:
      name: s
      layers: [linear: {name: fc1, features: 5}, linear: {name: fc2, features: 6}, linear: {name: fc3, features: 7}]
"""
"""A source with most of what one may hold: a hook, `getattr`, parameters, `OrderedDict` of a generator."""

STATEMENTS = {
    "forward": [
        "open('x')", "eval('1')", "__import__('os')", "print(x)", "(lambda: 1)()", "(y := x)",
        "self.gi_frame((y := x))", "[eval('1') for eval in ()]", "y = [0 for eval in ()], eval('1')",
        "{print(i) for i in x}", "{i: i for i in x}", "[i for i in __builtins__]", "y = (i for i in x)",
        "(i for i in x).gi_frame.f_builtins", "[i async for i in x]", "getattr(self, '__class__')",
        "getattr(self, 'forward')", "getattr(nn, 'numpy')", "getattr(torch, 'a-b')", "getattr(x, 'numpy')",
        "getattr(*(self, '__class__'), 'numpy')", "getattr(self)", "getattr(self, x)", "getattr", "y = getattr",
        "y = super", "super(N, self)", "super().__init__.__globals__", "super().__reduce__()", "f'{print(x)}'",
        "f'{x.numpy}'", "f'{x:{x}}'", "'{0.__class__}'.format(x)", "'{}'.format", "b''.join", "().count", "x.__class__",
        "x.numpy()", "x.numpy().tofile('x')", "x.data", "x.storage()", "x.apply_(x)", "x.register_hook(x)",
        "self.__dict__", "self._modules", "self.apply(x)", "self.compile(x)", "self.numpy.forward.__globals__",
        "self.numpy.__init__", "self.register_module('x', x)", "self.gi_frame = x", "self.tofile = x.reshape(1)",
        "x.shape = x", "torch.cat = self.numpy", "torch.cat += x", "nn.Linear.forward = x", "x[0] = x", "torch",
        "y = torch", "y = nn", "self.numpy(F)", "torch.hub", "torch.hub.load('a', 'b')", "torch.load('x')",
        "torch.save(x, 'x')", "torch.ops.aten", "torch.ops.load_library('x')", "torch.utils.cpp_extension.load('x')",
        "torch.jit.load('x')", "torch.compile(x)", "torch.classes.load_library('x')", "torch.os.system('x')",
        "torch.serialization.os", "torch.from_file('x')", "torch.package", "nn.modules.module.torch",
        "nn.init.torch.hub", "nn.init", "y = nn.init", "nn.init.warnings.sys", "nn.init.math", "nn.functional.torch",
        "nn.Linear.__init__", "nn.Linear.forward.__globals__", "nn.Linear.torch", "nn.Embedding.from_pretrained(x)",
        "F.torch.hub", "F.os", "F.importlib", "Tensor.numpy(x)", "Tensor.__init__", "(x or open)('x')",
        "{'a': x}['a']('x')", "[x][0]('x')", "x[0]('x')", "i = x; i('x')", "super = x", "self = x", "nn = x",
        "range = x", "torch = self", "y: int = 1", "del x", "global x", "nonlocal x", "import os",
        "from os import system", "assert x",
        "raise x", "yield x", "await x", "with x: pass", "try: pass\nexcept x: pass", "while x: pass",
        "def y(): pass", "class Y: pass", "for y in x: pass", "for y in (1,): pass\nelse: pass",
        "match x:\n  case _: pass", "pass", "if x: self.numpy(x)", "y = x if x else x", "y = x or x", "y = x is x",
    ],
    "__init__": [
        "self.tofile = self.numpy()", "y = self.numpy()", "self.y = self", "y = getattr(self, 'numpy')",
        "self.y = super().forward", "y = (i for i in ())", "self.y = open('x')", "torch.cat = 1",
        "self.__class__ = Tensor", "self.get_submodule('numpy').register_forward_hook(1)",
        "self.load_state_dict(torch.load('x'))",
    ],
}  # fmt: skip
CLASSES = {
    "class N(nn.Module)": [
        "class N(nn.Module, metaclass=print)", "class N(nn.Module, nn.Module)", "class N()", "class N(Any)",
        "class N(nn.Module, **{})", "class N(nn.Module.__class__)", "@print\nclass N(nn.Module)",
        "class print(nn.Module)", "import os\nclass N(nn.Module)", "import torch.hub\nclass N(nn.Module)",
        "import torch as t\nclass N(nn.Module)", "from torch import *\nclass N(nn.Module)",
        "from torch import hub\nclass N(nn.Module)", "x = 1\nclass N(nn.Module)", "print(1)\nclass N(nn.Module)",
        "'x'\nclass N(nn.Module)", "def y(): pass\nclass N(nn.Module)",
        "import torch.utils.cpp_extension\nclass N(nn.Module)", "if 1: pass\nclass N(nn.Module)",
    ],
    "    def forward(self, x: Tensor) -> Tensor:": [
        "    def forward(self, x: Tensor = print(1)) -> Tensor:", "    def forward(self, x: print(1)) -> Tensor:",
        "    def forward(self, x: Tensor, eval=eval('1')) -> Tensor:",
        "    def forward(self, x: Tensor) -> Tensor.numpy:", "    def forward(self, x: (lambda: 1)) -> Tensor:",
        "    def forward(self, x: Tensor, *, y=open) -> Tensor:",
        "    def forward(self, x: Tensor, y=self.numpy) -> Tensor:", "    @print\n    def forward(self, x):",
        "    async def forward(self, x):", "    def __getattr__(self, x):", "    def __init_subclass__(self, x):",
        "    x = 1\n    def forward(self, x):", "    print(1)\n    def forward(self, x):",
        "    'a'\n    def forward(self, x):", "    def forward(self, x: [i for i in y]) -> Tensor:",
        "    import os\n    def forward(self, x):",
    ],
    "class LayerNormFirst(nn.LayerNorm)": ["class LayerNormFirst(nn.Linear)"],
    "return (x.contiguous()": ["return open(x.contiguous()"],
}  # fmt: skip


def tampered() -> list[tuple[str, str]]:
    """What stands in the source, and what is put in its place."""
    _, text = source(archspec.compile(RIGHT))
    found = [(right, wrong) for right, others in CLASSES.items() for wrong in others]
    for method, statements in STATEMENTS.items():
        first = text[text.index("class N(") :]
        first = first[first.index(f"    def {method}(") :].split("\n")[0]
        for statement in statements:
            found.append((first, "\n        ".join([first, *statement.split("\n")])))
    return found


TAMPERED = tampered()


@pytest.mark.parametrize(("right", "wrong"), TAMPERED, ids=[wrong.split("\n")[-1].strip() for _, wrong in TAMPERED])
def test_what_no_network_needs_is_refused(right: str, wrong: str) -> None:
    graph = archspec.compile(RIGHT)
    _, text = source(graph)
    before, found, after = text.rpartition(right)
    assert found
    changed = before + wrong + after
    ast.parse(changed)
    with pytest.raises(ExportError, match=r"line \d+ of the source holds what no network needs"):
        check_source(changed, graph)


def test_nothing_of_a_source_is_refused() -> None:
    text = source(archspec.compile(RIGHT))[1]
    assert all(part in text for part in ("getattr(", "OrderedDict((f", "register_forward_pre_hook", "nn.Parameter("))
    check_bits(archspec.compile(RIGHT))


@pytest.mark.parametrize("text", ["", "1", "'a", "a b", "\0", "'a'\n" + "(" * 500, "'a'\n" + "-" * 100_000 + "1"])
def test_what_is_no_source_is_refused(text: str) -> None:
    with pytest.raises(ExportError, match="the source"):
        check_source(text, archspec.compile(RIGHT))


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
