"""A graph seen as a flow: who makes each value, who takes it, and where a node is to be blamed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

from archspec.diagnostics import Diagnostic, Related
from archspec.graph.graph import Graph
from archspec.graph.nodes import Node, Value
from archspec.limits import ORIGINS


@dataclass(frozen=True)
class Flow:
    """A graph with its values' makers and takers. `batch_size` is that of training, where it is known."""

    graph: Graph
    batch_size: int | None = None

    @cached_property
    def nodes(self) -> list[Node]:
        """All nodes, in the order in which they run."""
        return list(self.graph.root.nodes())

    @cached_property
    def returned(self) -> set[Value]:
        """The values that the network returns."""
        return set(self.graph.outputs.values())

    @cached_property
    def taken(self) -> set[Value]:
        """The values that some node takes or that the network returns."""
        return self.returned.union(*[node.inputs for node in self.nodes])

    @property
    def taken_inputs(self) -> list[str]:
        """The names of the inputs that some node takes or that the network returns."""
        return [name for name, value in self.graph.inputs.items() if value in self.taken]

    @cached_property
    def takers(self) -> dict[Value, list[Node]]:
        """The nodes that take each value, of those on which something returned depends."""
        found: dict[Value, list[Node]] = {}
        for node in reversed(list(self.graph.root.nodes(running=True))):
            for value in node.inputs:
                found.setdefault(value, []).append(node)
        return found

    @cached_property
    def makers(self) -> dict[Value, Node]:
        """The node that makes each value, looking through dropout and the like."""
        found: dict[Value, Node] = {}
        for node in self.nodes:
            before = found.get(node.source) if node.source else None
            if not node.traits.passes:
                found |= dict.fromkeys(node.outputs, node)
            elif before is not None:
                found[node.output] = before
        return found

    def before(self, node: Node) -> Node | None:
        """What made the value that a node takes, looking through dropout and the like; None at the input."""
        return self.makers.get(node.source) if node.source else None

    def only_taker(self, node: Node) -> Node | None:
        """The one node that takes a node's output, where no other does and the network does not return it."""
        return self._only_takers.get(node.output)

    @cached_property
    def _only_takers(self) -> dict[Value, Node]:
        return {
            value: takers[0] for value, takers in self.takers.items() if len(takers) == 1 and value not in self.returned
        }


@dataclass(slots=True)
class Origins:
    """What values are made of, by the node that makes each. A rule looks at no more than `left` values in all."""

    makers: Mapping[Value, Node]
    left: int = ORIGINS

    @classmethod
    def of_nodes(cls, nodes: Iterable[Node]) -> Origins:
        """Those of the values that some nodes give."""
        return cls({value: node for node in nodes for value in node.outputs})

    @property
    def exhausted(self) -> bool:
        """Whether enough values were looked at."""
        return self.left < 0

    def of(self, value: Value) -> set[Value]:
        """A value and all that it is made of."""
        found: set[Value] = set()
        waiting = [value]
        while waiting:
            value = waiting.pop()
            if value not in found:
                found.add(value)
                waiting += self.makers[value].inputs if value in self.makers else ()
        self.left -= len(found)
        return found


def called(node: Node) -> str:
    """An op as a file writes it, with the argument that it may stand for: `norm: batch`."""
    op = node.op
    value = None if op.principal is None else getattr(op, op.principal)
    return op.name if value is None else f"{op.name}: {value}"


def advice(code: str, node: Node, message: str, help: str) -> Diagnostic:
    """A warning about a node; as its place makes it one finding, one for all nodes that are made there.

    In a block of another file, such as a bundled one, the call is to blame: the innermost in the file where it began.
    """
    sites = node.site.chain() if node.site is not None else []
    if sites and node.span is not None and sites[0].span.source is not node.span.source:
        call = [site for site in sites if site.span.source is sites[0].span.source][-1]
        where = (Related(node.span, f"in `{sites[-1].block}`"),)
        return Diagnostic(code, message, call.span, "called here", help, where, "warning")
    related = (Related(sites[0].span, f"`{sites[0].block}` is called here"),) if sites else ()
    return Diagnostic(code, message, node.span, "", help, related, "warning")


Rule: TypeAlias = Callable[[Flow], Iterator[Diagnostic]]
"""A rule: what it finds in a flow."""
