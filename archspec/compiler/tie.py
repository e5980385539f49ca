"""`tie`: parameters of a node or block that are those of an earlier one."""

from __future__ import annotations

from collections.abc import Collection

from archspec.compiler.context import Skip
from archspec.compiler.here import Here
from archspec.compiler.references import reference_to
from archspec.diagnostics import Related
from archspec.graph.nodes import Node, Scope
from archspec.language import Argument
from archspec.types.call import Weight
from archspec.types.tensor import shape_text


def tie_weights(made: Node | Scope, argument: Argument, here: Here, init: Collection[str] = ()) -> None:
    """Let parameters be those of an earlier node or block which bear the same name there; null ties nothing.

    `init` names the parameters that have an initializer of their own, which what is tied cannot have.
    """
    try:
        text = here.evaluate(argument.template)
        if text is None:
            return
        reference = reference_to(text, argument.at, here)
    except Skip:
        return
    owner = None if reference.entry is None else reference.entry.item
    if reference.value.type is None or here.context.checking:
        return
    if owner is None:
        help = "name a node with weights, or a block"
        here.report("A302", f"`{reference.text}` has no weights to tie to", argument.at, help)
        return
    theirs = _of_owner(owner.of or owner, here)
    common = [(name, *found, *theirs[name]) for name, found in _parameters(made).items() if name in theirs]
    related = () if owner.span is None else (Related(owner.span, "the other is here"),)
    if not common and here.context.torn.isdisjoint((made, owner)):
        names = ", ".join(f"`{name or 'its own'}`" for name in list(theirs)[:6]) or "none"
        help = f"parameters with equal names are tied; the parameters of `{reference.text}`: {names}"
        here.report("A421", f"there is no parameter that `{reference.text}` has, too", argument.at, help, related)
    for name, node, mine, other, weight in common:
        if mine.shape != weight.shape:
            message = f"`{name}` cannot be tied: it has the shape {shape_text(mine.shape) or '()'}, and that of "
            message += f"`{reference.text}` has {shape_text(weight.shape) or '()'}"
            here.report("A421", message, argument.at, "tied parameters have equal shapes", related)
        elif mine.initialized_as in init:
            message = f"`{name or made.name}` is tied to `{reference.text}`, so it has no `init` of its own"
            here.report("A421", message, argument.at, "remove one of them", related)
        else:
            node.tied = {**node.tied, mine.name: other.tied.get(weight.name, (other, weight.name))}
            node.init = {key: rule for key, rule in node.init.items() if key != mine.initialized_as}


def _of_owner(owner: Node | Scope, here: Here) -> dict[str, tuple[Node, Weight]]:
    """The parameters of what others are tied to: many may be tied to one module, which is looked through once."""
    known = here.context.owners
    if owner not in known:
        known[owner] = _parameters(owner)
    return known[owner]


def _parameters(item: Node | Scope) -> dict[str, tuple[Node, Weight]]:
    """The parameters of a node or module by their names in it."""
    if isinstance(item, Node):
        return {weight.name: (item, weight) for weight in item.weights if weight.trainable}
    found = {}
    stack: list[tuple[str, Scope]] = [("", item)]
    while stack:
        prefix, scope = stack.pop()
        for inner in scope.body:
            if isinstance(inner, Scope):
                if inner.of is None:
                    stack.append((f"{prefix}{inner.name}.", inner))
            else:
                for weight in inner.weights:
                    if weight.trainable:
                        found[weight.key(prefix + inner.name)] = inner, weight
    return found
