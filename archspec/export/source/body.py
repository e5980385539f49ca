"""One class of a file, from its first line to the last one of its forward."""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass, field

from torch import nn

from archspec.compiler.names import MODULE_ATTRIBUTES
from archspec.export.source.classes import Definition
from archspec.export.source.code import WIDTH, Group, call, docstring, lay_out, literal, parted
from archspec.export.source.constructor import Constructor, Writer, signature
from archspec.export.source.forward import Forward
from archspec.export.source.names import RESERVED, free, is_attribute, variable
from archspec.graph.graph import Graph
from archspec.graph.nodes import Node, Scope, Value
from archspec.ops.base import MODULES
from archspec.torch_backend.strides import strided_points

_KNOWN = MODULE_ATTRIBUTES | frozenset(dir(nn.ModuleList))
"""The attributes that every module has."""


@dataclass(slots=True)
class Body:
    """Writes one class of a graph's file."""

    graph: Graph
    definition: Definition
    writer: Writer
    constructor: Constructor = field(init=False)
    attributes: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.constructor = Constructor(self.definition, self.writer)

    @property
    def is_root(self) -> bool:
        """Whether this is the network itself."""
        return self.definition.skeleton.scope.parent is None

    def lines(self) -> list[str]:
        """All lines of the class."""
        chain = self.definition.skeleton.chain
        base = self.constructor.base if chain is None else "nn.Sequential"
        head = [f"class {self.definition.name}({base}):", *self._about(), ""]
        if chain is not None:
            code = self.writer.sequential("super().__init__", chain, iter(self.definition.texts))
            return [*head, *signature(self.definition), *lay_out(code, 8)]
        children = self.constructor.lines()
        texts = [self._through_self(text) for text in self.constructor.texts]
        stored = [f"        self.{attribute} = {text}" for text, attribute in self.attributes.items()]
        body = [*stored, *children, *self._ties(), *self._dtype(), *self._guards()]
        init = [*signature(self.definition), "        super().__init__()", *body, ""] if body else []
        return [*head, *init, *self._forward(texts)]

    def _about(self) -> list[str]:
        scope = self.definition.skeleton.scope
        text = f"The block `{scope.block}`." if scope.block else f"The {scope.kind} `{scope.name}`."
        if self.is_root:
            given, found = (
                ", ".join(f"(N, {_shape(value)})" for value in values)
                for values in (self.graph.inputs.values(), self.graph.outputs.values())
            )
            text = f"The network: {given} to {found}."
        return docstring(text if len(text) <= WIDTH - 10 else "\n".join(textwrap.wrap(text, WIDTH - 12)), 4)

    def _dtype(self) -> list[str]:
        """The statement that gives the weights the type of the network."""
        dtype = self.graph.dtype
        return [f"        self.to(torch.{dtype})"] if self.is_root and dtype != "float32" else []

    def _ties(self) -> list[str]:
        """The statements that let parameters be those of other modules."""
        found: list[str] = []
        for key, owner in self.graph.ties().items() if self.is_root else ():
            path, _, name = key.rpartition(".")
            home = f"self.get_submodule({literal(path)})" if path else "self"
            code = call(f"{home}.register_parameter", [literal(name), f"self.get_parameter({literal(owner)})"])
            found += lay_out(code, 8)
        return found

    def _guards(self) -> list[str]:
        """The statements that keep from convolutions what they are not safe with."""
        paths = strided_points(self.graph) if self.is_root else []
        if not paths:
            return []
        hook = self.writer.names(f"{MODULES}.contiguous")
        items = Group("(", tuple(literal(path) for path in paths), ",):" if len(paths) == 1 else "):")
        register = f"            self.get_submodule(path).register_forward_pre_hook({hook})"
        return [*lay_out(items, 8, "for path in "), register]

    def _attribute(self, name: str) -> str:
        """The attribute that keeps a parameter, by a name that nothing else has."""
        if name not in self.attributes:
            taken = {path[0] for path in self.constructor.children} | {*self.attributes.values(), *_KNOWN}
            self.attributes[name] = free(name, taken)
        return self.attributes[name]

    def _through_self(self, text: str) -> str:
        """A text of the constructor for use in the forward: parameters become attributes."""
        names = {parameter.name for parameter in self.definition.parameters}

        def stored(match: re.Match[str]) -> str:
            return f"self.{self._attribute(match[0])}" if match[0] in names else match[0]

        parts = parted(text)
        parts[::2] = [re.sub(r"[A-Za-z_]\w*", stored, part) for part in parts[::2]]
        return "".join(parts)

    def _forward(self, texts: list[str]) -> list[str]:
        inputs = self._inputs()
        returned = "dict[str, Tensor]" if self.is_root and not self.graph.single else self._tuple()
        received = self.definition.skeleton.received
        given = (f"{name}: {_kind(value)}" for name, value in zip(inputs, received, strict=True))
        head = lay_out(Group("(", ("self", *given), ")"), 4, "def forward", f" -> {returned}:")
        forward = Forward(self.definition, inputs, self.constructor.reach, texts, self.writer)
        mapping = self._mapping() if self.is_root and not self.graph.single else None
        repeated = self._repeated(inputs) if self.is_root else {}
        return [*head, *forward.write(mapping, repeated)]

    def _repeated(self, inputs: list[str]) -> dict[int, str]:
        """What is put after the outputs that are the same for every sample."""
        values = list(dict.fromkeys(self.graph.outputs.values()))
        results = zip(values, self.definition.skeleton.results, strict=True)
        axes = {number: value.type for value, number in results if value.type is not None and not value.type.batch}
        return {
            number: f".expand({', '.join([f'{inputs[0]}.shape[0]', *['-1'] * len(kind.shape)])})"
            for number, kind in axes.items()
        }

    def _tuple(self) -> str:
        count = len(self.definition.skeleton.results)
        return "Tensor" if count == 1 else f"tuple[{', '.join(['Tensor'] * count)}]"

    def _inputs(self) -> list[str]:
        """What the arguments of the forward are called."""
        scope, values = self.definition.skeleton.scope, self.definition.skeleton.received
        if self.is_root and len(values) > 1:
            return self._named()
        found: list[str] = []
        named: dict[object, str] = {value: name for name, value in scope.arguments.items() if isinstance(value, Value)}
        for value in values:
            # a value of several runs is called as it is in the first
            first = value[0] if isinstance(value, tuple) else value
            name = "x" if first is scope.inputs[0] else variable(named.get(first) or _producer(first) or "other")
            found.append(free(name, {*found, *self.writer.taken, "y"}))
        return found

    def _named(self) -> list[str]:
        """The arguments of a network with several inputs, by the names of those where they serve."""
        found: list[str] = []
        kept = [name for name in self.graph.inputs if is_attribute(name) and name not in RESERVED]
        for name in self.graph.inputs:
            others = {*found, *kept, *self.writer.taken}
            found.append(free(name if name in kept else variable(name), others - {name}))
        return found

    def _mapping(self) -> dict[str, int]:
        """The outputs of the network by name, each as the number of a value."""
        values = list(dict.fromkeys(self.graph.outputs.values()))
        results = self.definition.skeleton.results
        return {name: results[values.index(value)] for name, value in self.graph.outputs.items()}


def _shape(value: Value) -> str:
    return ", ".join(map(str, value.type.shape)) if value.type is not None else "…"


def _kind(value: object) -> str:
    """The type of an argument: a value, a module, or the parameter of one that is none."""
    is_module = isinstance(value, Scope) or (isinstance(value, Node) and value.call.is_module)
    return "nn.Module" if is_module else "Tensor"


def _producer(value: object) -> str:
    """The name of what gives a value, or of a module."""
    if isinstance(value, (Node, Scope)):
        return value.name.rpartition(".")[2]
    assert isinstance(value, Value)
    for item in value.scope.body if value.scope is not None else ():
        name = item.name.rpartition(".")[2]
        if item.output is value:
            return name
        if isinstance(item, Node) and value in item.more:
            return f"{name}_{item.op.more[item.more.index(value)]}"
    return ""
