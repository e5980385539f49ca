"""What can be said of nodes before they are compiled: every op and argument known, every constant of its type, every
name in an expression in scope. It sees what no call reaches, too."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

from pydantic import BaseModel, ValidationError

from archspec.diagnostics import Collector, Fix, Related, Span, correction, did_you_mean, listed, renames, replacement
from archspec.language.calls import (
    CIRCLE_HELP,
    circle_message,
    circles,
    no_block,
    no_node,
    no_parameter,
    no_slot,
    node_names,
)
from archspec.language.expressions.expression import BLOCK_SCOPE, SCOPE
from archspec.language.expressions.template import Template
from archspec.language.library import block_names, find_block
from archspec.language.models import COMBINATORS, Budget, Combinator, Shortcut
from archspec.language.nodes import BRANCH_HELP, COMMON, Argument, Nodes, NodeSpec, arguments_in, branch_mistakes, nodes
from archspec.language.reading import problems
from archspec.language.spec import NAMING, BlockSpec, ParameterSpec, Spec
from archspec.language.words import keys
from archspec.ops import LATER, Op, find_op, later_op
from archspec.source import Mapping, Scalar, Sequence


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class _Check:
    """The spec, where findings go, and the names in scope: None where a mistake hides some."""

    spec: Spec
    collector: Collector
    scope: AbstractSet[str] | None
    block: BlockSpec | None = None
    calls: dict[BlockSpec, dict[BlockSpec, Span]] = field(default_factory=dict)


def check_spec(spec: Spec) -> frozenset[BlockSpec]:
    """Report what is wrong in the nodes of a spec and of its blocks, whether anything reaches them or not.

    Return the blocks that contain themselves.
    """
    params = frozenset([*SCOPE, *spec.params])
    check = _Check(spec, spec.collector, params)
    # a block that another file hides is still what its own file means
    siblings = (other for block in spec.blocks.values() for other in block.siblings.values())
    for block in dict.fromkeys([*spec.blocks.values(), *siblings]):
        _block(replace(check, scope=frozenset([*SCOPE, *BLOCK_SCOPE, *block.parameters])), block)
    if spec.layers is not None:
        _nodes(check, spec.layers)
    anywhere = frozenset(name for block in spec.blocks.values() for name in block.parameters)
    for op, arguments in spec.defaults.items():
        # what names neither an op nor a block is reported by the compiler
        if arguments:
            _call(
                replace(check, scope=params | anywhere | {*BLOCK_SCOPE}),
                NodeSpec(op, spec.tree.span, spec.tree.span, arguments),
            )
    for argument in (*spec.inputs.values(), spec.norm, spec.act, *spec.init.values(), *spec.outputs.values()):
        if argument is not None:
            _template(check, argument.template)
    if spec.budget:
        place = spec.spans["budget"]
        limits = NodeSpec("budget", place, place, spec.budget)
        _values(replace(check, scope=frozenset(spec.params)), Budget, dict(spec.budget), limits)
    _parameters(check, spec.params, set())
    circular: set[BlockSpec] = set()
    for found, span in circles(check.calls):
        if spec.collector.full:
            break
        circular.update(found)
        calls = [Related(check.calls[a][b], f"`{b.name}` is called here") for a, b in pairwise(found[:-1])]
        spec.collector.error("A308", circle_message([block.name for block in found]), span, CIRCLE_HELP, calls)
    return frozenset(circular)


def _report(
    check: _Check,
    code: str,
    message: str,
    span: Span,
    help: str,
    related: tuple[Related, ...] = (),
    fix: Fix | None = None,
) -> None:
    if not (check.spec.incomplete and code in NAMING):
        check.collector.error(code, message, span, help, related, fix=fix)


def _block(check: _Check, block: BlockSpec) -> None:
    check = replace(check, block=block, scope=None if block.broken else check.scope)
    _parameters(check, block.parameters, {*SCOPE, *BLOCK_SCOPE})
    _nodes(check, block.layers)


def _parameters(check: _Check, parameters: dict[str, ParameterSpec], known: set[str]) -> None:
    """The defaults of parameters, each of which sees those before it."""
    inner = replace(check, scope=known)
    for parameter in parameters.values():
        if check.spec.collector.full:
            break
        if parameter.default is not None:
            _template(inner, parameter.default)
        if parameter.nodes is not None:
            _nodes(check, parameter.nodes)
        known.add(parameter.name)


def _nodes(check: _Check, found: Nodes) -> None:
    for node in found.items:
        if check.spec.collector.full:
            break
        if not _call(check, node):
            message, help = no_node(check.spec, node.op)
            fix = correction(node.op, node_names(check.spec), node.span)
            _report(check, "A301", message, node.span, help, fix=fix)


def _call(check: _Check, node: NodeSpec) -> bool:
    """One node, and those inside it; false where there is nothing of its name."""
    block = find_block(check.spec, node.op, check.block) if node.op not in COMBINATORS else None
    if block is not None:
        _calls(check, block, node.span)
        _arguments_of_block(check, node, block, COMMON)
    elif node.op in COMBINATORS:
        _combinator(check, node, COMBINATORS[node.op])
    elif (cls := find_op(node.op, own=check.block is None or check.block.own)) is not None:
        if node.op in LATER and cls is not later_op(node.op):
            message = f"the op `{node.op}` of a plugin hides that of the language"
            check.collector.warning("A306", message, node.span, "give it a name of its own in the plugin")
        _op(check, node, cls)
    else:
        return False
    return True


def _op(check: _Check, node: NodeSpec, cls: type[Op]) -> None:
    given = node.given(cls.principal)
    if "init" in given and "init" not in cls.model_fields and cls.weight_names():
        _template(check, given.pop("init").template)
    _common(check, node)
    _values(check, cls, given, node)


def _combinator(check: _Check, node: NodeSpec, model: type[Combinator]) -> None:
    own = set(keys(model))
    given = node.given(model.principal, own)
    _common(check, node, own)
    inner = check
    if node.op == "repeat" and check.scope is not None:
        name = given["as"].tree if "as" in given else None
        counter = {str(name.value)} if isinstance(name, Scalar) else set()
        inner = replace(check, scope=check.scope | counter if own.issuperset(given) else None)
    opaque = {*model.layers_fields, "shortcut", "branches", "first"}
    plain = {key: argument for key, argument in given.items() if key not in opaque}
    if node.op == "stage":
        _stage(check, node, plain)
    else:
        _values(check, model, plain, node, {key: Any for key in given if key in opaque})
    if node.op == "slot" and "parameter" in given:
        _slot(check, given["parameter"])
    for key in model.layers_fields:
        if key in given:
            _nodes(inner, given[key].nodes)
    if "shortcut" in given:
        _shortcut(check, given["shortcut"])
    if "branches" in given:
        _branches(check, given["branches"])


def _slot(check: _Check, argument: Argument) -> None:
    name = argument.tree.value if isinstance(argument.tree, Scalar) else None
    if isinstance(name, str) and argument.template.constant and not (check.block and check.block.broken):
        parameter = check.block.parameters.get(name) if check.block else None
        if parameter is None or parameter.type != "layers":
            message, help = no_slot(name, check.block)
            _report(check, "A308", message, argument.tree.span, help)


def _stage(check: _Check, node: NodeSpec, plain: dict[str, Argument]) -> None:
    """A stage, and the call of its block."""
    model = COMBINATORS["stage"]
    own = {key: argument for key, argument in plain.items() if key in model.model_fields}
    _values(check, model, own, node)
    name = own["block"].tree if "block" in own else None
    if not isinstance(name, Scalar) or not isinstance(name.value, str) or not name.value or "$" in name.value:
        return
    block = find_block(check.spec, name.value, check.block)
    if block is None:
        message, help = no_block(check.spec, name.value)
        fix = correction(name.value, block_names(check.spec), name.span)
        _report(check, "A301", message, name.span, help, fix=fix)
        return
    _calls(check, block, name.span)
    arguments = {key: argument for key, argument in plain.items() if key not in own or key == "stride"}
    first = node.arguments.get("first")
    if first is not None and isinstance(first.tree, Mapping):
        _arguments_of_block(check, NodeSpec(block.name, node.span, node.whole, first.arguments), block, COMMON)
    _arguments_of_block(check, NodeSpec(block.name, node.span, node.whole, arguments), block, keys(model), own)


def _calls(check: _Check, block: BlockSpec, span: Span) -> None:
    """Note a call of a block in a block; what is bundled calls nothing else."""
    if check.block is not None and not block.bundled:
        check.calls.setdefault(check.block, {}).setdefault(block, span)


def _arguments_of_block(
    check: _Check, node: NodeSpec, block: BlockSpec, others: Iterable[str], taken: Iterable[str] = ()
) -> None:
    """What a call gives a block. Beside the parameters, it takes `others`, of which some are `taken`."""
    _common(check, node)
    if block.broken:
        return
    given = node.given(block.principal)
    known = list(dict.fromkeys([*block.parameters, *others, "norm", "act"]))
    meant = renames([key for key in given if key not in known], known, {*node.arguments, *given, *taken})
    for key, argument in given.items():
        parameter = block.parameters.get(key)
        if parameter is None and key not in ("norm", "act"):
            message, help, related = no_parameter(block, key, known, {*node.arguments, *given, *taken})
            fix = replacement(argument.key, key, meant[key]) if key in meant else None
            _report(check, "A303", message, argument.key, help, related, fix)
        elif parameter is not None and parameter.type == "layers":
            if not _is_computed(argument):
                _nodes(check, argument.nodes)
        else:
            _template(check, argument.template)


def _is_computed(argument: Argument) -> bool:
    return isinstance(argument.tree, Scalar) and "$" in str(argument.tree.value)


def _shortcut(check: _Check, argument: Argument) -> None:
    tree = argument.tree
    if isinstance(tree, Sequence):
        _nodes(check, nodes(tree, check.collector))
    elif isinstance(tree, Mapping):
        given = argument.arguments
        layers = given.pop("layers", None)
        whole = NodeSpec("shortcut", tree.span, tree.span)
        _values(check, Shortcut, given, whole, {"layers": Any} if layers is not None else {})
        if layers is not None:
            _nodes(check, layers.nodes)
    else:
        _template(check, argument.template)


def _branches(check: _Check, argument: Argument) -> None:
    tree = argument.tree
    branches = tree.entries.values() if isinstance(tree, Mapping) else tree.items if isinstance(tree, Sequence) else ()
    bare = False
    for branch in branches:
        if isinstance(branch, Mapping):
            # nodes where branches belong are one mistake, however many there are
            for code, message, span in () if bare else branch_mistakes(branch):
                _report(check, code, message, span, BRANCH_HELP)
            bare |= "layers" not in branch.entries
            inside = arguments_in(branch, check.collector)
            if "when" in inside:
                _template(check, inside["when"].template)
            if "layers" in inside:
                _nodes(check, inside["layers"].nodes)
        else:
            _nodes(check, nodes(branch, check.collector))


def _common(check: _Check, node: NodeSpec, own: Iterable[str] = ()) -> None:
    for key in COMMON:
        if key in node.arguments and key not in own:
            _template(check, node.arguments[key].template)


def _values(
    check: _Check,
    model: type[BaseModel],
    given: dict[str, Argument],
    node: NodeSpec,
    opaque: dict[str, Any] | None = None,
) -> None:
    """The names in templates, and the constants against the model; what is computed later is left to later."""
    values: dict[str, Any] = dict(opaque or {})
    known = set(keys(model))
    for key, argument in given.items():
        template = argument.template
        if key not in known and model.model_config.get("extra") == "forbid":
            values[key] = None
            continue
        _template(check, template)
        if template.constant and not template.broken:
            values[key] = template.run({})
    try:
        model.model_validate(values)
    except ValidationError as error:
        partial = len(values) < len(given) + len(opaque or {})
        left_out = {"missing", *(["value_error"] if partial else [])}
        for found in problems(model, error, values, given, (node.span, node.span), f"`{node.op}`", left_out):
            word = values.get(found.key) if found.code == "A203" else None
            is_name = isinstance(word, str) and check.scope is not None and word in check.scope
            help = f"`{word}` is a text; the value of that name is `${word}`" if is_name else found.help
            _report(check, found.code, found.message, found.span, help, fix=found.fix)


def _template(check: _Check, template: Template) -> None:
    for name, span in template.names.items():
        if check.scope is not None and name not in check.scope:
            known = sorted(check.scope)
            hint = did_you_mean(name, known) or f"names in scope: {listed(known)}"
            fix = correction(name, known, span)
            _report(check, "A252", f"there is no name `{name}` here", span, hint, fix=fix)
