"""Names of children: claimed, compared, and made known to references."""

from __future__ import annotations

from archspec.compiler.context import Skip
from archspec.compiler.here import Here
from archspec.compiler.names import Entry, Lookup, NameTaken
from archspec.compiler.values import hides_name, name_of
from archspec.diagnostics import Related, Span
from archspec.graph.nodes import Node, Scope
from archspec.language import NodeSpec


def named(node: NodeSpec, base: str, here: Here) -> str | None:
    """The name of a node, which is claimed; None after a report, or where an error hides it."""
    if not here.names.numbered and hides_name(node):
        return None
    try:
        return claim(name_of(node, here), base, node, here)
    except Skip:
        return None


def claim(given: str | None, base: str, node: NodeSpec, here: Here, written: Span | None = None) -> str:
    """The name of a child. One that cannot be used is reported where it is written, and the walk goes on with it."""
    try:
        if given is not None:
            here.lookup.written.add(given)
            if here.lookup.has_parts and here.lookup.has_part(given):
                raise NameTaken("A312", f"a part of a `split` is also named `{given}`", "rename one of them")
        return here.names.claim(given, base, node)
    except NameTaken as taken:
        # of two children that are checked, one may be left out
        if taken.code != "A312" or not here.context.checking:
            at = written or (node.name.at if node.name is not None else node.span)
            others = ((item.span, item.name) for item in here.scope.body)
            first = next((span for span, other in others if f"{other}.".startswith(f"{given}.")), None)
            related = (Related(first, "first here"),) if taken.code == "A312" and first is not None else ()
            here.report(taken.code, taken.message, at, taken.help, related)
        if taken.code == "A312":
            # which of both a reference means is unknown, and what the other is called
            here.names.doubtful.add(given or base)
            here.lookup.broken = True
        return given or base


def claim_value(given: str, node: NodeSpec, here: Here) -> str:
    """The name of a value that is no child: it takes no number."""
    number = here.names.number
    name = claim(given, given, node, here)
    here.names.number = number
    return name


def check_shared(item: Node | Scope, here: Here) -> None:
    """Report a child with weights that bears the name of another: they would have the same keys."""
    if item.name not in here.names.shared:
        return
    given = here.names.shared[item.name]
    nodes = [item] if isinstance(item, Node) else item.nodes()
    if any(weight.persistent for node in nodes for weight in node.weights):
        help = "weights need names of their own, as in `name: conv$index`"
        assert item.span is not None
        here.report("A312", f"two children are named `{given}`", item.span, help)


def define(name: str, entry: Entry, here: Here) -> None:
    """Make a name known to references that come after; a part of a `split` hides one that is given by default."""
    if here.names.shared:
        name = here.names.shared.get(name, name)
    if name in here.names.doubtful:
        unknown = here.unknown()
        entry = Entry(unknown, Lookup(unknown, broken=True))
    lookup = here.lookup
    if not lookup.has_parts or entry.is_part or name in lookup.written or not lookup.has_part(name):
        lookup.entries[name] = entry
