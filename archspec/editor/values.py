"""What the expressions in a file come to, over all the times that they were computed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple, TypeAlias

from archspec.compiler.trace import VISITS, Visit
from archspec.diagnostics import Collector, Span
from archspec.editor.analysis import Analysis
from archspec.editor.kept import kept
from archspec.editor.occurrences import Lines, meets, occurrences_near
from archspec.escape import escaped
from archspec.language import Argument, BlockSpec, NodeSpec, Template, TemplateError, Unknown
from archspec.language.expressions.template import template
from archspec.ops.written import literal
from archspec.source import Mapping as MappingTree
from archspec.source import Scalar, Sequence, Tree
from archspec.types.figures import figure
from archspec.types.sizes import Dim

Look: TypeAlias = Callable[[Template], Any]
"""The value of a template at one time; None where it has none."""

SHOWN = 3
"""Values that are told one by one."""
_LONGEST = 60


class Computed(NamedTuple):
    """An expression, all or part of a `scalar`, and what it is seen with; `more` says that not every time is kept."""

    scalar: Scalar
    looks: tuple[Look, ...]
    more: bool

    @property
    def values(self) -> tuple[Any, ...]:
        """Its values, each once, in the order in which they were computed."""
        asked = template(self.scalar, Collector())
        return () if asked.constant else self.values_of(asked)

    def values_of(self, asked: Template) -> tuple[Any, ...]:
        """The same of another template that stands in its place, such as one name of it."""
        return distinct(look(asked) for look in self.looks)

    @property
    def told(self) -> str:
        """Its values in a few words; empty where there are none."""
        return told(self.values, self.more)


@kept
def nodes_in(analysis: Analysis) -> tuple[NodeSpec, ...]:
    """All nodes that stand in a file, in the order of the text."""
    return nodes_near(analysis, None)


def nodes_near(analysis: Analysis, lines: Lines | None) -> tuple[NodeSpec, ...]:
    """Those that have a part in some lines."""
    # what an alias stands for is read again, at the same place
    found = {one.node.span: one.node for one in occurrences_near(analysis, lines) if one.node is not None}
    return tuple(node for span, node in sorted(found.items(), key=_place) if span.source is analysis.source)


def name_of(node: NodeSpec) -> Span:
    """The name of a node; of an item of `stages`, which has none, its first key: others may stand in a base."""
    if node.span != node.whole:
        return node.span
    keys = (one.key for one in node.arguments.values() if one.key.source is node.span.source)
    return min(keys, key=lambda span: span[1:], default=node.span)


def computed(analysis: Analysis, lines: Lines | None = None) -> Mapping[Span, Computed]:
    """The values in some lines, or in all, that are expressions, each by its place."""
    return computed_by(analysis, nodes_near(analysis, lines), lines)


def computed_by(analysis: Analysis, nodes: Iterable[NodeSpec], lines: Lines | None) -> Mapping[Span, Computed]:
    """The same, where the nodes that have a part in the lines are known."""
    found = {
        one.scalar.span: one
        for one in _computed(analysis, nodes, lines)
        if one.scalar.span.source is analysis.source and (lines is None or meets(one.scalar.span, lines))
    }
    return {span: one for span, one in found.items() if one.looks}


def calls(analysis: Analysis, block: BlockSpec) -> list[Visit]:
    """How a block saw its parameters at its calls."""
    first = block.layers.items[:1]
    return [visit for node in first for visit in analysis.visits(node.span) if visit.here.block is block]


def distinct(values: Iterable[Any]) -> tuple[Any, ...]:
    """Numbers, texts and lists of these, each once."""
    return tuple({(type(value), value): value for value in values if _is_plain(value)}.values())


def told(values: tuple[Any, ...], more: bool = False) -> str:
    """`128`, `64, 128, 256`, or of many, the least and the largest, `16…512`; of texts and lists, first and last."""
    if len(values) > SHOWN or (more and len(values) > 1):
        if all(type(value) in (int, float) for value in values):
            return f"{literal(min(values), figure)}…{literal(max(values), figure)}"
        return f"{_short(values[0])} … {_short(values[-1])}"
    return ", ".join(map(_short, values))


def _short(value: Any) -> str:
    text = escaped(literal(value, figure))
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _is_plain(value: Any) -> bool:
    if isinstance(value, tuple):
        return all(map(_is_plain, value))
    return isinstance(value, (bool, int, float, str, Dim))


def _place(found: tuple[Span, NodeSpec]) -> tuple[int, ...]:
    return found[0][1:]


def _computed(analysis: Analysis, nodes: Iterable[NodeSpec], lines: Lines | None) -> Iterator[Computed]:
    spec, graph = analysis.spec, analysis.graph
    params = graph.params if graph is not None else {}
    outside: tuple[Look, ...] = (lambda asked: _known(asked, params),) if graph is not None else ()
    of_spec: list[Tree] = [one.default.tree for one in spec.params.values() if one.default is not None]
    given = [*spec.inputs.values(), *spec.outputs.values(), *spec.budget.values(), *spec.init.values()]
    given += [one for one in (spec.norm, spec.act) if one is not None]
    given += [one for arguments in spec.defaults.values() for one in arguments.values()]
    for tree in [*of_spec, *(argument.tree for argument in given)]:
        yield from (Computed(scalar, outside, False) for scalar in expressions(tree))
    for block in spec.blocks.values():
        yield from _defaults(analysis, block, lines)
    for node in nodes:
        # those inside of others come later, and have the last word about their own
        visits = analysis.visits(node.span)
        for key, argument in _arguments(node):
            seen = visits if node.op != "stage" or key in _OF_STAGE else _turns(analysis, node, argument)
            looks = tuple(visit.value for visit in seen if key == "when" or _stands(visit))
            yield from (Computed(scalar, looks, len(seen) == VISITS) for scalar in expressions(argument.tree))


_OF_STAGE = ("block", "depth", "layers", "name", "norm", "act", "from", "when")
"""What a stage computes once, and not for each of its blocks."""


def _arguments(node: NodeSpec) -> Iterator[tuple[str, Argument]]:
    if node.principal is not None:
        yield "", node.principal
    for key, argument in node.arguments.items():
        yield key, argument
        if key in ("first", "with") and node.op == "stage" and isinstance(argument.tree, MappingTree):
            yield from argument.arguments.items()


def _turns(analysis: Analysis, node: NodeSpec, argument: Argument) -> list[Visit]:
    """The calls of a stage's block that were given an argument."""
    block = node.arguments.get("block")
    visits = analysis.visits(block.at) if block is not None else ()
    return [visit for visit in visits if any(one.tree is argument.tree for one in visit.node.arguments.values())]


def _stands(visit: Visit) -> bool:
    """Whether its `when` let a node in."""
    return visit.node.when is None or visit.value(visit.node.when.template) is not False


def _defaults(analysis: Analysis, block: BlockSpec, lines: Lines | None) -> Iterator[Computed]:
    """The defaults of a block's parameters, at the calls that leave the parameter out."""
    visits = calls(analysis, block)
    for name, parameter in block.parameters.items():
        if parameter.default is None or parameter.default.constant:
            continue
        if lines is not None and not meets(parameter.default.tree.span, lines):
            continue
        own = [one for one in visits if one.value(parameter.default) == one.here.params.get(name)]
        looks = tuple(one.value for one in own)
        for scalar in expressions(parameter.default.tree):
            yield Computed(scalar, looks, len(visits) == VISITS)


def _known(asked: Template, names: Mapping[str, Any]) -> Any:
    if asked.broken or not names.keys() >= asked.names.keys():
        return None
    try:
        return asked.evaluate(names)
    except (TemplateError, Unknown):
        return None


def expressions(tree: Tree) -> Iterator[Scalar]:
    """The texts in a tree that have an expression in them."""
    if isinstance(tree, Scalar):
        if isinstance(tree.value, str) and "$" in tree.value:
            yield tree
        return
    for inner in tree.items if isinstance(tree, Sequence) else tree.entries.values():
        yield from expressions(inner)
