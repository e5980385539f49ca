"""Where the walk stands: the scope that nodes go into, and everything an expression or a reference may see there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, NoReturn

from archspec.compiler.names import Lookup, Names
from archspec.compiler.site import Site, origin, passed_on, placed
from archspec.diagnostics import Collector, Diagnostic, Fix, Related, Span
from archspec.graph.graph import Level
from archspec.graph.nodes import Scope, Value
from archspec.language import (
    NAMING,
    UNKNOWN,
    Argument,
    BlockSpec,
    Nodes,
    NodeSpec,
    ParameterSpec,
    Spec,
    Template,
    TemplateError,
    Unknown,
)
from archspec.language.reading import boolean
from archspec.language.remedies import BOOLEANS, truth_help, unquoted
from archspec.language.words import shown
from archspec.ops import Init, Op, ShapeError
from archspec.types.tensor import TensorType

MOST_NODES = 200_000
"""Nodes of a network: an order of magnitude beyond any published one, and still compiled within seconds."""
MOST_BROKEN = 20_000
"""Nodes after which the walk of a network that has mistakes ends: it is told enough."""
MOST_REPORTS = 1000
"""Findings that the walk comes upon, the same ones again and again included."""
DEEPEST = 100
"""Levels of blocks and combinators inside each other, so that no recursion of ours meets Python's limit."""


class Abort(Exception):
    """The walk cannot go on: a limit is exceeded, and has been reported."""


class Skip(Exception):
    """This node has no value: something was reported, or an earlier error hides what it needs."""


class Place(NamedTuple):
    """The surroundings of a node; what changes from node to node, the current value, is passed beside it.

    `params` are the names that belong to the block or the spec, `dynamic` those that expressions see everywhere.
    `norm` and `act` are the defaults in force, as arguments; `block` is the definition in which the nodes are written.
    `times` is how often what stands here is repeated in all.
    """

    scope: Scope
    names: Names
    lookup: Lookup
    params: Mapping[str, Any]
    dynamic: Mapping[str, Any]
    norm: Mapping[str, Any] | None = None
    act: Mapping[str, Any] | None = None
    block: BlockSpec | None = None
    site: Site | None = None
    level: int = 0
    times: int = 1

    @property
    def own(self) -> bool:
        """Whether the spec's `defaults` hold."""
        return self.block is None or self.block.own

    def default(self, kind: str) -> Mapping[str, Any] | None:
        """The default `norm` or `act` in force."""
        return self.norm if kind == "norm" else self.act

    def at(self, **changes: Any) -> Place:
        """The same surroundings with something changed."""
        return self._replace(**changes)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Passed:
    """Nodes passed to a block, with the surroundings of the call; those of a default have the block's own."""

    nodes: Nodes
    place: Place | None = None

    def __repr__(self) -> str:
        return "nodes"


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Reference:
    """A value passed to a block by reference."""

    text: str
    value: Value

    def __repr__(self) -> str:
        return f"a reference to `{self.text}`"


@dataclass(slots=True, eq=False)
class Context:
    """What one compilation shares: the spec, its findings, its counters and what it has computed before."""

    spec: Spec
    collector: Collector
    params: Mapping[str, Any]
    walk: Callable[[Context, Nodes, Place, Value], Value]
    block_count: int = 1
    counted: Span | None = None
    strange_defaults: bool = False
    stages: int = 0
    blocks: int = 0
    nodes: int = 0
    visited: int = 0
    reports: int = 0
    levels: list[Level] = field(default_factory=list)
    instances: dict[Any, Op] = field(default_factory=dict)
    types: dict[Any, TensorType | ShapeError] = field(default_factory=dict)
    init: dict[str, dict[str, Init]] = field(default_factory=dict)
    usual: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    sizes: dict[BlockSpec, int] = field(default_factory=dict)
    constraints: dict[str, int] = field(default_factory=dict)
    missed: set[str] = field(default_factory=set)
    blamed: set[str] = field(default_factory=set)

    def evaluate(self, template: Template, place: Place, value: Value, more: Mapping[str, Any] | None = None) -> Any:
        """The value of a template at a place. Raises `Skip` after a report, or where an earlier error hides it."""
        if template.constant:
            if template.broken:
                raise Skip
            return template.run({})
        if self.counted is None and "block_count" in template.names:
            self.counted = template.span
        try:
            return template.evaluate(self.environment(place, value, more))
        except Unknown:
            raise Skip from None
        except TemplateError as error:
            found = error.error
            values = self.environment(place, value, more)
            # a text among numbers is the mistake of who gave it
            texts = [name for name in template.names if isinstance(values.get(name), str)]
            one = self._given(place, texts[0]) if len(texts) == 1 and found.code == "A253" else None
            text = values[texts[0]] if one is not None else None
            self.report(place, found.code, found.message, error.span, found.help, parameter=one, value=text)
            raise Skip from None

    def environment(self, place: Place, value: Value, more: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The names that an expression sees."""
        env = {**place.dynamic, **place.params, **sizes("in", value)}
        return {**env, **more} if more else env

    def report(
        self,
        place: Place,
        code: str,
        message: str,
        span: Span,
        help: str = "",
        related: tuple[Related, ...] = (),
        fix: Fix | None = None,
        argument: Argument | None = None,
        value: Any = None,
        parameter: ParameterSpec | None = None,
    ) -> None:
        """Report an error, with the calls that led to it; `argument`, with its `value`, is to blame where there is one.

        A value that a parameter of the spec gives, `parameter` or the one that the argument is, is one mistake however
        often it is met.

        What is wrong with shapes is wrong with the call, which chose them: it is the primary place, and the node in
        the block the related one. So it is with bundled blocks, which a user cannot mend, and with a value that the
        block only passes on. Whether an argument makes sense at all (A406) is for the block to know if it is constant.
        """
        # shapes may be wrong for what a mistaken name in `defaults` leaves out
        if (self.spec.incomplete and code in NAMING) or (self.strange_defaults and code.startswith("A4")):
            return
        self.reports += 1
        if self.collector.full or self.reports > MOST_REPORTS:
            self.collector.error("A108", "checking ends here, after many findings", span, "correct them and try again")
            raise Abort
        bundled = place.block is not None and place.block.bundled
        given = None
        if argument is not None:
            computed = bundled or type(value) is int
            given = place.site.giver(argument.template, computed) if place.site is not None else None
            if code in ("A203", "A204"):
                parameter = self.spec.params.get(passed_on(place.site, argument, given))
        if parameter is not None:
            if parameter.name in self.blamed:
                return
            self.blamed.add(parameter.name)
        found = Diagnostic(code, message, span, "", help, (*related, *origin(parameter, value)), fix=fix)
        if place.site is not None:
            own = code == "A406" and argument is not None and argument.template.constant
            found = placed(found, place.site, given, bundled or (code.startswith("A4") and not own))
        # a shape that does not fit is one mistake of the block; anything else in a bundled block is one of the call
        self.collector.add(found, span if code.startswith("A4") and given is None else found.span)

    def _given(self, place: Place, name: str) -> ParameterSpec | None:
        """The parameter of the spec that gives the value of a name, if it only passes it on."""
        given = place.site.source(name, False) if place.site is not None else None
        if given is None:
            return self.spec.params.get(name) if place.site is None else None
        return self.spec.params.get(passed_on(place.site, given[1], given))

    def miss(self, kind: str, place: Place, code: str, message: str, span: Span, help: str, *causes: Related) -> None:
        """Report that there is no default `norm` or `act`: one mistake, however many nodes miss it."""
        if kind not in self.missed:
            self.missed.add(kind)
            self.report(place, code, message, span, help, causes)

    def count(self, place: Place, nodes: int, span: Span) -> None:
        """Refuse a network beyond the limit before it is walked."""
        if nodes * place.times > MOST_NODES or self.nodes > MOST_NODES:
            self._refuse_size(place, span)

    def visit(self, place: Place, span: Span) -> None:
        """Count a node that the walk comes to, whatever it makes: a nest of empty ones costs as much as one of ops."""
        self.visited += 1
        if self.visited % MOST_BROKEN == 0 and self.collector.errors:
            raise Abort
        if self.visited > MOST_NODES:
            self._refuse_size(place, span)

    def _refuse_size(self, place: Place, span: Span) -> NoReturn:
        help = "a smaller `depth`, `times`, or fewer calls"
        self.report(place, "A309", f"the network would have more than {MOST_NODES:,} nodes", span, help)
        raise Abort

    def enter(self, place: Place, span: Span) -> int:
        """The level below a place. Raises `Abort` where there are too many."""
        if place.level >= DEEPEST:
            self.report(
                place, "A309", f"blocks and nodes are nested more than {DEEPEST} levels deep", span, "flatten it"
            )
            raise Abort
        return place.level + 1


def sizes(prefix: str, value: Value) -> dict[str, Any]:
    """The names of the channels and size of a value."""
    if value.scope is None:
        # before the network there is no value
        return {}
    if value.type is None:
        return {f"{prefix}_channels": UNKNOWN, f"{prefix}_size": UNKNOWN}
    found: dict[str, Any] = {f"{prefix}_size": value.type.size}
    if value.type.vocab is None:
        found[f"{prefix}_channels"] = value.type.channels
    return found


def name_of(context: Context, node: NodeSpec, place: Place, value: Value) -> str | None:
    """The name that a node is given, or None."""
    return None if node.name is None else text_of(context, node.name, place, value, "a name")


def text_of(context: Context, argument: Argument, place: Place, value: Value, what: str) -> str:
    """A computed text. Raises `Skip` after a report."""
    text = context.evaluate(argument.template, place, value)
    if isinstance(text, bool) or not isinstance(text, (str, int)):
        at = argument.template.span
        help = unquoted(text, at) or "letters, digits, `_` and `-`, with dots for containers"
        context.report(place, "A203", f"{what} must be a string, got {shown(text)}", at, help)
        raise Skip
    return str(text)


def truth(context: Context, argument: Argument, place: Place, value: Value) -> bool:
    """Whether a condition holds. Raises `Skip` after a report."""
    answer = context.evaluate(argument.template, place, value)
    if isinstance(answer, (bool, int, float)):
        return bool(answer)
    message = f"`when` must be true or false, got {shown(answer)}"
    span = argument.template.span
    fix = boolean(answer, span) if isinstance(answer, str) else None
    is_word = isinstance(answer, str) and answer in BOOLEANS
    help = truth_help(answer) if is_word else "write an expression: `when: $(stride > 1)`"
    context.report(place, "A203", message, span, help, fix=fix, argument=argument, value=answer)
    raise Skip
