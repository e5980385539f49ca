"""Modules that run again, with their weights: `reuse`, and the further turns of a `repeat` that shares."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import NamedTuple

from archspec.compiler.claim import claim, define
from archspec.compiler.context import Context, Skip
from archspec.compiler.here import Here
from archspec.compiler.names import Lookup, Names
from archspec.compiler.parameters import passed
from archspec.compiler.passed import Call
from archspec.compiler.references import reference_to
from archspec.compiler.site import Site
from archspec.compiler.values import name_of
from archspec.diagnostics import Related
from archspec.graph.nodes import Node, Scope, Value, link
from archspec.language import Argument, NodeSpec, find_block
from archspec.ops import find_op

_SIZES_ALONE = "only sizes may differ from run to run"


class Difference(NamedTuple):
    """Where two runs differ: what stands there in both, if it does, how, and the remedy."""

    run: Node | Scope | None
    first: Node | Scope | None
    what: str
    help: str = _SIZES_ALONE


def reuse(node: NodeSpec, here: Here, run_call: Callable[[NodeSpec, Call, Here], Value]) -> Value:
    """Run an earlier module again, on the value; `run_call` makes what a call made, once more."""
    arguments = node.arguments_for("of")
    if "of" not in arguments:
        here.report("A202", "`reuse` needs `of`, the name of an earlier module", node.span, "`reuse: {of: head}`")
        raise Skip
    text, item, call = _module(arguments.pop("of"), here)
    again = _anew(call, arguments, node, here)
    name = name_of(node, here)
    lookup = Lookup(call.here.lookup.input, call.here.lookup)
    site = Site(text, node.whole, here.site, bundled=here.bundled)
    run = call.here.at(
        value=here.value,
        current=here.current,
        context=here.context,
        scope=here.scope,
        names=Names(False),
        lookup=lookup,
        level=here.enter(node.span),
        times=here.times,
        site=site,
        frame=here.frame,
        seam=here.seam,
    )
    start = len(here.scope.body)
    with _uncounted(here.context, item):
        value = run_call(again, call, run)
    made = here.scope.body[start:]
    if value.type is None or len(made) != 1:
        raise Skip
    found = _compared(made[0], item, here)
    if found is not None:
        del here.scope.body[start:]
        _report(found, text, node, item, here)
        raise Skip
    (inner,) = (one for one in lookup.entries.values() if one.item is made[0])
    name_run(made[0], name, "reuse", node, here)
    link(made[0], item)
    if name is not None:
        define(name, inner, here)
    return value


def _module(of: Argument, here: Here) -> tuple[str, Node | Scope, Call]:
    """The module that is to run again, as the file calls it, and how it was made. Raises `Skip` where there is none, or
    nothing is known of it."""
    reference = reference_to(here.evaluate(of.template), of.at, here)
    entry = reference.entry
    if here.context.checking or (reference.value.type is None and (entry is None or entry.item is None)):
        raise Skip
    if entry is not None and entry.item in here.context.torn:
        raise Skip
    if entry is None or entry.call is None or entry.item is None or not _is_module(entry.item):
        message = f"`{reference.text}` is not a module that can run again"
        help = "name an op with a module, a block, a stage, or a `seq`, `repeat`, `residual` or `parallel` with a name"
        here.report("A302", message, of.at, help)
        raise Skip
    return reference.text, entry.item, entry.call


def _is_module(item: Node | Scope) -> bool:
    """Whether an item can run elsewhere: it is a module, or has weights with which it works on a value."""
    return isinstance(item, Scope) or (not item.beside and (item.call.is_module or bool(item.facts.weights)))


def _anew(call: Call, given: dict[str, Argument], node: NodeSpec, here: Here) -> NodeSpec:
    """The node to run again, with references that are given anew."""
    first, spec = call.node, here.context.spec
    block = find_block(spec, first.op, call.here.block)
    cls = find_op(first.op, own=call.here.own) if block is None else None
    known: dict[str, str | None] = {}
    if block is not None:
        kinds = {name: parameter.type for name, parameter in block.parameters.items()}
        known = {name: kind for name, kind in kinds.items() if kind in ("ref", "refs")}
    elif cls is not None:
        known = dict.fromkeys(cls.references, "ref")
    found = {key: argument for key, argument in first.arguments.items() if key not in ("from", "when")}
    for key, argument in given.items():
        if key not in known:
            help = "all but references is as in the first call"
            if known:
                help += f"; this module takes {', '.join(f'`{name}`' for name in known)}"
            related = (Related(first.span, "the first call"),)
            here.report("A201", f"`reuse` cannot change `{key}`", argument.key, help, related)
            raise Skip
        value = here.evaluate(argument.template)
        found[key] = argument.known_as(passed(known[key], value, argument.at, here))
    return replace(first, arguments=found, span=node.span if block is None and cls is not None else first.span)


@contextmanager
def _uncounted(context: Context, item: Node | Scope) -> Iterator[None]:
    """While it lasts, stages and blocks are those that were counted before: a run is none of its own."""
    before = context.stages, context.blocks, len(context.levels)
    yield
    context.stages, context.blocks = before[:2]
    del context.levels[before[2] :]


def name_run(item: Node | Scope, name: str | None, base: str, node: NodeSpec, here: Here) -> None:
    """Name a run: it takes no number, and without a name nothing refers to it."""
    if name is None:
        here.names.insert(item, base)
    else:
        number, latest = here.names.number, here.names.latest
        item.name = claim(name, base, node, here)
        here.names.number = number
        here.names.latest = latest if name is None else name


def _report(found: Difference, text: str, node: NodeSpec, item: Node | Scope, here: Here) -> None:
    related = [
        Related(place.span, words)
        for place, words in ((found.first, "in the first run"), (found.run, "in this run"))
        if place is not None and place.span is not None
    ]
    if not related and item.span is not None:
        related = [Related(item.span, "the first run")]
    message = f"`{text}` cannot run again here: {found.what}"
    here.report("A422", message, node.span, found.help, tuple(related))


def _compared(run: Node | Scope, first: Node | Scope, here: Here) -> Difference | None:
    """Where a run is another module than the first; it takes steps, as nested modules are compared again and again."""
    values: dict[Value, Value] = {}
    found = difference(run, first, values)
    if run.span is not None:
        here.spend(1 + len(values), run.span)
    return found


def difference(run: Node | Scope, first: Node | Scope, values: dict[Value, Value] | None = None) -> Difference | None:
    """Where a run is another module than the first; None where it is the same on other values."""
    values = {} if values is None else values
    if isinstance(run, Node) or isinstance(first, Node):
        return _of_nodes(run, first, values)
    if (run.kind, run.block) != (first.kind, first.block):
        return Difference(run, first, f"it is {run.label} instead of {first.label}")
    plain, other = (
        {key: value for key, value in item.arguments.items() if not isinstance(value, Value)} for item in (run, first)
    )
    if plain != other:
        key = next(key for key in {**plain, **other} if plain.get(key) != other.get(key))
        return Difference(run, first, f"`{key}` is {plain.get(key)} instead of {other.get(key)}")
    for mine, theirs in zip(run.body, first.body, strict=False):
        if mine.name != theirs.name:
            return Difference(mine, theirs, f"there is `{mine.name}` instead of `{theirs.name}`")
        found = difference(mine, theirs, values)
        if found is not None:
            return found
    if len(run.body) != len(first.body):
        return _longer(run.body, first.body)
    if values.get(run.output, first.output) is not first.output:
        return Difference(run, first, "it returns another value")
    return None


def _longer(run: Sequence[Node | Scope], first: Sequence[Node | Scope], written: Container[str] = ()) -> Difference:
    """What one of two runs has more: where the `written` names part, or at its end."""
    is_new = len(run) > len(first)
    longer, shorter = (run, first) if is_new else (first, run)
    pairs = zip(longer, shorter, strict=False)
    parted = (one for one, other in pairs if one.name != other.name and one.name in written)
    extra = next(parted, longer[len(shorter)])
    what = f"there {'is' if is_new else 'would be no'} `{extra.name}`"
    return Difference(extra if is_new else None, None if is_new else extra, what)


def _of_nodes(run: Node | Scope, first: Node | Scope, values: dict[Value, Value]) -> Difference | None:
    if isinstance(run, Scope) or isinstance(first, Scope) or run.op.name != first.op.name:
        return Difference(run, first, f"it is {run.label} instead of {first.label}")
    mine, theirs = run.facts.weights, first.facts.weights
    for one, other in zip(mine, theirs, strict=False):
        if one.shape != other.shape:
            shapes = " instead of ".join(str(weight.shape) for weight in (one, other))
            return Difference(run, first, f"`{one.name or run.name}` would have the shape {shapes}")
    if len(run.inputs) != len(first.inputs):
        what = f"`{run.op.name}` takes {len(run.inputs)} values instead of {len(first.inputs)}"
        return Difference(run, first, what, _with_references(run, first))
    a, b = run.call, first.call
    if (a.target, a.arguments) != (b.target, b.arguments) or len(mine) != len(theirs) or run.init != first.init:
        names = [key for key in {**a.arguments, **b.arguments} if a.arguments.get(key) != b.arguments.get(key)]
        what = f"`{names[0]}` is {a.arguments.get(names[0])} instead of {b.arguments.get(names[0])}" if names else ""
        return Difference(run, first, what or f"`{run.op.name}` is not the same")
    if any(values.get(one, other) is not other for one, other in zip(run.inputs, first.inputs, strict=True)):
        return Difference(run, first, f"`{run.op.name}` takes another value")
    values.update(zip(run.outputs, first.outputs, strict=True))
    return None


def _with_references(run: Node, first: Node) -> str:
    """The remedy for references that one of two runs has and the other lacks: it may be given what they mean there."""
    more, less = (run, first) if len(run.inputs) > len(first.inputs) else (first, run)
    lacking = [name for name in more.op.referred if name not in less.op.referred]
    if not lacking:
        return _SIZES_ALONE
    which = "the first run" if less is first else "each run"
    help = f"give {which} {' and '.join(f'`{name}`' for name in lacking)}, too"
    if not set(lacking) <= set(more.op.zeros):
        return help
    state = more.inputs[more.op.referred.index(lacking[0]) - len(more.op.referred)].type
    shape = [] if state is None else list(map(str, state.shape))
    return f"{help}: zeros are `buffer: {{name: zeros, shape: [{', '.join(shape)}], value: 0}}`"


def _weighs(item: Node | Scope) -> bool:
    """Whether an item has weights, its own or those of another."""
    if isinstance(item, Node):
        return bool(item.facts.weights)
    return any(node.facts.weights for node in item.nodes())


@dataclass(slots=True, eq=False)
class Sharing:
    """The first turn of a `repeat` that shares, and what the later ones do with it."""

    node: NodeSpec
    items: list[Node | Scope]

    def turn(self, here: Here, walk: Callable[[Here], Value]) -> Value:
        """A later turn, walked with names of its own: what has weights runs those of the first, by their names."""
        names, lookup = Names(here.names.numbered), Lookup(here.lookup.input, here.lookup)
        start = len(here.scope.body)
        value = walk(here.at(names=names, lookup=lookup))
        made = here.scope.body[start:]
        entries = {id(entry.item): entry for entry in lookup.entries.values()}
        inserted = {item for item, _ in names.inserted.values()}
        here.lookup.broken |= lookup.broken
        if here.context.gives_up:
            # nor are the names known that this turn would have given
            here.lookup.broken = True
            return value
        if len(made) != len(self.items):
            # what only this turn has is there
            here.lookup.left_out -= lookup.written
            self._refuse(_longer(made, self.items, names.written | here.names.written), here)
        for item, first in zip(made, self.items, strict=True):
            written = item.name if item.name in names.written else None
            if not _weighs(first) and not _weighs(item):
                self._own(item, written, item in inserted, here)
            else:
                found = _compared(item, first, here)
                if found is None and written is not None and written != first.name:
                    found = Difference(item, first, f"its name is `{written}` instead of `{first.name}`")
                if found is not None:
                    self._refuse(found, here)
                here.names.insert(item, first.name.rpartition(".")[2])
                link(item, first)
                written = first.name
            entry = entries.get(id(item))
            if entry is not None:
                define(written or item.name, entry, here)
        return value

    def _own(self, item: Node | Scope, written: str | None, inserted: bool, here: Here) -> None:
        """Name what has no weights as if it stood there: a name that it is given may be that of every turn."""
        base = item.op.name if isinstance(item, Node) else item.kind
        if written is not None or (inserted and not here.names.numbered):
            here.names.insert(item, (written or base).rpartition(".")[2])
        else:
            item.name = here.names.claim(None, base)

    def _refuse(self, found: Difference, here: Here) -> None:
        here.lookup.broken = True
        _report(found, "layers", self.node, self.items[0] if self.items else here.scope, here)
        raise Skip
