"""Where the walk stands: the scope that nodes go into, and everything an expression or a reference may see there."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from keyword import iskeyword
from typing import Any, NamedTuple, NoReturn

from archspec.compiler.context import ITEMS_A_STEP, Abort, Context, Skip
from archspec.compiler.mistyped import is_declared_so, name_help
from archspec.compiler.names import Lookup, Names
from archspec.compiler.overrides import overridden
from archspec.compiler.site import Giver, Site, origin, passed_on, placed
from archspec.diagnostics import Diagnostic, Fix, Related, Span, correction
from archspec.graph.nodes import Kind, Scope, Value
from archspec.language import (
    NAMING,
    UNKNOWN,
    Argument,
    BlockSpec,
    Nodes,
    NodeSpec,
    ParameterSpec,
    Template,
    TemplateError,
    Unknown,
)
from archspec.language.expressions.expression import SCOPE
from archspec.language.expressions.expression import Names as Seen
from archspec.limits import BLOCK_NESTING, NODES, NODES_WITH_MISTAKES, STEPS
from archspec.types.tensor import Frame

BROKEN: Mapping[str, Any] = {}
"""A default `norm` or `act` that could not be read and was reported: what needs it is unknown."""

_WHERE = frozenset({"index", "depth", "stage_index", "block_index", "block_count"})
"""The names by which an expression asks where in the network it stands."""


class Here(NamedTuple):
    """Where the walk stands: the surroundings of a node, and the value that it receives.

    `current` is what `.` stands for: the value of the node before, which a node with `from` does not receive.
    `params` are the names that belong to the block or the spec, `dynamic` those that expressions see everywhere; with
    `hides`, a mistake hides some of them. `norm` and `act` are the defaults in force, as arguments; `block` is the
    definition in which the nodes are written, `open_blocks` are those whose calls led here.
    `frame` is the `within` around, `seam` says which positions of its shifted windows see each other.
    `times` is how often what stands here is repeated in all. What is `partial` need not be complete, as `defaults`.
    """

    value: Value
    current: Value
    context: Context
    scope: Scope
    names: Names
    lookup: Lookup
    params: Mapping[str, Any]
    dynamic: Mapping[str, Any]
    norm: Mapping[str, Any] | None = None
    act: Mapping[str, Any] | None = None
    block: BlockSpec | None = None
    site: Site | None = None
    open_blocks: tuple[BlockSpec, ...] = ()
    level: int = 0
    times: int = 1
    hides: bool = False
    partial: bool = False
    frame: Frame | None = None
    seam: Value | None = None

    @property
    def own(self) -> bool:
        """Whether the spec's `defaults` hold."""
        return self.block is None or self.block.own

    @property
    def bundled(self) -> bool:
        """Whether this is inside of a bundled block."""
        return self.block is not None and self.block.bundled

    def unknown(self) -> Value:
        """A value of which nothing is known, for a mistake: no sound network has one, and the modules around have more
        than is known."""
        self.context.gives_up = True
        scope: Scope | None = self.scope
        while scope is not None and scope not in self.context.torn:
            self.context.torn.add(scope)
            scope = scope.parent
        return Value(None, self.scope)

    def default(self, kind: str) -> Mapping[str, Any] | None:
        """The default `norm` or `act` in force; None for any other op."""
        return {"norm": self.norm, "act": self.act}.get(kind)

    def at(self, **changes: Any) -> Here:
        """The same surroundings with something changed."""
        fields = list(self)
        for name, value in changes.items():
            fields[_POSITIONS[name]] = value
        return tuple.__new__(Here, fields)

    def receiving(self, value: Value) -> Here:
        """The same surroundings with another value, which is the current one; the walk asks for it at each node."""
        return tuple.__new__(Here, (value, value, *self[2:]))

    def in_defaults(self) -> Here:
        """The same surroundings for a reference in `defaults`, which is one outside of blocks."""
        return self if self.context.top is None else self.at(lookup=self.context.top)

    def put_aside(self, item: NodeSpec | Nodes) -> None:
        """Remember what the walk does not enter, to be checked when it has ended; what is bundled is sound."""
        if not self.bundled:
            self.context.aside.setdefault(item, self)

    def walk(self, nodes: Nodes) -> Value:
        """Compile a list of nodes and return the last value."""
        return self.context.walk(nodes, self)

    def evaluate(self, template: Template, more: Mapping[str, Any] | None = None) -> Any:
        """The value of a template. Raises `Skip` after a report, or where an earlier error hides it."""
        if template.constant:
            if template.broken:
                raise Skip
            return template.run({})
        name = template.alone
        if more is None and name is not None and name in self.params:
            # as most are: a parameter, passed on
            value = self.params[name]
            if value is UNKNOWN:
                raise Skip
            return value
        context = self.context
        if not _WHERE.isdisjoint(template.names):
            context.asked += 1
            if context.counted is None and "block_count" in template.names:
                context.counted = template.span
        names = self._seen(template, more)
        if template.broken:
            raise Skip
        try:
            return template.evaluate(names)
        except Unknown:
            raise Skip from None
        except TemplateError as error:
            found = error.error
            # a text among numbers is the mistake of who gave it
            texts = [name for name in template.names if isinstance(names.get(name), str)]
            one = self._giver(texts[0]) if len(texts) == 1 and found.code == "A253" else None
            text = names[texts[0]] if one is not None else None
            self.report(found.code, found.message, error.span, found.help, parameter=one, value=text, uses=[template])
            raise Skip from None
        finally:
            if names.work >= ITEMS_A_STEP:
                self.spend(names.work // ITEMS_A_STEP, template.span)

    def _seen(self, template: Template, more: Mapping[str, Any] | None) -> Seen:
        """The names that a template uses. Raises `Skip` after a report of those that are not there."""
        found = Seen()
        scopes = (more or {}, self.params, sizes("in", self.value), self.dynamic)
        for name in template.names:
            for scope in scopes:
                if name in scope:
                    found[name] = scope[name]
                    break
            else:
                # an expression in `defaults` sees the parameters of the spec
                block = None if more is self.context.params else self.block
                self._miss_names(template, self.environment(more), block)
        return found

    def environment(self, more: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The names that an expression sees."""
        names = {**self.dynamic, **sizes("in", self.value), **self.params}
        return {**names, **more} if more else names

    def _miss_names(self, template: Template, names: Mapping[str, Any], block: BlockSpec | None) -> NoReturn:
        """Report names that are not there, whatever else is unknown, and raise `Skip`; `block` is whose they are."""
        # what is not told needs no search for the name that was meant
        if not (self.hides or self.context.spec.incomplete or (self.block is not None and self.block.broken)):
            # a keyword of expressions cannot be written as a name
            known = sorted(name for name in names if not iskeyword(name))
            missing = [name for name in template.names if name not in names and name not in self.context.spec.strange]
            for name in missing:
                if not is_declared_so(name, block, self.context):
                    span = template.names[name]
                    help = name_help(name, known, block, self.context)
                    fix = correction(name, known, span)
                    self.report("A252", f"unknown name `{name}`", span, help, fix=fix, mistake=(block, name))
        raise Skip

    def report(
        self,
        code: str,
        message: str,
        span: Span,
        help: str = "",
        related: tuple[Related, ...] = (),
        fix: Fix | None = None,
        argument: Argument | None = None,
        value: Any = None,
        parameter: ParameterSpec | None = None,
        uses: Iterable[Template] = (),
        mistake: Hashable = None,
    ) -> None:
        """Report an error, with the calls that led to it; `argument`, with its `value`, is to blame where there is one,
        and `uses` are other expressions on which it depends.

        A value that a parameter of the spec gives, `parameter` or the one that the argument is, is one mistake however
        often it is met; so is what several places have in common, as `mistake` says.

        What is wrong with shapes is wrong with the call, which chose them: it is the primary place, and the node in
        the block the related one. So it is with bundled blocks, which a user cannot mend, and with a value that the
        block only passes on. Whether an argument makes sense at all (A406) is for the block to know if it is constant.
        """
        context = self.context
        # shapes may be wrong for what a mistaken name in `defaults` leaves out
        if (context.spec.incomplete and code in NAMING) or (context.strange_defaults and code.startswith("A4")):
            return
        if mistake is not None and context.collector.repeats(code, mistake, span):
            return
        context.count_report(span)
        given = None
        if argument is not None:
            computed = self.bundled or type(value) is int
            given = self.site.giver(argument.template, computed) if self.site is not None else None
            if code in ("A203", "A204"):
                parameter = context.spec.params.get(passed_on(self.site, argument, given))
        if parameter is not None:
            if parameter.name in context.blamed:
                return
            context.blamed.add(parameter.name)
        found = Diagnostic(code, message, span, "", help, (*related, *origin(parameter, value)), fix=fix)
        uses = [*uses, argument.template] if argument is not None else [*uses]
        found = self._where_to_mend(found, argument, given, uses)
        # a shape that does not fit is one mistake of the block; anything else in a bundled block is one of the call
        at = span if code.startswith("A4") and given is None else found.span
        context.collector.add(found, at, mistake)

    def _where_to_mend(
        self, found: Diagnostic, argument: Argument | None, given: Giver | None, uses: list[Template]
    ) -> Diagnostic:
        """A finding about a node at the call or in the file that is to blame for it, where that is not the node."""
        of_shapes = found.code.startswith("A4")
        own = found.code == "A406" and argument is not None and argument.template.constant
        if self.site is not None:
            found = placed(found, self.site, given, self.bundled or (of_shapes and not own))
        if not own and (of_shapes or uses):
            found = overridden(found, uses, self.site, self.context.spec, self.context.params)
        return found

    def _giver(self, name: str) -> ParameterSpec | None:
        """The parameter of the spec that gives the value of a name, if it only passes it on."""
        params = self.context.spec.params
        given = self.site.source(name, False) if self.site is not None else None
        if given is None:
            return params.get(name) if self.site is None else None
        return params.get(passed_on(self.site, given[1], given))

    def miss(self, kind: str, code: str, message: str, span: Span, help: str, *causes: Related) -> None:
        """Report that there is no default `norm` or `act`: one mistake, however many nodes miss it."""
        if kind not in self.context.missed:
            self.context.missed.add(kind)
            self.report(code, message, span, help, causes)

    def allow(self, nodes: int, span: Span) -> None:
        """Refuse a network beyond the limit before it is walked."""
        if nodes * self.times > NODES or self.context.nodes > NODES:
            self._refuse_size(span)

    def visit(self, span: Span) -> None:
        """Count a node that the walk comes to, whatever it makes: a nest of empty ones costs as much as one of ops."""
        context = self.context
        context.visited += 1
        if not context.checking:
            if context.visited % NODES_WITH_MISTAKES == 0 and context.collector.errors:
                raise Abort
            self.spend(1, span)

    def spend(self, steps: int, span: Span) -> None:
        """Count steps of the walk, and refuse a network that takes too many; what is checked is no longer than its
        file."""
        context = self.context
        context.steps += steps
        if context.steps > STEPS and not context.checking:
            help = "use a smaller `depth` or `times`, fewer calls, or shorter lists in repeated expressions"
            self.report("A309", f"the network takes more than {STEPS:,} steps to expand", span, help)
            raise Abort

    def _refuse_size(self, span: Span) -> NoReturn:
        help = "use a smaller `depth` or `times`, or fewer calls"
        self.report("A309", f"the network would have more than {NODES:,} nodes", span, help)
        raise Abort

    def enter(self, span: Span) -> int:
        """The level below. Raises `Abort` where there are too many."""
        if self.level >= BLOCK_NESTING:
            message = f"blocks and nodes are nested more than {BLOCK_NESTING} levels deep"
            self.report("A309", message, span, "flatten it")
            raise Abort
        return self.level + 1

    def aside(self) -> Here:
        """The same surroundings, for what is checked and becomes no part of the graph: all values are unknown."""
        if self.context.checking:
            return self
        scope = _apart(self.scope.kind)
        return self.at(
            context=self.context.checks,
            scope=scope,
            names=Names(self.names.numbered),
            lookup=Lookup(scope.inputs[0], self.lookup),
            value=scope.inputs[0],
            current=scope.inputs[0],
            params=dict.fromkeys(self.params, UNKNOWN),
            dynamic=dict.fromkeys(self.dynamic, UNKNOWN),
            norm=BROKEN,
            act=BROKEN,
        )


_POSITIONS = {name: position for position, name in enumerate(Here._fields)}


def outside(context: Context, params: Iterable[str] = ()) -> Here:
    """Where what nothing calls is checked: some names are in scope, their values unknown."""
    scope = _apart("network")
    value = scope.inputs[0]
    names = dict.fromkeys([*params], UNKNOWN)
    dynamic = dict.fromkeys(SCOPE, UNKNOWN)
    return Here(value, value, context.checks, scope, Names(False), Lookup(value), names, dynamic, BROKEN, BROKEN)


def _apart(kind: Kind) -> Scope:
    """A scope that is part of no graph."""
    scope = Scope("", kind, (Value(None, None),))
    scope.inputs = (Value(None, scope),)
    scope.output = scope.inputs[0]
    return scope


def sizes(prefix: str, value: Value) -> dict[str, Any]:
    """The names of the channels and size of a value."""
    if value.scope is None:
        return {}  # before the network there is no value
    if value.type is None:
        return {f"{prefix}_channels": UNKNOWN, f"{prefix}_size": UNKNOWN}
    found: dict[str, Any] = {f"{prefix}_size": value.type.size}
    if value.type.vocab is None:
        found[f"{prefix}_channels"] = value.type.channels
    return found
