"""Definitions: the blocks of a file, and the parameters of a spec or a block."""

from __future__ import annotations

import re
from collections.abc import Iterator

from archspec.diagnostics import Collector, Span
from archspec.language.combinators import COMBINATORS
from archspec.language.expressions.expression import FIXED
from archspec.language.expressions.template import Template, template
from archspec.language.models import PARAMETER, TYPES, Block, Parameter
from archspec.language.nodes import COMMON, Argument, Nodes, nodes
from archspec.language.reading import check_plain, entries
from archspec.language.spec import BlockSpec, ParameterSpec
from archspec.limits import PARAMETERS
from archspec.ops import LATER, OPS
from archspec.source import Mapping, Scalar, Sequence, Tree

RESERVED = {*COMMON, "norm", "act"}
"""The keys of all calls, which no parameter of a block may bear."""


def blocks_in(
    tree: Tree | None,
    collector: Collector,
    own: bool = True,
    bundled: bool = False,
    siblings: dict[str, BlockSpec] | None = None,
) -> Iterator[tuple[str, BlockSpec]]:
    """The blocks of the section `blocks`, by name; see `BlockSpec`."""
    for name, argument in entries(tree, "`blocks`", collector).items():
        if not re.fullmatch(PARAMETER, name):
            usual = _usual(name)
            collector.error("A207", f"`{name}` is not a valid name for a block", argument.key, _letters(usual))
            if re.fullmatch(PARAMETER, usual):
                # calls of the block as it should be called are no further mistakes
                yield usual, _block(usual, argument, collector, own, bundled, {} if siblings is None else siblings)
        elif name in {*COMBINATORS, *OPS} - LATER:
            kind = "a combinator" if name in COMBINATORS else "an op"
            help = "choose another name: each name has one meaning"
            collector.error("A208", f"a block cannot be named `{name}`: that is {kind}", argument.key, help)
            continue
        yield name, _block(name, argument, collector, own, bundled, {} if siblings is None else siblings)


def _block(
    name: str, argument: Argument, collector: Collector, own: bool, bundled: bool, siblings: dict[str, BlockSpec]
) -> BlockSpec:
    body = argument.tree
    if not isinstance(body, Mapping):
        help = f"`{name}: {{params: {{…}}, layers: […]}}`"
        collector.error("A203", f"the block `{name}` must be a mapping", body.span, help)
        return BlockSpec(name, argument.key, {}, Nodes((), body.span, 1), broken=True)
    model = check_plain(Block, body, argument.key, f"the block `{name}`", collector)
    layers = body.get("layers")
    parameters = parameters_in(body.get("params"), collector, inside_block=True)
    return BlockSpec(
        name,
        argument.key,
        parameters,
        nodes(layers, collector) if layers is not None else Nodes((), body.span, 1),
        bool(model and model.numbered),
        (model and model.description) or "",
        own,
        bundled,
        siblings,
        broken=model is None or is_too_long(body.get("params")) or not RESERVED.isdisjoint(parameters),
        inline=bool(model and model.inline),
    )


def _usual(name: str) -> str:
    """A name with what may not be in one written as `_`, without digits in front."""
    return re.sub(r"\W", "_", name).lstrip("0123456789")


def _letters(usual: str) -> str:
    """How a name is written; `usual` is what it might be, if that is one."""
    return "use letters, digits and _" + (f", as in `{usual}`" if re.fullmatch(PARAMETER, usual) else "")


def parameters_in(tree: Tree | None, collector: Collector, inside_block: bool) -> dict[str, ParameterSpec]:
    """The parameters of the section `params`, of a spec or of a block."""
    found: dict[str, ParameterSpec] = {}
    if isinstance(tree, Mapping) and is_too_long(tree):
        message = f"there are {len(tree.entries):,} parameters; at most {PARAMETERS:,} are allowed"
        collector.error("A108", message, tree.keys[next(iter(tree.entries))], "a parameter may be a list of values")
        return found
    for name, argument in entries(tree, "`params`", collector).items():
        if not re.fullmatch(PARAMETER, name):
            help = _letters(_usual(name))
            collector.error("A207", f"`{name}` is not a valid name for a parameter", argument.key, help)
        if name in FIXED or (inside_block and name in RESERVED):
            help = "choose another name: this one is reserved in expressions or nodes"
            # what uses it is no further mistake
            collector.error("A208", f"a parameter cannot be named `{name}`", argument.key, help)
        found[name] = _parameter(name, argument, collector, inside_block)
    return found


def _parameter(name: str, argument: Argument, collector: Collector, inside_block: bool) -> ParameterSpec:
    tree = argument.tree
    if isinstance(tree, Scalar) and tree.value in TYPES:
        _typed(str(tree.value), tree.span, collector, inside_block)
        empty = template(Sequence((), tree.span), collector) if tree.value == "refs" else None
        return ParameterSpec(name, argument.key, tree.value, empty)  # type: ignore[arg-type]
    if not isinstance(tree, Mapping):
        return ParameterSpec(name, argument.key, None, argument.template)
    model = check_plain(Parameter, tree, argument.key, f"the parameter `{name}`", collector)
    if model is None:
        # its value is unknown wherever it is used
        return ParameterSpec(name, argument.key, None, Template(tree, lambda _: None, broken=True))
    if model.type:
        _typed(model.type, tree.entries["type"].span, collector, inside_block)
    default = tree.get("default")
    if model.type == "refs" and default is None:
        default = Sequence((), tree.span)
    is_nodes = model.type == "layers" and default is not None
    return ParameterSpec(
        name,
        argument.key,
        model.type,
        template(default, collector) if default is not None and not is_nodes else None,
        model.min,
        model.max,
        model.choices,
        model.description or "",
        nodes(default, collector) if is_nodes else None,
    )


def _typed(kind: str, span: Span, collector: Collector, inside_block: bool) -> None:
    if kind in ("layers", "ref", "refs") and not inside_block:
        help = "only blocks have parameters of this type"
        collector.error("A203", f"a parameter of a spec cannot have the type `{kind}`", span, help)


def is_too_long(params: Tree | None) -> bool:
    """Whether there are more parameters than are read."""
    return isinstance(params, Mapping) and len(params.entries) > PARAMETERS
